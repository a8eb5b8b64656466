/** Builds `dist` once per state of the sources, in a folder beside the installed packages, for tests that spawn it. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, writeBundle } from '../../scripts/bundle/bundle.ts';

export const repositoryRoot = join(import.meta.dirname, '..', '..');

/** Folder with the bundles of the sources as they are now. */
export async function builtDist(): Promise<string> {
  const cache = join(repositoryRoot, 'node_modules', '.cache', 'mlops-kit-dist');
  const folder = join(cache, digestSources(), 'dist');
  if (existsSync(folder)) return folder;
  removeOld(cache);
  const files = await bundle(repositoryRoot);
  // Other test files may build the same at the same time: the first rename stands.
  const own = `${folder}-${process.pid}`;
  writeBundle(files, own);
  try {
    renameSync(own, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(own, { recursive: true });
  }
  return folder;
}

/** A build of yesterday's sources is of no use to anyone. */
function removeOld(cache: string): void {
  if (!existsSync(cache)) return;
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (Date.now() - statSync(path).mtimeMs > 24 * 3600 * 1000) rmSync(path, { recursive: true, force: true });
  }
}

function digestSources(): string {
  const hash = createHash('sha256');
  for (const folder of ['src', 'actions', 'scripts/bundle']) {
    const paths = readdirSync(join(repositoryRoot, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name));
    for (const path of paths.sort()) hash.update(path).update(readFileSync(path));
  }
  return hash
    .update(readFileSync(join(repositoryRoot, 'package-lock.json')))
    .digest('hex')
    .slice(0, 16);
}
