/** Checks that the data remote holds what a version names, so that a tag never promises what nobody can fetch. */

import { KitError } from '../../base/errors.ts';
import { plural } from '../../base/text.ts';
import { objectKey } from '../../domain/data/object-key.ts';
import type { Ports } from '../../ports/ports.ts';
import { hasDefaultRemote, openDvcRepository, openRemote } from '../data/dvc-repository.ts';
import { readListing } from '../data/fetch-objects.ts';

/**
 * Nothing to check in a project without a data remote.
 *
 * @param md5s DVC addresses of the pipeline's outputs.
 * @throws KitError `data-not-pushed`
 */
export async function assertOutputsStored(ports: Ports, md5s: readonly string[]): Promise<void> {
  if (!(await ports.files.exists('.dvc')) && !(await ports.files.exists(`${await ports.git.top()}/.dvc`))) return;
  const repository = await openDvcRepository(ports);
  if (!hasDefaultRemote(repository) || md5s.length === 0) return;
  const { name, store } = await openRemote(ports, repository);
  const wanted = new Set(md5s);
  for (const md5 of md5s.filter((one) => one.endsWith('.dir'))) {
    if (!(await ports.files.exists(repository.cachePath(md5)))) continue;
    for (const entry of await readListing(ports, repository, md5, false)) wanted.add(entry.md5);
  }
  const keys = [...wanted].map((md5) => objectKey(md5));
  const there = await store.has(keys);
  const missing = [...wanted].filter((md5) => !there.has(objectKey(md5)));
  if (missing.length === 0) return;
  throw new KitError(
    'data-not-pushed',
    `Cannot register a version: data remote "${name}" lacks ${plural(missing.length, 'object')} of it, among them ${missing[0]}`,
    { hint: 'Push the outputs first: mlops-kit sync-data push' },
  );
}
