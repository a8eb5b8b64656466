/** Decides which artifact names, run ids and files may be handed on, the same for the Actions store and the folder. */

import type { Stats } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { KitError } from '../../base/errors.ts';

/** Characters GitHub refuses, because artifacts must unpack on every file system. */
const forbiddenInPath = /[":<>|*?\p{Cc}]/u;

/** @throws KitError `artifact-name-invalid` */
export function assertArtifactName(name: string): void {
  const invalid = (reason: string): never => {
    throw new KitError('artifact-name-invalid', `Cannot use artifact name "${name}": ${reason}`, {
      hint: 'Use letters, digits, "-", "_" and ".".',
    });
  };
  if (name === '' || name.startsWith('.')) invalid('it is empty or starts with a dot');
  if (name.length > 255) invalid('it has more than 255 characters');
  const found = /[\\/]/.exec(name) ?? forbiddenInPath.exec(name);
  if (found !== null) invalid(`it holds ${JSON.stringify(found[0])}`);
}

/** @throws KitError `artifact-run-invalid` */
export function assertRunId(runId: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(runId)) return;
  throw new KitError('artifact-run-invalid', `Cannot use run id "${runId}": expected letters, digits, "-" and "_"`);
}

/**
 * The files under the given paths, folders with all in them, relative to the root, sorted.
 *
 * @throws KitError `artifact-path-escape`, `artifact-file-missing`, `artifact-empty`
 */
export async function collectFiles(root: string, paths: readonly string[]): Promise<readonly string[]> {
  const top = await realpath(root);
  const found = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    const name = relative(root, path);
    const target = await realpath(path).catch((cause: unknown) => {
      throw new KitError('artifact-file-missing', `Cannot upload "${name}": no such file or folder`, { cause });
    });
    if (leaves(root, path) || leaves(top, target))
      throw new KitError('artifact-path-escape', `Cannot upload "${name}": it is outside the working directory`);
    const entry = await lstat(target);
    if (entry.isDirectory()) {
      // A link to a folder could lead in a circle.
      if ((await lstat(path)).isSymbolicLink()) throw unusable(name, 'it is a link to a folder');
      for (const child of await readdir(path)) await visit(join(path, child));
    } else if (!entry.isFile()) throw unusable(name, 'it is no regular file');
    else if (forbiddenInPath.test(name)) throw unusable(name, 'the path holds a character that artifacts may not have');
    else found.add(name.split(sep).join('/'));
  };
  for (const path of paths) await visit(resolve(root, path));
  if (found.size === 0) throw new KitError('artifact-empty', 'Cannot upload an artifact without files');
  return [...found].sort();
}

/**
 * Checks that a folder of downloaded, hostile files holds only plain files and folders: no link can lead a later reader out.
 *
 * @throws KitError `artifact-hostile`
 */
export async function assertPlainTree(directory: string, check: (entry: Stats) => boolean = isPlain): Promise<void> {
  for (const name of await readdir(directory, { recursive: true })) {
    const entry = await lstat(join(directory, name));
    if (!check(entry))
      throw new KitError('artifact-hostile', `Cannot take artifact file "${name}": it is no plain file or folder`);
  }
}

function isPlain(entry: Stats): boolean {
  return entry.isDirectory() || (entry.isFile() && entry.nlink === 1);
}

function unusable(name: string, reason: string): KitError {
  return new KitError('artifact-file-unusable', `Cannot upload "${name}": ${reason}`);
}

function leaves(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
}
