/** Writes a tracked file or folder from the cache into the work tree, without losing work or leaving its folder. */

import { join } from 'node:path';
import { KitError } from '../../base/errors.ts';
import { mapConcurrent } from '../../base/map-concurrent.ts';
import { objectKey } from '../../domain/data/object-key.ts';
import type { DataPorts, DvcRepository } from './dvc-repository.ts';
import { readListing } from './fetch-objects.ts';
import { type HashedDirectory, hashPath } from './hash-path.ts';

export interface CheckoutTarget {
  /** From the top of the repository. */
  readonly path: string;
  readonly md5: string;
  readonly legacy: boolean;
  readonly isExecutable: boolean;
}

export interface CheckoutOptions {
  /** Overwrites files whose content is nowhere else. */
  readonly force: boolean;
}

/**
 * Whether anything was written. All objects must be in the cache.
 *
 * @throws KitError `data-modified` when the work tree holds content that only stands there, `data-link-inside`
 */
export async function checkoutOutput(
  ports: DataPorts,
  repository: DvcRepository,
  target: CheckoutTarget,
  options: CheckoutOptions,
): Promise<boolean> {
  await assertNoLinks(ports, repository, target.path);
  const current = await hashPath(ports, repository, target.path, { legacy: target.legacy });
  if (current?.md5 === target.md5) return false;
  const isFolder = target.md5.endsWith('.dir');
  if (isFolder && (current === undefined || current.kind === 'directory')) {
    return await checkoutFolder(ports, repository, { ...target, current, force: options.force });
  }
  if (current !== undefined) {
    const oids = current.kind === 'file' ? [current.md5] : current.entries.map((entry) => entry.md5);
    if (!options.force) await assertKept(repository, target, oids);
    if (isFolder || current.kind === 'directory') await ports.files.remove(repository.at(target.path));
  }
  if (isFolder) return await checkoutFolder(ports, repository, { ...target, current: undefined, force: options.force });
  await placeFile(ports, repository, target, target.md5, repository.at(target.path));
  return true;
}

interface FolderTarget extends CheckoutTarget {
  readonly current: HashedDirectory | undefined;
  readonly force: boolean;
}

async function checkoutFolder(ports: DataPorts, repository: DvcRepository, target: FolderTarget): Promise<boolean> {
  const listing = await readListing(ports, repository, target.md5, target.legacy);
  const wanted = new Map(listing.map((entry) => [entry.relpath, entry.md5]));
  const current = new Map((target.current?.entries ?? []).map((entry) => [entry.relpath, entry.md5]));
  const lost = [...current].filter(([relpath, md5]) => wanted.get(relpath) !== md5);
  if (!target.force) {
    await assertKept(
      repository,
      target,
      lost.map(([, md5]) => md5),
    );
  }
  const root = repository.at(target.path);
  await ports.files.makeDirectory(root);
  for (const [relpath] of lost) if (!wanted.has(relpath)) await ports.files.remove(join(root, relpath));
  const changed = listing.filter((entry) => current.get(entry.relpath) !== entry.md5);
  await assertNoLinksBelow(ports, repository, target.path, changed);
  await mapConcurrent(changed, 8, (entry) =>
    placeFile(ports, repository, { ...target, isExecutable: false }, entry.md5, join(root, entry.relpath)),
  );
  return true;
}

async function placeFile(
  ports: DataPorts,
  repository: DvcRepository,
  target: CheckoutTarget,
  oid: string,
  to: string,
): Promise<void> {
  await ports.files.copy(repository.cachePath(oid, target.legacy), to, { mode: target.isExecutable ? 0o755 : 0o644 });
}

/** Content that the cache has can be brought back; other content would be lost. */
async function assertKept(repository: DvcRepository, target: CheckoutTarget, oids: readonly string[]): Promise<void> {
  const keys = [...new Set(oids)].map((oid) => objectKey(oid, target.legacy));
  const kept = await repository.cache.has(keys);
  if (keys.every((key) => kept.has(key))) return;
  throw new KitError('data-modified', `Cannot write "${target.path}": it holds changes that are stored nowhere else`, {
    hint: 'Keep them with mlops-kit sync-data add, or discard them with --force.',
    at: { path: target.path },
  });
}

/** A link on the way could lead the write out of the repository. */
async function assertNoLinks(ports: DataPorts, repository: DvcRepository, path: string): Promise<void> {
  const parts = path.split('/');
  for (let length = 1; length < parts.length; length++) {
    await assertNoLink(ports, repository, parts.slice(0, length).join('/'));
  }
}

async function assertNoLinksBelow(
  ports: DataPorts,
  repository: DvcRepository,
  path: string,
  entries: readonly { readonly relpath: string }[],
): Promise<void> {
  const directories = new Set<string>([path]);
  for (const { relpath } of entries) {
    const parts = relpath.split('/');
    for (let length = 1; length < parts.length; length++) directories.add(join(path, ...parts.slice(0, length)));
  }
  for (const directory of directories) await assertNoLink(ports, repository, directory);
}

async function assertNoLink(ports: DataPorts, repository: DvcRepository, path: string): Promise<void> {
  if ((await ports.files.stat(repository.at(path), { follow: false }))?.kind !== 'symlink') return;
  throw new KitError('data-link-inside', `Cannot write below "${path}": it is a symbolic link`, {
    hint: 'Replace the link by a folder.',
    at: { path },
  });
}
