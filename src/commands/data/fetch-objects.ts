/** Brings objects from a remote into the cache: hashed as they arrive, never half, never under a wrong address. */

import { join } from 'node:path';
import { KitError } from '../../base/errors.ts';
import { mapConcurrent } from '../../base/map-concurrent.ts';
import { type DirEntry, parseDirObject } from '../../domain/data/dir-object.ts';
import { legacyMd5 } from '../../domain/data/legacy-md5.ts';
import { objectKey } from '../../domain/data/object-key.ts';
import type { DataPorts, DvcRepository, Remote } from './dvc-repository.ts';

export interface FetchResult {
  /** What came from the remote. */
  readonly objects: number;
  readonly bytes: number;
  /** Object ids that neither the cache nor the remote has. */
  readonly missing: readonly string[];
}

export interface FetchOptions {
  /** Layout and hash from before DVC 3. */
  readonly legacy: boolean;
  /** Opened only when the cache lacks something. */
  readonly remote: () => Promise<Remote>;
  readonly onBytes?: (bytes: number) => void;
}

const batchObjects = 128;

export async function fetchObjects(
  ports: DataPorts,
  repository: DvcRepository,
  oids: readonly string[],
  options: FetchOptions,
): Promise<FetchResult> {
  const keyOf = (oid: string): string => objectKey(oid, options.legacy);
  const unique = [...new Set(oids)];
  const cached = await repository.cache.has(unique.map(keyOf));
  const wanted = unique.filter((oid) => !cached.has(keyOf(oid)));
  if (wanted.length === 0) return { objects: 0, bytes: 0, missing: [] };
  const remote = await options.remote();
  const there = await remote.store.has(wanted.map(keyOf));
  const fetched = wanted.filter((oid) => there.has(keyOf(oid)));
  const temporary = join(repository.cacheDirectory, 'fs', `fetch-${await freshName(ports)}`);
  let bytes = 0;
  try {
    for (let start = 0; start < fetched.length; start += batchObjects) {
      const batch = fetched.slice(start, start + batchObjects);
      bytes += await fetchBatch(ports, repository, { ...options, remote, temporary, oids: batch });
    }
  } finally {
    await ports.files.remove(temporary);
  }
  return { objects: fetched.length, bytes, missing: wanted.filter((oid) => !there.has(keyOf(oid))) };
}

interface Batch {
  readonly legacy: boolean;
  readonly remote: Remote;
  readonly temporary: string;
  readonly oids: readonly string[];
  readonly onBytes?: (bytes: number) => void;
}

async function fetchBatch(ports: DataPorts, repository: DvcRepository, batch: Batch): Promise<number> {
  const pathOf = (oid: string): string => join(batch.temporary, oid);
  await mapConcurrent(batch.oids, 8, async (oid) => {
    await batch.remote.store.get(objectKey(oid, batch.legacy), pathOf(oid));
  });
  const digests = await ports.hasher.md5Files(batch.oids.map(pathOf), batch.onBytes);
  for (const [index, oid] of batch.oids.entries()) {
    const actual = await addressOf(ports, pathOf(oid), digests[index]!.md5, batch.legacy && !oid.endsWith('.dir'));
    if (actual !== oid.replace(/\.dir$/, '')) throw damaged(oid, actual, batch.remote);
    await ports.files.changeMode(pathOf(oid), 0o444);
    await ports.files.rename(pathOf(oid), repository.cachePath(oid, batch.legacy));
  }
  return digests.reduce((sum, digest) => sum + digest.size, 0);
}

async function addressOf(ports: DataPorts, path: string, md5: string, legacy: boolean): Promise<string> {
  return legacy ? legacyMd5(await ports.files.readBytes(path)) : md5;
}

function damaged(oid: string, actual: string, remote: Remote): KitError {
  return new KitError(
    'object-damaged',
    `Cannot fetch object "${oid}" from remote "${remote.name}": its content has the hash ${actual}`,
    { hint: 'Push it again from where it was made; it was not put into the cache.' },
  );
}

async function freshName(ports: DataPorts): Promise<string> {
  const directory = await ports.files.makeTemporaryDirectory('mlops-fetch-');
  await ports.files.remove(directory);
  return directory.slice(-6);
}

/** Files of a folder object that is in the cache, refused when unsafe or not what its address says. */
export async function readListing(
  ports: DataPorts,
  repository: DvcRepository,
  oid: string,
  legacy: boolean,
): Promise<readonly DirEntry[]> {
  const path = repository.cachePath(oid, legacy);
  const digest = await ports.hasher.md5File(path);
  if (`${digest.md5}.dir` !== oid) {
    throw new KitError(
      'object-damaged',
      `Cannot read folder listing "${oid}": its content has the hash ${digest.md5}`,
      {
        hint: 'Remove the file from the cache and pull again.',
        at: { path },
      },
    );
  }
  return parseDirObject(await ports.files.readText(path), oid);
}
