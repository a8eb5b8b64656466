/** The native loader against a registry on this machine: node_modules, tool cache, download, damage. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { renderNativeVersions } from '../../scripts/native-versions.ts';
import { createNativeLoader, type NativeLoaderOptions } from '../../src/adapters/native-modules.ts';
import type { NativePackage } from '../../src/adapters/native-versions.ts';

let folder: string;
let server: Server;
let requests: string[];
const tarballs = new Map<string, Buffer>();
const packages: Record<string, NativePackage> = {};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'native-'));
  requests = [];
  await publish('onnxruntime-node', "module.exports = { common: require('onnxruntime-common') };");
  await publish('onnxruntime-common', "module.exports = 'common';");
  server = createServer((request, response) => {
    requests.push(request.url!);
    const body = tarballs.get(request.url!);
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
});

afterEach(async () => {
  await new Promise((done) => server.close(done));
  await rm(folder, { recursive: true, force: true });
});

async function writePackage(at: string, name: string, version: string, code: string): Promise<void> {
  await mkdir(at, { recursive: true });
  await writeFile(join(at, 'package.json'), JSON.stringify({ name, version, main: 'index.js' }));
  await writeFile(join(at, 'index.js'), code);
}

async function publish(name: string, code: string): Promise<void> {
  const at = join(folder, 'publish', name, 'package');
  await writePackage(at, name, '1.2.3', code);
  const bytes = execFileSync('tar', ['-czf', '-', '-C', dirname(at), 'package']);
  tarballs.set(`/${name}/-/${name}-1.2.3.tgz`, bytes);
  packages[name] = {
    version: '1.2.3',
    integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
  };
}

function loader(change: Partial<NativeLoaderOptions> = {}) {
  return createNativeLoader({
    root: folder,
    toolCache: join(folder, 'cache'),
    download: true,
    registry: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    searchFrom: [folder],
    packages,
    ...change,
  });
}

it('fetches the packages once, checks them, and loads from the cache afterwards', async () => {
  const [one, two] = [loader(), loader()];
  const results = await Promise.all([one('onnxruntime-node'), one('onnxruntime-node'), two('onnxruntime-node')]);
  expect(results.every((result) => (result as { common: string }).common === 'common')).toBe(true);
  expect(requests.length).toBe(4);
  expect(await readdir(join(folder, 'cache/onnxruntime-node'))).toEqual(['1.2.3']);
  expect(await loader({ download: false })('onnxruntime-node')).toEqual({ common: 'common' });
  expect(requests.length).toBe(4);
});

it('takes the one in node_modules first, unless its major version differs', async () => {
  await writePackage(
    join(folder, 'node_modules/onnxruntime-node'),
    'onnxruntime-node',
    '1.9.0',
    "module.exports = 'own'",
  );
  expect(await loader()('onnxruntime-node')).toBe('own');
  expect(requests).toEqual([]);
  const other = join(folder, 'other');
  await writePackage(
    join(other, 'node_modules/onnxruntime-node'),
    'onnxruntime-node',
    '2.0.0',
    "module.exports = 'new'",
  );
  expect(await loader({ searchFrom: [other] })('onnxruntime-node')).toEqual({ common: 'common' });
});

it('refuses a tarball with another digest and leaves nothing behind', async () => {
  const wrong = { ...packages, 'onnxruntime-common': { version: '1.2.3', integrity: 'sha512-AAAA' } };
  await expect(loader({ packages: wrong })('onnxruntime-node')).rejects.toMatchObject({ code: 'native-damaged' });
  expect(await readdir(join(folder, 'cache/onnxruntime-node'))).toEqual([]);
});

it.each([
  ['the download is off', { download: false }, 'native-missing'],
  ['the registry does not have it', { registry: undefined }, 'native-missing'],
  ['the registry is plain http', { registry: 'http://registry.example' }, 'native-missing'],
  ['the platform has no build', { packages: {} }, 'native-missing'],
] as const)('says how to get it when %s', async (_, change, code) => {
  if ('registry' in change && change.registry === undefined) tarballs.clear();
  const { registry, ...rest } = { registry: undefined, ...change };
  const load = loader({ ...rest, ...(registry === undefined ? {} : { registry }) });
  const error = await load('onnxruntime-node').catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code });
  expect((error as { hint?: string }).hint).toBeTruthy();
});

it('embeds the versions of package-lock.json', async () => {
  const lock = await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8');
  const embedded = await readFile(new URL('../../src/adapters/native-versions.ts', import.meta.url), 'utf8');
  expect(renderNativeVersions(lock)).toBe(embedded);
});
