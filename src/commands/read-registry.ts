/** Reads the whole registry from the tags in one pass over git, fetching first where the checkout may be incomplete. */

import { readEvents } from '../domain/registry/events.ts';
import { foldRegistry, type Registry } from '../domain/registry/registry.ts';
import type { Ports } from '../ports/ports.ts';
import { fetchRegistry, warnOnce } from './metadata/branch.ts';

const mostWarnings = 10;

export type { ArtifactState, Registry, VersionState } from '../domain/registry/registry.ts';

/**
 * `fetch` true fetches tags and records, false reads what is here, undefined fetches where the checkout may be incomplete (Actions,
 * shallow, no tags). Tags that cannot be read are in `problems` and, unless they are plainly of something else, warned of; never fatal.
 *
 * @throws KitError `git-no-repository`, `git-remote-unreachable`
 */
export async function readRegistry(ports: Ports, options: { readonly fetch?: boolean } = {}): Promise<Registry> {
  const untrusted = await fetchRegistry(ports, options.fetch);
  const registry = foldRegistry(readEvents(await ports.git.refs(['refs/tags']), untrusted));
  const grave = registry.problems.filter(({ code }) => code !== 'tag-foreign');
  for (const { message } of grave.slice(0, mostWarnings)) warnOnce(ports, message);
  if (grave.length > mostWarnings)
    warnOnce(ports, `${grave.length - mostWarnings} more tags have a problem: mlops-kit registry show`);
  return registry;
}
