/** The digests that name an artifact or dataset as evidence: DVC's MD5, and SHA-256 over the same content. */

import { join, relative } from 'node:path';
import { formatCanonicalJson } from '../base/canonical-json.ts';
import { byCodePoint } from '../base/code-points.ts';
import { sha256 } from '../base/digest.ts';
import { KitError } from '../base/errors.ts';
import { mapConcurrent } from '../base/map-concurrent.ts';
import type { DataPorts } from './data/dvc-repository.ts';
import { hashListed, hashPath } from './data/hash-path.ts';

export interface PathDigest {
  /** DVC's: of the bytes of a file, or `<md5>.dir` of a folder. */
  readonly md5: string;
  /** Of the bytes of a file; of a folder, of the canonical JSON of its `[{path, sha256}]` sorted by path in code points. */
  readonly sha256: string;
  readonly size: number;
  readonly files: number;
}

/**
 * Digests of a file, a folder, or the files a glob matches (as the folder above the glob that held only these).
 *
 * @throws KitError `data-missing`, `file-unreadable`
 */
export async function digestPath(ports: Pick<DataPorts, 'files' | 'hasher'>, path: string): Promise<PathDigest> {
  const { files } = ports;
  if (isGlob(path)) {
    const base = globBase(path);
    const matched = await files.glob(path);
    if (matched.length === 0) throw missing(path);
    const prefix = base === '.' ? '' : `${base}/`;
    const relpaths = matched.map((one) => one.slice(prefix.length));
    const hashed = await hashListed(ports, files.resolve(base), relpaths);
    return await digestFolder(ports, files.resolve(base), hashed.md5, hashed.entries);
  }
  const hashed = await hashPath(ports, { root: files.root }, relative(files.root, files.resolve(path)));
  if (hashed === undefined) throw missing(path);
  if (hashed.kind === 'directory') {
    return await digestFolder(ports, files.resolve(path), hashed.md5, hashed.entries);
  }
  return { md5: hashed.md5, sha256: await ports.hasher.sha256File(path), size: hashed.size, files: 1 };
}

async function digestFolder(
  ports: Pick<DataPorts, 'hasher'>,
  absolute: string,
  md5: string,
  entries: readonly { readonly relpath: string; readonly size: number }[],
): Promise<PathDigest> {
  const sorted = [...entries].sort((a, b) => byCodePoint(a.relpath, b.relpath));
  const list = await mapConcurrent(sorted, 8, async (entry) => ({
    path: entry.relpath,
    sha256: await ports.hasher.sha256File(join(absolute, entry.relpath)),
  }));
  const size = sorted.reduce((sum, entry) => sum + entry.size, 0);
  return { md5, sha256: sha256(formatCanonicalJson(list)), size, files: sorted.length };
}

/** Whether a dataset path names many files by a pattern. */
export function isGlob(path: string): boolean {
  return /[*?[{]/.test(path);
}

/** The folder above the first part with a pattern: `data/flights` of `data/flights/*.parquet`. */
export function globBase(path: string): string {
  const parts = path.split('/');
  const index = parts.findIndex(isGlob);
  return parts.slice(0, index).join('/') || (path.startsWith('/') ? '/' : '.');
}

function missing(path: string): KitError {
  return new KitError('data-missing', `Cannot hash "${path}": nothing is there`, {
    hint: 'Fetch it with mlops-kit sync-data pull, or correct the path.',
    at: { path },
  });
}
