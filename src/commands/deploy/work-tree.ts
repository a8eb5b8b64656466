/** Brings the manifest of the work tree to what was pushed, where that can be done without touching anybody's changes. */

import type { Ports } from '../../ports/ports.ts';
import type { Place } from './store.ts';

/** Whether the file in the work tree may be replaced: the branch is checked out and the path has no changes. */
export async function mayUpdate(ports: Ports, place: Place): Promise<boolean> {
  if ((await ports.git.branch()) !== place.branch) return false;
  const result = await ports.process.run(['git', 'status', '--porcelain', '--', place.manifestPath], {
    cwd: ports.files.root,
  });
  return result.exitCode === 0 && result.stdout.trim() === '';
}

/**
 * With a remote the checked-out branch is fast-forwarded; where it can't be (commits of its own, changes in the way) only the file
 * is written. Without a remote the branch has moved under the index, which is brought along for this path.
 */
export async function updateWorkTree(ports: Ports, place: Place, commit: string): Promise<void> {
  const run = (...args: string[]) => ports.process.run(['git', ...args], { cwd: ports.files.root });
  if ((await ports.git.remote()) !== undefined) {
    const merged = await run('merge', '--ff-only', '--quiet', commit);
    if (merged.exitCode === 0) return;
    ports.progress.debug(`Branch ${place.branch} was not fast-forwarded: ${merged.stderr.trim()}`);
  } else {
    await run('reset', '--quiet', '--', place.manifestPath);
  }
  const bytes = await ports.git.readPath(commit, place.gitPath);
  if (bytes === undefined) await ports.files.remove(place.manifestPath);
  else await ports.files.write(place.manifestPath, bytes);
}
