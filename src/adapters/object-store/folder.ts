/** A folder as data remote, in DVC's layout: read-only objects that appear whole under their key. */

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { KitError, messageOf } from '../../base/errors.ts';
import type { ObjectStore } from '../../ports/object-store.ts';

const objectMode = 0o444;
/** Above this many keys in one folder, one listing is cheaper than a stat of each. */
const listFromKeys = 8;

export async function openFolder(folder: string): Promise<ObjectStore> {
  const stat = await fs.stat(folder).catch((error: NodeJS.ErrnoException) => {
    // A remote that nobody pushed to yet is empty; push makes the folder.
    if (error.code === 'ENOENT') return undefined;
    throw unreachable(folder, error);
  });
  if (stat?.isDirectory() === false) throw unreachable(folder, new Error('it is not a folder'));
  return {
    url: folder,
    has: (keys) => findKeys(folder, keys),
    async get(key, toPath) {
      try {
        await place(pathOf(folder, key), toPath);
      } catch (error) {
        if (isMissing(error)) throw missing(folder, key, error);
        throw unreachable(folder, error);
      }
    },
    async put(key, fromPath) {
      try {
        await place(fromPath, pathOf(folder, key), objectMode);
      } catch (error) {
        throw unreachable(folder, error);
      }
    },
  };
}

async function findKeys(folder: string, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const byDirectory = new Map<string, string[]>();
  for (const key of keys) {
    const directory = dirname(pathOf(folder, key));
    const group = byDirectory.get(directory);
    if (group === undefined) byDirectory.set(directory, [key]);
    else group.push(key);
  }
  const found = new Set<string>();
  for (const [directory, group] of byDirectory) {
    const names = group.length >= listFromKeys ? new Set(await listNames(folder, directory)) : undefined;
    for (const key of group) {
      const there = names === undefined ? await isFile(folder, join(folder, key)) : names.has(basename(key));
      if (there) found.add(key);
    }
  }
  return found;
}

async function listNames(folder: string, directory: string): Promise<readonly string[]> {
  try {
    const entries = await fs.readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreachable(folder, error);
  }
}

async function isFile(folder: string, path: string): Promise<boolean> {
  try {
    return (await fs.stat(path)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw unreachable(folder, error);
  }
}

/** Copies (as a clone where the file system can) to a temporary name, and renames. */
async function place(from: string, to: string, mode?: number): Promise<void> {
  await fs.mkdir(dirname(to), { recursive: true });
  const temporary = join(dirname(to), `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    await fs.copyFile(from, temporary, constants.COPYFILE_FICLONE);
    if (mode !== undefined) await fs.chmod(temporary, mode);
    await fs.rename(temporary, to);
  } finally {
    await fs.rm(temporary, { force: true });
  }
}

function pathOf(folder: string, key: string): string {
  const parts = key.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..') || /[\0\\]/.test(key)) {
    throw new KitError('object-key-unsafe', `Cannot use object key "${key}": it leaves the remote`);
  }
  return join(folder, ...parts);
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code));
}

function missing(folder: string, key: string, cause: unknown): KitError {
  return new KitError('object-missing', `Cannot fetch object "${key}": it is not in remote "${folder}"`, {
    hint: 'Push it from where it was made: mlops-kit sync-data push.',
    cause,
  });
}

function unreachable(folder: string, cause: unknown): KitError {
  if (cause instanceof KitError) return cause;
  return new KitError('remote-unreachable', `Cannot use remote "${folder}": ${messageOf(cause)}`, {
    hint: 'Check the url of the remote in .dvc/config, and the permissions of the folder.',
    cause,
  });
}
