/** Reads the whole registry from the tags in one pass over git, fetching first where the checkout may be incomplete. */

import { readEvents } from '../domain/registry/events.ts';
import { foldRegistry, type Registry } from '../domain/registry/registry.ts';
import type { Ports } from '../ports/ports.ts';
import { fetchRegistry } from './metadata/branch.ts';

export type { ArtifactState, Registry, VersionState } from '../domain/registry/registry.ts';

/**
 * `fetch` true fetches tags and records, false reads what is here, undefined fetches where the checkout may be incomplete (Actions,
 * shallow, no tags). Tags that cannot be read are in `problems`, never fatal.
 *
 * @throws KitError `git-no-repository`, `git-remote-unreachable`
 */
export async function readRegistry(ports: Ports, options: { readonly fetch?: boolean } = {}): Promise<Registry> {
  const untrusted = await fetchRegistry(ports, options.fetch);
  return foldRegistry(readEvents(await ports.git.refs(['refs/tags']), untrusted));
}
