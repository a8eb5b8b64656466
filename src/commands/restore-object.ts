/** Brings one stored file or folder back by its DVC address, from the cache or else the remote. */

import { KitError } from '../base/errors.ts';
import { checkoutOutput } from './data/checkout.ts';
import { type DataPorts, type DvcRepository, openDvcRepository, openRemote } from './data/dvc-repository.ts';
import { fetchObjects, readListing } from './data/fetch-objects.ts';

/**
 * Writes the object `md5` (`<md5>.dir` for a folder) to a path inside the repository, replacing what is there. What
 * arrives is hashed.
 *
 * @throws KitError `object-missing`, `object-damaged`, `remote-*`
 */
export async function restoreObject(ports: DataPorts, md5: string, toPath: string): Promise<void> {
  const repository = await openDvcRepository(ports);
  await assertFetched(ports, repository, md5, [md5]);
  if (md5.endsWith('.dir')) {
    const listing = await readListing(ports, repository, md5, false);
    const oids = listing.map((entry) => entry.md5);
    await assertFetched(ports, repository, md5, oids);
  }
  await assertSound(ports, repository, md5);
  const target = { path: repository.pathOf(toPath), md5, legacy: false, isExecutable: false };
  await checkoutOutput(ports, repository, target, { force: true });
}

async function assertFetched(
  ports: DataPorts,
  repository: DvcRepository,
  md5: string,
  oids: readonly string[],
): Promise<void> {
  const remote = () => openRemote(ports, repository);
  const { missing } = await fetchObjects(ports, repository, oids, { legacy: false, remote });
  if (missing.length === 0) return;
  throw new KitError('object-missing', `Cannot restore object "${md5}": neither the cache nor the remote has it`, {
    hint: 'Push it from where it was made: mlops-kit sync-data push.',
  });
}

/** A cache may have been damaged since it was filled. */
async function assertSound(ports: DataPorts, repository: DvcRepository, md5: string): Promise<void> {
  if (md5.endsWith('.dir')) return;
  const path = repository.cachePath(md5);
  const digest = await ports.hasher.md5File(path);
  if (digest.md5 === md5) return;
  throw new KitError(
    'object-damaged',
    `Cannot restore object "${md5}": its copy in the cache has the hash ${digest.md5}`,
    {
      hint: 'Remove the file from the cache and try again.',
      at: { path },
    },
  );
}
