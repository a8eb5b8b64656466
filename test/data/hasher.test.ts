/** Digests of real files, in this thread and through the workers. */

import { createHash } from 'node:crypto';
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createHasher } from '../../src/adapters/hasher/hasher.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'mlops-hasher-')));
const hasher = createHasher({ root });
const md5 = (data: string | Buffer) => createHash('md5').update(data).digest('hex');

test('small and streamed files have the digest of their bytes', async () => {
  const large = Buffer.alloc(9 * 1024 * 1024 + 1, 'abc');
  writeFileSync(join(root, 'large'), large);
  writeFileSync(join(root, 'empty'), '');
  expect(await hasher.md5File('large')).toEqual({ md5: md5(large), size: large.length });
  expect(await hasher.md5File('empty')).toEqual({ md5: 'd41d8cd98f00b204e9800998ecf8427e', size: 0 });
  expect(await hasher.sha256File('large')).toBe(createHash('sha256').update(large).digest('hex'));
});

test('many files go through workers, and come back in order', async () => {
  const paths = Array.from({ length: 500 }, (_, index) => `f${index}`);
  for (const path of paths) writeFileSync(join(root, path), path);
  writeFileSync(join(root, 'f7'), Buffer.alloc(2 * 1024 * 1024));
  let bytes = 0;
  const digests = await hasher.md5Files(paths, (size) => {
    bytes += size;
  });
  expect(digests.map((digest) => digest.md5)).toEqual(
    paths.map((path) => md5(path === 'f7' ? Buffer.alloc(2 * 1024 * 1024) : path)),
  );
  expect(bytes).toBe(digests.reduce((sum, digest) => sum + digest.size, 0));
});

test('a missing file is named, in the pool as well', async () => {
  await expect(hasher.md5File('gone')).rejects.toMatchObject({ code: 'file-missing', at: { path: 'gone' } });
  const paths = Array.from({ length: 100 }, (_, index) => (index === 50 ? 'gone' : `f${index}`));
  await expect(hasher.md5Files(paths)).rejects.toMatchObject({ code: 'file-missing', at: { path: 'gone' } });
});
