/** Measures reading a registry of many tags and a store of many records: `node test/registry/bench/read.ts [tags] [records]`. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRegistry } from '../../../src/commands/read-registry.ts';
import { readRecords } from '../../../src/commands/records.ts';
import { formatRecordFile } from '../../../src/domain/metadata/record-file.ts';
import { formatTagMessage, noTrailers } from '../../../src/formats/tag-message.ts';
import { createTestPorts } from '../ports.ts';

const [tags = 10_000, records = 10_000] = process.argv.slice(2).map(Number);
const root = mkdtempSync(join(tmpdir(), 'mlops-bench-'));
const git = (args: readonly string[], input = ''): string =>
  execFileSync('git', args, { cwd: root, input, encoding: 'utf8', maxBuffer: 1 << 28 });
const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;

const hex = (seed: number, length: number): string => seed.toString(16).padStart(length, '0');

function tagStream(): string {
  const who = 'Ada <ada@example.org> 1700000000 +0000';
  const parts = [`commit refs/heads/main\nmark :1\ncommitter ${who}\n${data('start')}\n`];
  for (let n = 0; n < tags; n++) {
    const artifact = `model-${n % 20}`;
    const version = `v${Math.floor(n / 20) + 1}.0.0`;
    const stage = n % 2 === 1;
    const name = stage ? `${artifact}#prod#${n}` : `${artifact}@${version}`;
    const trailers = {
      ...noTrailers,
      artifact,
      ...(stage ? {} : { version }),
      digests: [{ path: 'models/m.onnx', md5: hex(n, 32), sha256: hex(n, 64) }],
      evidence: [hex(n, 64)],
    };
    parts.push(`tag ${name}\nfrom :1\ntagger ${who}\n${data(formatTagMessage({ subject: name, trailers }))}`);
  }
  return parts.join('');
}

function recordStream(): string {
  const parts = [`commit refs/heads/mlops-metadata\ncommitter Ada <a@b> 1700000000 +0000\n${data('records')}`];
  for (let n = 0; n < records; n++) {
    const file = formatRecordFile({
      schema: 'record/v1',
      kind: n % 2 === 0 ? 'run' : 'evaluation',
      subject: [{ name: 'm', digest: { md5: hex(n, 32), sha256: hex(n, 64) } }],
      common: {
        time: new Date(1_700_000_000_000 + n).toISOString(),
        actor: 'ada',
        tool: 'mlops-kit/0',
        operation: `op-${n}`,
        verdict: 'pass',
      },
      body: { runId: `run-${n}`, metrics: { auc: 0.7 }, params: { depth: 3 }, note: 'x'.repeat(500) },
    });
    parts.push(`M 100644 inline ${file.path}\n${data(file.text)}`);
  }
  return parts.join('');
}

async function measure(name: string, read: () => Promise<number>): Promise<void> {
  const times: number[] = [];
  let count = 0;
  for (let turn = 0; turn < 5; turn++) {
    const start = performance.now();
    count = await read();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  console.log(`${name}: ${count} in ${times[2]!.toFixed(0)} ms (median of 5, cold process state each)`);
}

try {
  git(['init', '--quiet', '--initial-branch=main']);
  git(['fast-import', '--quiet'], tagStream());
  git(['fast-import', '--quiet'], recordStream());
  await measure('tags into registry', async () => {
    await using ports = createTestPorts(root);
    const registry = await readRegistry(ports, { fetch: false });
    return [...registry.artifacts.values()].reduce((sum, { events }) => sum + events.length, 0);
  });
  await measure('records', async () => {
    await using ports = createTestPorts(root);
    return (await readRecords(ports, { fetch: false })).length;
  });
} finally {
  rmSync(root, { recursive: true, force: true });
}
