/** Hashes files with hasha: a few in this thread, many or large ones in a small pool of workers. */

import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { hash, hashSync } from 'hasha';
import { KitError, messageOf } from '../../base/errors.ts';
import type { FileDigest, Hasher } from '../../ports/hasher.ts';
import { hashInPool } from './pool.ts';

/** Starting workers costs about 50 ms: below this they do not pay off. */
const poolFromFiles = 64;
const poolFromBytes = 256 * 1024 * 1024;
const wholeFileBytes = 4 * 1024 * 1024;

export function createHasher(options: { readonly root: string }): Hasher {
  const at = (path: string): string => resolve(options.root, path);
  return {
    md5File: (path) => hashing(path, () => hashFile(at(path), 'md5')).then(toFileDigest),
    sha256File: async (path) => (await hashing(path, () => hashFile(at(path), 'sha256'))).digest,
    async md5Files(paths, onFile) {
      if (await paysOff(paths.map(at))) {
        const workers = Math.min(4, availableParallelism(), paths.length);
        return await hashInPool(paths, { workers, at, onFile, unreadable });
      }
      const digests: FileDigest[] = [];
      for (const path of paths) {
        const digest = toFileDigest(await hashing(path, () => hashFile(at(path), 'md5')));
        onFile?.(digest.size);
        digests.push(digest);
      }
      return digests;
    },
  };
}

interface Hashed {
  readonly digest: string;
  readonly size: number;
}

async function paysOff(paths: readonly string[]): Promise<boolean> {
  if (paths.length > poolFromFiles) return true;
  if (paths.length < 2) return false;
  const stats = await Promise.all(paths.map(async (path) => await stat(path).catch(() => undefined)));
  return stats.reduce((sum, one) => sum + (one?.size ?? 0), 0) > poolFromBytes;
}

async function hashFile(path: string, algorithm: 'md5' | 'sha256'): Promise<Hashed> {
  const { size } = await stat(path);
  if (size <= wholeFileBytes) {
    const bytes = await readFile(path);
    return { digest: hashSync(bytes, { algorithm }), size: bytes.length };
  }
  let streamed = 0;
  const stream = createReadStream(path, { highWaterMark: 1024 * 1024 });
  stream.on('data', (chunk) => {
    streamed += chunk.length;
  });
  return { digest: await hash(stream, { algorithm }), size: streamed };
}

function toFileDigest(hashed: Hashed): FileDigest {
  return { md5: hashed.digest, size: hashed.size };
}

async function hashing(path: string, body: () => Promise<Hashed>): Promise<Hashed> {
  try {
    return await body();
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): KitError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new KitError('file-missing', `Cannot hash file "${path}": there is no such file`, { at: { path }, cause });
  }
  return new KitError('file-unreadable', `Cannot hash file "${path}": ${messageOf(cause)}`, { at: { path }, cause });
}
