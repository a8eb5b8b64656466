/** Tracks files and folders by content: into the cache, a .dvc file beside them, and out of git's sight. */

import { basename } from 'node:path/posix';
import { KitError } from '../../base/errors.ts';
import { pathsOverlap } from '../../base/repo-path.ts';
import { formatBytes } from '../../base/text.ts';
import { formatDvcFile, updateDvcFile } from '../../formats/dvc-file.ts';
import type { Ports } from '../../ports/ports.ts';
import { type DvcRepository, initializeDvc } from './dvc-repository.ts';
import { ignoreInGit } from './git-ignore.ts';
import { type HashedPath, hashPath } from './hash-path.ts';
import { storeInCache } from './store-objects.ts';
import { readTrackedOutputs } from './tracked-outputs.ts';

export interface AddedPath {
  readonly path: string;
  readonly file: string;
  readonly md5: string;
  readonly size: number;
  readonly files: number;
  readonly changed: boolean;
  /** Bytes that were new to the cache. */
  readonly stored: number;
}

export async function addPaths(
  ports: Ports,
  repository: DvcRepository,
  paths: readonly string[],
  dryRun: boolean,
): Promise<readonly AddedPath[]> {
  if (paths.length === 0) {
    throw new KitError('data-path-missing', 'Cannot add data: no path was given', {
      hint: 'Name files or folders: mlops-kit sync-data add data/raw.',
    });
  }
  const tracked = await readTrackedOutputs(ports, repository);
  const added: AddedPath[] = [];
  for (const userPath of paths) {
    const path = repository.pathOf(userPath);
    const file = `${path}.dvc`;
    const other = tracked.find((output) => pathsOverlap(output.path, path) && output.source !== file);
    if (other !== undefined) throw alreadyTracked(path, other.path, other.source);
    await assertNotInGit(ports, repository, path);
    const hashed = await hashWithProgress(ports, repository, path);
    const text = await dvcFileText(ports, repository, path, hashed);
    const before = tracked.find((output) => output.source === file);
    const changed = before?.md5 !== hashed.md5;
    const stored = dryRun ? 0 : await write(ports, repository, { path, file, text, hashed });
    const files = hashed.kind === 'file' ? 1 : hashed.entries.length;
    added.push({ path, file, md5: hashed.md5, size: hashed.size, files, changed, stored });
  }
  return added;
}

interface Writing {
  readonly path: string;
  readonly file: string;
  readonly text: string;
  readonly hashed: HashedPath;
}

/** Content before its address, so that an address is never written for content that is not kept. */
async function write(ports: Ports, repository: DvcRepository, one: Writing): Promise<number> {
  await initializeDvc(ports, repository);
  const stored = await storeInCache(ports, repository, one.path, one.hashed);
  await ignoreInGit(ports, repository, one.path, one.hashed.kind === 'directory');
  await ports.files.write(repository.at(one.file), one.text);
  return stored;
}

async function hashWithProgress(ports: Ports, repository: DvcRepository, path: string): Promise<HashedPath> {
  const task = ports.progress.start(`Hashing ${path}`, { unit: 'bytes' });
  const hashed = await hashPath(ports, repository, path, { onBytes: (bytes) => task.advance(bytes) });
  task.done(hashed === undefined ? undefined : `Hashed ${path}: ${formatBytes(hashed.size)}`);
  if (hashed !== undefined) return hashed;
  throw new KitError('data-missing', `Cannot add "${path}": nothing is there`, {
    hint: 'Correct the path.',
    at: { path },
  });
}

async function dvcFileText(ports: Ports, repository: DvcRepository, path: string, hashed: HashedPath): Promise<string> {
  const output = {
    path: basename(path),
    md5: hashed.md5,
    size: hashed.size,
    ...(hashed.kind === 'directory' ? { nfiles: hashed.entries.length } : { isexec: hashed.isExecutable }),
  };
  const file = repository.at(`${path}.dvc`);
  return (await ports.files.exists(file))
    ? updateDvcFile(await ports.files.readText(file), output)
    : formatDvcFile(output);
}

/** Data that git tracks would be kept twice, and git would not notice its change. */
async function assertNotInGit(ports: Ports, repository: DvcRepository, path: string): Promise<void> {
  if (!(await isGitRepository(ports))) return;
  const top = await ports.git.top();
  const prefix = repository.root === top ? '' : `${repository.root.slice(top.length + 1)}/`;
  const committed = await listCommitted(ports, `${prefix}${path}`);
  if (committed === 0) return;
  throw new KitError('data-in-git', `Cannot add "${path}": git tracks it already`, {
    hint: `Let git forget it first: git rm -r --cached '${path}' && git commit.`,
    at: { path },
  });
}

async function isGitRepository(ports: Ports): Promise<boolean> {
  try {
    await ports.git.top();
    return true;
  } catch (error) {
    if (error instanceof KitError && error.code === 'git-no-repository') return false;
    throw error;
  }
}

async function listCommitted(ports: Ports, path: string): Promise<number> {
  try {
    return (await ports.git.listTree('HEAD', path)).length;
  } catch (error) {
    // A repository without a commit tracks nothing yet.
    if (error instanceof KitError && error.code === 'git-unknown-revision') return 0;
    throw error;
  }
}

function alreadyTracked(path: string, other: string, source: string): KitError {
  return new KitError('data-tracked', `Cannot add "${path}": it overlaps "${other}" of ${source}`, {
    hint: 'Add the tracked path as a whole, or remove the other entry first.',
    at: { path: source },
  });
}
