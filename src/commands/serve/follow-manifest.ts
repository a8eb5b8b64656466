/** Follows a manifest, in the work tree or on a branch of the remote, and serves each new content of it. */

import { sha256 } from '../../base/digest.ts';
import { KitError, messageOf } from '../../base/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import type { ServingState } from './serving-state.ts';

export interface FollowOptions {
  readonly path: string;
  /** `<remote>/<branch>` whose commits are fetched; undefined reads the file. */
  readonly ref: string | undefined;
  /** Milliseconds between two looks. */
  readonly interval: number;
}

/** Looks until the signal fires. A manifest that cannot be served is told once, and what was served stays. */
export async function followManifest(
  ports: Ports,
  state: ServingState,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<void> {
  let seen: string | undefined;
  let told: string | undefined;
  const tell = (message: string): void => {
    if (message !== told) ports.progress.warn(message);
    told = message;
  };
  while (!signal.aborted) {
    try {
      const text = await readManifest(ports, options);
      if (text === undefined) tell(`Waiting for manifest "${options.path}": it is not there yet.`);
      else if (sha256(text) !== seen) {
        await state.applyManifest(text, options.path);
        seen = sha256(text);
        told = undefined;
        announce(ports, state);
      }
    } catch (error) {
      if (!(error instanceof KitError)) throw error;
      tell(`${messageOf(error)}${error.hint === undefined ? '' : ` ${error.hint}`}`);
    }
    await ports.clock.sleep(options.interval, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

async function readManifest(ports: Ports, options: FollowOptions): Promise<string | undefined> {
  if (options.ref === undefined) {
    return (await ports.files.exists(options.path)) ? ports.files.readText(options.path) : undefined;
  }
  const [remote, ...branch] = options.ref.split('/');
  const name = branch.join('/');
  await ports.git.fetch([`+refs/heads/${name}:refs/remotes/${remote}/${name}`]);
  const bytes = await ports.git.readPath(`refs/remotes/${remote}/${name}`, options.path);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

function announce(ports: Ports, state: ServingState): void {
  const serving = state.current();
  if (serving === undefined) return;
  const { artifact, stable, candidate, weight } = serving;
  const rest = candidate === undefined ? '' : `, ${weight} % to ${candidate.version}`;
  ports.progress.info(`Serving ${artifact} ${stable.version}${rest}`);
}
