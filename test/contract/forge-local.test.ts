/** What only the local forge does: where it lives, and writers that race, crash and leave locks behind. */

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLocalForge, localForgeDirectory, readDispatches, takeDispatch } from '../../src/adapters/forge/local.ts';
import { withLock } from '../../src/adapters/forge/lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const clock = { now: () => new Date(0), monotonic: () => 0, sleep: async () => {}, randomHex: () => '00' };
const open = () => createLocalForge({ directory: folder, repository: 'acme/flights', clock });

it('lives beside a local remote, else in the work tree', async () => {
  const remote = join(folder, 'remote.git');
  await mkdir(join(remote, 'objects'), { recursive: true });
  await writeFile(join(remote, 'HEAD'), 'ref: refs/heads/main\n');
  const clone = join(folder, 'clone');
  await mkdir(join(clone, '.git', 'objects'), { recursive: true });
  await writeFile(join(clone, '.git', 'HEAD'), 'ref: refs/heads/main\n');
  const beside = join(remote, 'mlops-forge');
  const own = '/srv/tree/.mlops/forge';
  const at = (remoteUrl: string | undefined, top = '/srv/tree') => localForgeDirectory({ top, remoteUrl });
  expect(at(remote)).toBe(beside);
  expect(at(pathToFileURL(remote).href)).toBe(beside);
  expect(at('../remote.git', clone)).toBe(beside);
  expect(at(clone)).toBe(join(clone, '.git', 'mlops-forge'));
  for (const url of [undefined, 'https://github.com/a/b', 'git@github.com:a/b.git', 'ssh://h/x', join(folder, 'gone')])
    expect(at(url)).toBe(own);
});

const script = `
  const [lockModule, localModule, directory, count] = process.argv.slice(1);
  const { createLocalForge } = await import(localModule);
  const clock = { now: () => new Date(0) };
  const forge = createLocalForge({ directory, repository: 'a/b', clock });
  for (let i = 0; i < Number(count); i++) await forge.createIssue({ title: 't', body: process.pid + ' ' + i, labels: [] });
`;
const adapter = (name: string) => new URL(`../../src/adapters/forge/${name}`, import.meta.url).href;
const runWriter = (count: number) => {
  const arguments_ = [
    '--input-type=module',
    '-e',
    script,
    adapter('lock.ts'),
    adapter('local.ts'),
    folder,
    String(count),
  ];
  const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'inherit', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((done) =>
    child.on('close', (code) => done({ code, stderr })),
  );
  return { child, ended };
};

it('gives every issue its own number when processes race', async () => {
  const writers = Array.from({ length: 6 }, () => runWriter(15));
  for (const { ended } of writers) expect(await ended).toEqual({ code: 0, stderr: '' });
  const issues = await open().listIssues({ labels: [], state: 'all' });
  expect(issues.map((issue) => issue.number)).toEqual(Array.from({ length: 90 }, (_, index) => index + 1));
  expect(new Set(issues.map((issue) => issue.body)).size).toBe(90);
});

it('goes on after a writer was killed at any moment, without half a file', async () => {
  for (let round = 0; round < 3; round++) {
    const { child, ended } = runWriter(10_000);
    while ((await readdir(join(folder, 'issues')).catch(() => [])).length < 5 + round * 7)
      await new Promise((done) => setTimeout(done, 5));
    child.kill('SIGKILL');
    await ended;
    const before = (await open().listIssues({ labels: [], state: 'all' })).length;
    await open().createIssue({ title: 'after', body: 'b', labels: [] });
    expect((await open().listIssues({ labels: [], state: 'all' })).length).toBe(before + 1);
    await rm(join(folder, 'issues'), { recursive: true });
  }
});

it('takes over a lock of a dead process, one of many waiters at a time', async () => {
  const path = join(folder, 'lock');
  await writeFile(path, JSON.stringify({ token: 'abc', pid: 2 ** 22 + 1, host: hostname() }));
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await new Promise((done) => setTimeout(done, 3));
    inside--;
  };
  await Promise.all(Array.from({ length: 20 }, () => withLock(path, work)));
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

it('waits for a live holder and then says who it is', async () => {
  const path = join(folder, 'lock');
  await writeFile(path, JSON.stringify({ token: 'abc', pid: process.pid, host: hostname() }));
  await expect(withLock(path, async () => {}, { deadline: 50 })).rejects.toMatchObject({
    code: 'forge-unreachable',
    message: expect.stringContaining(`process ${process.pid}`),
  });
  expect(await readFile(path, 'utf8')).toContain('abc');
});

it('takes over an old lock of another machine, not a young one', async () => {
  const path = join(folder, 'lock');
  await writeFile(path, JSON.stringify({ token: 'abc', pid: 1, host: 'elsewhere' }));
  await expect(withLock(path, async () => {}, { deadline: 50 })).rejects.toMatchObject({ code: 'forge-unreachable' });
  await utimes(path, new Date(0), new Date(0));
  expect(await withLock(path, async () => 'done', { deadline: 1000 })).toBe('done');
});

it('releases the lock when the work fails', async () => {
  await expect(open().updateIssue(9, { state: 'closed' })).rejects.toMatchObject({ code: 'forge-not-found' });
  expect(await readdir(folder)).toEqual([]);
});

it('says which file is damaged', async () => {
  await open().createIssue({ title: 't', body: 'b', labels: [] });
  await writeFile(join(folder, 'issues', '1.json'), '{"number":');
  await expect(open().listIssues({ labels: [], state: 'all' })).rejects.toMatchObject({
    code: 'forge-unreachable',
    message: expect.stringContaining('1.json'),
  });
});

it('hands each dispatch to one taker', async () => {
  await open().dispatch({ kind: 'repository', name: 'mlops-retrain', payload: { model: 'm' } });
  const [dispatch] = await readDispatches(folder);
  const taken = await Promise.all(Array.from({ length: 5 }, () => takeDispatch(folder, dispatch!.id, new Date(0))));
  expect(taken.filter(Boolean)).toHaveLength(1);
  expect(await readDispatches(folder)).toEqual([]);
  expect(await readDispatches(folder, { all: true })).toMatchObject([
    { name: 'mlops-retrain', takenAt: expect.any(String) },
  ]);
});
