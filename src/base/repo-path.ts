/** Paths inside a repository: `/` separators, from its top, normalized; pure text, no disk. */

import { isAbsolute, join, normalize } from 'node:path/posix';

/** A path as written in a file of `directory`, from the top; `..` at the front when it leaves the repository. */
export function joinRepoPath(directory: string, path: string): string {
  const joined = isAbsolute(path) ? normalize(path) : join(directory === '' ? '.' : directory, path);
  return joined.length > 1 && joined.endsWith('/') ? joined.slice(0, -1) : joined;
}

/** Whether a path from the top stays below it. */
export function isInsideRepo(path: string): boolean {
  return !isAbsolute(path) && path !== '..' && !path.startsWith('../') && path !== '.';
}

/** Whether one path is the other, or contains it. */
export function pathsOverlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
