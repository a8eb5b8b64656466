/** Says whose name stands on tags and commits: the Actions bot, the user of git's config, or who runs the command. */

import type { Environment } from '../ports/environment.ts';
import type { GitIdentity } from '../ports/git.ts';
import type { Ports } from '../ports/ports.ts';

// The bot's own account: GitHub shows its commits with its picture.
const bot: GitIdentity = {
  name: 'github-actions[bot]',
  email: '41898282+github-actions[bot]@users.noreply.github.com',
};

const known = new WeakMap<Environment, Promise<GitIdentity>>();

/** The person behind a run stands in the trailer `Mlops-Actor`. */
export function gitIdentity(ports: Pick<Ports, 'git' | 'environment'>): Promise<GitIdentity> {
  const found = known.get(ports.environment) ?? findIdentity(ports);
  known.set(ports.environment, found);
  return found;
}

async function findIdentity(ports: Pick<Ports, 'git' | 'environment'>): Promise<GitIdentity> {
  if (ports.environment.actions !== undefined) return bot;
  const [name, email] = await Promise.all([ports.git.config('user.name'), ports.git.config('user.email')]);
  const { actor } = ports.environment;
  return { name: name ?? actor, email: email ?? `${actor}@localhost` };
}
