/** Puts hashed files and folders into the DVC cache, whole and verified. */

import { join } from 'node:path';
import { KitError } from '../../base/errors.ts';
import { mapConcurrent } from '../../base/map-concurrent.ts';
import { objectKey } from '../../domain/data/object-key.ts';
import type { DataPorts, DvcRepository } from './dvc-repository.ts';
import type { HashedPath } from './hash-path.ts';

/** Bytes that were new to the cache. A folder's listing goes in after all of its files. */
export async function storeInCache(
  ports: DataPorts,
  repository: DvcRepository,
  path: string,
  hashed: HashedPath,
): Promise<number> {
  const sources =
    hashed.kind === 'file'
      ? new Map([[hashed.md5, repository.at(path)]])
      : new Map(hashed.entries.map((entry) => [entry.md5, join(repository.at(path), entry.relpath)]));
  const there = await repository.cache.has([...sources.keys()].map((oid) => objectKey(oid)));
  const fresh = [...sources].filter(([oid]) => !there.has(objectKey(oid)));
  await mapConcurrent(fresh, 8, ([oid, source]) => repository.cache.put(objectKey(oid), source));
  const stored = await assertStored(
    ports,
    repository,
    path,
    fresh.map(([oid]) => oid),
  );
  if (hashed.kind === 'directory') await storeListing(ports, repository, hashed.md5, hashed.object);
  return stored;
}

/** A file that changed between hashing and copying must not stay under a wrong address. */
async function assertStored(
  ports: DataPorts,
  repository: DvcRepository,
  path: string,
  oids: readonly string[],
): Promise<number> {
  const digests = await ports.hasher.md5Files(oids.map((oid) => repository.cachePath(oid)));
  const wrong = oids.filter((oid, index) => digests[index]!.md5 !== oid);
  for (const oid of wrong) await ports.files.remove(repository.cachePath(oid));
  if (wrong.length > 0) {
    throw new KitError('data-changed-meanwhile', `Cannot store "${path}": it changed while it was being stored`, {
      hint: 'Let nothing write to it, and run the command again.',
      at: { path },
    });
  }
  return digests.reduce((sum, digest) => sum + digest.size, 0);
}

async function storeListing(ports: DataPorts, repository: DvcRepository, oid: string, text: string): Promise<void> {
  const key = objectKey(oid);
  if ((await repository.cache.has([key])).has(key)) return;
  await ports.files.write(repository.cachePath(oid), text, { mode: 0o444 });
}
