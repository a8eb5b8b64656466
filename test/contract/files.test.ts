/** Files of a work tree: whole writes, modes, kinds, errors by code. */

import { chmodSync, mkdtempSync, realpathSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createFiles } from '../../src/adapters/files.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'mlops-files-')));
const files = createFiles(root);

test('a write makes its folders, leaves no temporary name, and can be read', async () => {
  await files.write('a/b/c.txt', 'hello');
  expect(await files.readText('a/b/c.txt')).toBe('hello');
  expect(await files.list('a/b')).toEqual(['c.txt']);
});

test('a write keeps the mode of the file it replaces, or takes the given one', async () => {
  await files.write('run.sh', '#!/bin/sh', { mode: 0o755 });
  await files.write('run.sh', '#!/bin/sh\n');
  expect(statSync(join(root, 'run.sh')).mode & 0o777).toBe(0o755);
});

test('a failed copy leaves nothing behind', async () => {
  await files.makeDirectory('copies');
  await expect(files.copy('nowhere', 'copies/x')).rejects.toMatchObject({ code: 'file-unwritable' });
  expect(await files.list('copies')).toEqual([]);
});

test('a copy takes the mode asked for, though its source is read-only', async () => {
  await files.write('source', 'x');
  chmodSync(join(root, 'source'), 0o444);
  await files.copy('source', 'target', { mode: 0o644 });
  expect(statSync(join(root, 'target')).mode & 0o777).toBe(0o644);
});

test('stat tells kinds, and a symlink from what it names', async () => {
  await files.write('real.txt', '12345');
  symlinkSync('real.txt', join(root, 'link.txt'));
  symlinkSync('gone', join(root, 'broken'));
  expect(await files.stat('link.txt')).toMatchObject({ kind: 'file', size: 5 });
  expect(await files.stat('link.txt', { follow: false })).toMatchObject({ kind: 'symlink' });
  expect(await files.stat('broken')).toBeUndefined();
  expect(await files.stat('real.txt/x')).toBeUndefined();
  expect(await files.stat('a')).toMatchObject({ kind: 'directory' });
});

test('glob gives sorted relative paths', async () => {
  for (const name of ['2', '10', '1']) await files.write(`data/${name}.csv`, '');
  await files.write('data/sub/x.csv', '');
  expect(await files.glob('data/*.csv')).toEqual(['data/1.csv', 'data/10.csv', 'data/2.csv']);
  expect(await files.glob('nothing/*')).toEqual([]);
});

test('a missing file and a folder read as a file have their codes', async () => {
  await expect(files.readText('gone.txt')).rejects.toMatchObject({ code: 'file-missing' });
  await expect(files.readBytes('a')).rejects.toMatchObject({ code: 'file-unreadable' });
});

test('append adds, rename moves, remove forgives', async () => {
  await files.append('log/x.jsonl', '1\n');
  await files.append('log/x.jsonl', '2\n');
  await files.rename('log/x.jsonl', 'other/y.jsonl');
  expect(await files.readText('other/y.jsonl')).toBe('1\n2\n');
  await files.remove('other');
  await files.remove('other');
  expect(await files.exists('other/y.jsonl')).toBe(false);
});
