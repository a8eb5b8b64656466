/** Says whether the command runs for a pull request, where nothing is recorded, alerted or dispatched. */

import type { Ports } from '../ports/ports.ts';

export function isPullRequest(ports: Pick<Ports, 'environment'>): boolean {
  return ports.environment.actions?.eventName.startsWith('pull_request') ?? false;
}
