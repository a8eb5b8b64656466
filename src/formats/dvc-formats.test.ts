/** .dvc files, dvc.lock and .dvc/config: exact bytes where written, problems at their place where read. */

import { expect, test } from 'vitest';
import { mergeDvcConfig, parseDvcConfig } from './dvc-config.ts';
import { formatDvcFile, parseDvcFile, updateDvcFile } from './dvc-file.ts';
import { emptyLock, formatDvcLock, lockStageMap, parseDvcLock } from './dvc-lock.ts';
import { pythonFloat } from './python-value.ts';

const folder = { path: 'data', md5: '5ea40360f5b4ec688df672a4db9c17d1.dir', size: 6, nfiles: 2 };
const folderText = `outs:
- md5: 5ea40360f5b4ec688df672a4db9c17d1.dir
  size: 6
  nfiles: 2
  hash: md5
  path: data
`;

test('a new .dvc file has the bytes that DVC writes', () => {
  expect(formatDvcFile(folder)).toBe(folderText);
  expect(parseDvcFile(folderText, 'data.dvc').outs).toEqual([{ ...folder, hash: 'md5' }]);
});

test('an updated .dvc file keeps comments, order and other keys', () => {
  const text =
    '# our data\nouts:\n- md5: 5ea40360f5b4ec688df672a4db9c17d1.dir\n  size: 6\n  nfiles: 2\n  hash: md5\n  path: data # here\n  desc: flights\nmeta:\n  a: 1\n';
  const updated = updateDvcFile(text, { path: 'data', md5: 'a'.repeat(32), size: 9 });
  expect(updated).toBe(
    `# our data\nouts:\n- md5: ${'a'.repeat(32)}\n  size: 9\n  hash: md5\n  path: data # here\n  desc: flights\nmeta:\n  a: 1\n`,
  );
});

test('a wrong hash and an unknown key are told with their line', () => {
  expect(() => parseDvcFile('outs:\n- md5: xyz\n  path: a\n', 'a.dvc')).toThrow(
    expect.objectContaining({ code: 'dvc-file-invalid-value', at: expect.objectContaining({ line: 2 }) }),
  );
  expect(() => parseDvcFile('out:\n- path: a\n', 'a.dvc')).toThrow(/a\.dvc/);
});

const upstream = `schema: '2.0'
stages:
  mystage:
    cmd: mycmd
    deps:
    - path: foo
      hash: md5
      md5: acbd18db4cc2f85cedef654fccc4a4d8
      size: 3
    outs:
    - path: bar
      hash: md5
      md5: 37b51d194a7513e45b56f6524f2d51f2
      size: 3
`;

test('a lock has the bytes of the example of DVC', () => {
  const stage = lockStageMap({
    cmd: 'mycmd',
    deps: [{ path: 'foo', md5: 'acbd18db4cc2f85cedef654fccc4a4d8', size: 3 }],
    params: {},
    outs: [{ path: 'bar', md5: '37b51d194a7513e45b56f6524f2d51f2', size: 3 }],
  });
  expect(formatDvcLock(emptyLock, new Map([['mystage', stage]]))).toBe(upstream);
});

test('a rewritten lock keeps what did not change, floats and dates as they are', () => {
  const text = upstream.replace(
    '    outs:',
    `    params:
      params.yaml:
        date: 2024-01-01
        lr: 1e-08
        nothing:
        scale: 1.0
        text: '2024-01-01'
    outs:`,
  );
  const more = lockStageMap({
    cmd: ['a', 'b'],
    deps: [],
    params: { 'z.json': { b: pythonFloat(2), a: 1 }, 'params.yaml': { x: 'y' } },
    outs: [{ path: 'dir', md5: `${'0'.repeat(32)}.dir`, size: 1, nfiles: 1, isexec: true }],
  });
  expect(formatDvcLock(parseDvcLock(text, 'dvc.lock'), new Map([['more', more]]))).toBe(`${text}  more:
    cmd:
    - a
    - b
    params:
      params.yaml:
        x: y
      z.json:
        a: 1
        b: 2.0
    outs:
    - path: dir
      hash: md5
      md5: ${'0'.repeat(32)}.dir
      size: 1
      nfiles: 1
      isexec: true
`);
});

test('another schema of the lock is refused', () => {
  expect(() => parseDvcLock("schema: '1.0'\n", 'dvc.lock')).toThrow(
    expect.objectContaining({ code: 'dvc-lock-invalid-value' }),
  );
});

test('config levels merge key by key; quotes and comments are understood', () => {
  const shared = parseDvcConfig(
    `[core]\n    remote = storage # default\n['remote "storage"']\n    url = ../store\n    jobs = 4\n`,
    'config',
  );
  const local = parseDvcConfig(`['remote "storage"']\n    url = "/tmp/a#b"\n`, 'config.local');
  const merged = mergeDvcConfig([shared, local]);
  expect(merged.get('core')?.get('remote')).toBe('storage');
  expect(Object.fromEntries(merged.get('remote "storage"')!)).toEqual({ url: '/tmp/a#b', jobs: '4' });
  expect(() => parseDvcConfig('remote = x\n', 'config')).toThrow(
    expect.objectContaining({ code: 'dvc-config-malformed' }),
  );
});
