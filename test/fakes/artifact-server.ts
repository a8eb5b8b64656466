/** The results service and blob store of Actions artifacts (twirp JSON and block blobs), as far as @actions/artifact uses them. */

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StoredArtifact {
  readonly name: string;
  readonly id: number;
  bytes: Buffer;
  digest: string;
  finalized: boolean;
}

export interface ArtifactServer extends AsyncDisposable {
  readonly artifacts: StoredArtifact[];
  /** Routes asked for that are not here. */
  readonly unknown: string[];
  /** Variables as the runner sets them. */
  readonly variables: Readonly<Record<string, string>>;
}

const service = '/twirp/github.actions.results.api.v1.ArtifactService/';

export async function startArtifactServer(): Promise<ArtifactServer> {
  const artifacts: StoredArtifact[] = [];
  const unknown: string[] = [];
  const blocks = new Map<string, Buffer>();
  const find = (name: unknown) => artifacts.find((artifact) => artifact.name === name);
  const blobUrl = (artifact: StoredArtifact) => `${origin()}/blob/${artifact.id}.zip?sig=secret`;

  const twirp = (method: string, body: Record<string, unknown>): [number, unknown] => {
    if (method === 'CreateArtifact') {
      if (find(body.name) !== undefined)
        return [409, { code: 'already_exists', msg: 'an artifact with this name already exists on the workflow run' }];
      const artifact = {
        name: String(body.name),
        id: artifacts.length + 1,
        bytes: Buffer.alloc(0),
        digest: '',
        finalized: false,
      };
      artifacts.push(artifact);
      return [200, { ok: true, signed_upload_url: blobUrl(artifact) }];
    }
    const artifact = find(body.name);
    if (method === 'FinalizeArtifact' && artifact !== undefined) {
      artifact.digest = String(body.hash);
      artifact.finalized = true;
      return [200, { ok: true, artifact_id: String(artifact.id) }];
    }
    if (method === 'ListArtifacts') {
      const wanted = artifacts.filter(
        (item) =>
          item.finalized &&
          (body.name_filter === undefined || item.name === body.name_filter) &&
          (body.id_filter === undefined || String(item.id) === String(body.id_filter)),
      );
      const ids = { workflow_run_backend_id: 'run', workflow_job_run_backend_id: 'job' };
      return [
        200,
        {
          artifacts: wanted.map((item) => ({
            ...ids,
            database_id: String(item.id),
            name: item.name,
            size: String(item.bytes.length),
            created_at: '2026-01-02T03:04:05Z',
            digest: item.digest,
          })),
        },
      ];
    }
    if (method === 'GetSignedArtifactURL' && artifact !== undefined) return [200, { signed_url: blobUrl(artifact) }];
    unknown.push(method);
    return [404, { code: 'not_found', msg: method }];
  };

  const blob = (request: IncomingMessage, url: URL, body: Buffer, response: ServerResponse): void => {
    const artifact = artifacts.find((item) => url.pathname === `/blob/${item.id}.zip`);
    const kind = url.searchParams.get('comp');
    if (artifact === undefined) response.writeHead(404).end();
    else if (request.method === 'PUT' && kind === 'block') {
      blocks.set(url.searchParams.get('blockid') ?? '', body);
      response.writeHead(201).end();
    } else if (request.method === 'PUT') {
      const ids = [...body.toString('utf8').matchAll(/<(?:Latest|Uncommitted)>([^<]+)</g)].map((match) => match[1]!);
      artifact.bytes = kind === 'blocklist' ? Buffer.concat(ids.map((id) => blocks.get(id)!)) : body;
      response.writeHead(201, { etag: '"1"', 'last-modified': new Date(0).toUTCString() }).end();
    } else response.writeHead(200, { 'content-type': 'application/zip' }).end(artifact.bytes);
  };

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url ?? '/', origin());
    if (url.pathname.startsWith('/blob/')) return blob(request, url, body, response);
    const [status, answer] = twirp(url.pathname.replace(service, ''), JSON.parse(body.toString('utf8')));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    artifacts,
    unknown,
    variables: {
      ACTIONS_RUNTIME_TOKEN: `${encode({ alg: 'none' })}.${encode({ scp: 'Actions.Results:run:job' })}.x`,
      ACTIONS_RESULTS_URL: `${origin()}/`,
      GITHUB_SERVER_URL: 'https://github.com',
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Replaces what an artifact holds, as a hostile job could: one stored entry under any name. */
export function writeHostileZip(artifact: StoredArtifact, entryName: string, content: string): void {
  const name = Buffer.from(entryName);
  const data = Buffer.from(content);
  const crc = crc32(data);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(10, 0);
  common.writeUInt32LE(crc, 10);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(data.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, name, data]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x03'), common, Buffer.alloc(14), name]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  artifact.bytes = Buffer.concat([local, central, end]);
  artifact.digest = `sha256:${createHash('sha256').update(artifact.bytes).digest('hex')}`;
}

function crc32(data: Buffer): number {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
