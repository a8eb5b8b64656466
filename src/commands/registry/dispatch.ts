/** Starts the next workflow after a tag was written, since tags made with GITHUB_TOKEN start none. */

import { KitError } from '../../base/errors.ts';
import type { Ports } from '../../ports/ports.ts';

/**
 * Inside Actions by default; elsewhere only when asked. A workflow that is not installed is a warning: the tag stands.
 *
 * @returns What was started, for the report.
 */
export async function dispatchWorkflow(
  ports: Ports,
  name: string,
  payload: Readonly<Record<string, string>>,
  asked: boolean | undefined,
): Promise<string | undefined> {
  if (!(asked ?? ports.environment.actions !== undefined)) return undefined;
  const forge = await ports.forge();
  const branch = await ports.git.defaultBranch();
  try {
    await forge.dispatch({
      kind: 'workflow',
      name: `${name}.yml`,
      payload,
      ...(branch === undefined ? {} : { ref: branch }),
    });
    return name;
  } catch (error) {
    if (!(error instanceof KitError && error.code === 'forge-not-found')) throw error;
    ports.progress.warn(`Workflow ${name}.yml was not started: ${error.message}`);
    return undefined;
  }
}
