/** Hashes a file or folder of the work tree to the content address DVC gives it. */

import { join } from 'node:path';
import { KitError } from '../../base/errors.ts';
import { mapConcurrent } from '../../base/map-concurrent.ts';
import { dirHash, formatDirObject } from '../../domain/data/dir-object.ts';
import {
  createIgnoreRules,
  dvcIgnoreDefaults,
  type IgnoreFile,
  type IgnoreRules,
} from '../../domain/data/ignore-rules.ts';
import { legacyMd5 } from '../../domain/data/legacy-md5.ts';
import type { FileDigest } from '../../ports/hasher.ts';
import type { DataPorts, DvcRepository } from './dvc-repository.ts';

export interface HashedFile {
  readonly kind: 'file';
  readonly md5: string;
  readonly size: number;
  readonly isExecutable: boolean;
}

export interface HashedDirEntry extends FileDigest {
  readonly relpath: string;
}

export interface HashedDirectory {
  readonly kind: 'directory';
  /** Ends in `.dir`. */
  readonly md5: string;
  readonly size: number;
  readonly entries: readonly HashedDirEntry[];
  /** The bytes of the `.dir` object. */
  readonly object: string;
}

export type HashedPath = HashedFile | HashedDirectory;

export interface HashOptions {
  /** With DVC's hash from before version 3. */
  readonly legacy?: boolean;
  readonly onBytes?: (bytes: number) => void;
}

type HashPorts = Pick<DataPorts, 'files' | 'hasher'>;

/** `path` is from the top of the repository; undefined when nothing is there. */
export async function hashPath(
  ports: HashPorts,
  repository: Pick<DvcRepository, 'root'>,
  path: string,
  options: HashOptions = {},
): Promise<HashedPath | undefined> {
  const absolute = join(repository.root, path);
  const stat = await ports.files.stat(absolute);
  if (stat === undefined) return undefined;
  if (stat.kind === 'other') throw specialFile(path);
  if (stat.kind === 'file') {
    const [digest] = await hashFiles(ports, [absolute], options);
    return { kind: 'file', ...digest!, isExecutable: (stat.mode & 0o111) !== 0 };
  }
  const rules = await readIgnoreRules(ports, repository.root, path);
  const relpaths = await walkFolder(ports, repository.root, path, rules);
  return await hashListed(ports, absolute, relpaths, options);
}

/** The address of a folder that held just these files of it. */
export async function hashListed(
  ports: HashPorts,
  absolute: string,
  relpaths: readonly string[],
  options: HashOptions = {},
): Promise<HashedDirectory> {
  const digests = await hashFiles(
    ports,
    relpaths.map((relpath) => join(absolute, relpath)),
    options,
  );
  const entries = relpaths.map((relpath, index) => ({ relpath, ...digests[index]! }));
  const object = formatDirObject(entries);
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  return { kind: 'directory', md5: dirHash(object), size, entries, object };
}

async function hashFiles(
  ports: HashPorts,
  paths: readonly string[],
  options: HashOptions,
): Promise<readonly FileDigest[]> {
  if (options.legacy !== true) return await ports.hasher.md5Files(paths, options.onBytes);
  return await mapConcurrent(paths, 4, async (path) => {
    const bytes = await ports.files.readBytes(path);
    options.onBytes?.(bytes.length);
    return { md5: legacyMd5(bytes), size: bytes.length };
  });
}

/** Rules of the .dvcignore files from the top down to a path. */
export async function readIgnoreRules(
  ports: Pick<DataPorts, 'files'>,
  root: string,
  path: string,
): Promise<IgnoreRules> {
  const parents = path.split('/').map((_part, index, parts) => parts.slice(0, index).join('/'));
  const files: IgnoreFile[] = [];
  for (const directory of parents) {
    const file = join(root, directory, '.dvcignore');
    if (await ports.files.exists(file)) files.push({ directory, text: await ports.files.readText(file) });
  }
  return createIgnoreRules(files, dvcIgnoreDefaults);
}

/** Files below a folder as DVC walks it: links to files count, links to folders do not, empty folders leave no trace. */
async function walkFolder(
  ports: Pick<DataPorts, 'files'>,
  root: string,
  path: string,
  rules: IgnoreRules,
): Promise<readonly string[]> {
  const found: string[] = [];
  const open = [''];
  for (let below = open.pop(); below !== undefined; below = open.pop()) {
    const shown = below === '' ? path : `${path}/${below}`;
    for (const entry of await ports.files.entries(join(root, shown))) {
      const relpath = below === '' ? entry.name : `${below}/${entry.name}`;
      const whole = `${path}/${relpath}`;
      if (entry.name === '.dvcignore') throw ignoreFileInside(whole);
      const kind = entry.kind === 'symlink' ? await linkedKind(ports, join(root, whole), whole) : entry.kind;
      if (kind === 'linked-directory' || rules.ignores(whole, kind === 'directory')) continue;
      if (kind === 'directory') open.push(relpath);
      else if (kind === 'file') found.push(relpath);
      else throw specialFile(whole);
    }
  }
  return found;
}

async function linkedKind(
  ports: Pick<DataPorts, 'files'>,
  absolute: string,
  shown: string,
): Promise<'file' | 'linked-directory' | 'other'> {
  const target = await ports.files.stat(absolute);
  if (target === undefined) {
    throw new KitError('data-link-broken', `Cannot hash "${shown}": the link leads nowhere`, {
      hint: 'Remove the link, or bring back what it names.',
      at: { path: shown },
    });
  }
  return target.kind === 'directory' ? 'linked-directory' : target.kind === 'file' ? 'file' : 'other';
}

function specialFile(path: string): KitError {
  return new KitError('data-special-file', `Cannot hash "${path}": it is neither a file nor a folder`, {
    hint: 'Move sockets, pipes and devices out of the data.',
    at: { path },
  });
}

function ignoreFileInside(path: string): KitError {
  return new KitError('data-ignore-file', `Cannot hash the folder of "${path}": a .dvcignore may not be part of data`, {
    hint: 'Move its rules to a .dvcignore above the folder.',
    at: { path },
  });
}
