/** The folder remote: objects appear whole, keys cannot leave it. */

import { mkdtempSync, readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { createObjectStoreOpener } from '../../src/adapters/object-store/open.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'mlops-store-')));
const open = createObjectStoreOpener({ root });
const keyOf = (index: number) => `files/md5/ab/${String(index).padStart(30, '0')}`;

test('what was put is there, read-only, and comes back', async () => {
  const store = await open('remote');
  writeFileSync(join(root, 'x'), 'payload');
  await store.put(keyOf(1), join(root, 'x'));
  expect(await store.has([keyOf(1), keyOf(2)])).toEqual(new Set([keyOf(1)]));
  expect(statSync(join(root, 'remote', keyOf(1))).mode & 0o777).toBe(0o444);
  await store.get(keyOf(1), join(root, 'back/y'));
  expect(statSync(join(root, 'back/y')).size).toBe(7);
  expect(readdirSync(join(root, 'remote/files/md5/ab'))).toHaveLength(1);
});

test('many keys of one folder are found by a listing', async () => {
  const store = await open(pathToFileURL(join(root, 'remote')).href);
  const keys = Array.from({ length: 20 }, (_, index) => keyOf(index));
  expect(await store.has(keys)).toEqual(new Set([keyOf(1)]));
});

test('a missing object, an unsafe key, a file as remote and an unknown scheme are refused', async () => {
  const store = await open('remote');
  await expect(store.get(keyOf(9), join(root, 'z'))).rejects.toMatchObject({ code: 'object-missing' });
  await expect(store.get('../x', join(root, 'z'))).rejects.toMatchObject({ code: 'object-key-unsafe' });
  await expect(open('x')).rejects.toMatchObject({ code: 'remote-unreachable' });
  const refused = open('s3://user:secret@bucket/x?token=1');
  await expect(refused).rejects.toMatchObject({ code: 'remote-unsupported' });
  await expect(refused).rejects.not.toThrow(/secret|token/);
});

test('a remote that nobody pushed to yet is empty', async () => {
  expect(await (await open('not-yet')).has([keyOf(1)])).toEqual(new Set());
});
