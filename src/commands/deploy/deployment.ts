/** Shows a rollout at the forge: one deployment with a status per phase; found again by the rollout's id, so repeating is harmless. */

import { KitError } from '../../base/errors.ts';
import type { Phase, RolloutState } from '../../formats/rollout-state.ts';
import type { DeploymentState } from '../../ports/forge.ts';
import type { Ports } from '../../ports/ports.ts';

const stateOfPhase: Readonly<Record<Phase, DeploymentState>> = {
  pending: 'queued',
  preflight: 'pending',
  applying: 'in_progress',
  settling: 'in_progress',
  baking: 'in_progress',
  analysing: 'in_progress',
  'awaiting-approval': 'in_progress',
  paused: 'in_progress',
  promoting: 'in_progress',
  verifying: 'in_progress',
  completed: 'success',
  aborting: 'failure',
  'rolled-back': 'failure',
  superseded: 'inactive',
  cancelled: 'inactive',
  error: 'error',
};

/** Creates the deployment, or finds the one that a tick which died has created; null when the forge refuses. */
export async function openDeployment(ports: Ports, state: RolloutState): Promise<number | null> {
  return tolerant(ports, null, async () => {
    const forge = await ports.forge();
    const { environment } = state.spec;
    const standing = (await forge.listDeployments(environment)).find((one) => one.description.includes(state.id));
    if (standing !== undefined) return standing.id;
    const created = await forge.createDeployment({
      environment,
      ref: state.candidate.tag,
      description: describe(state),
      payload: { rollout: state.id, artifact: state.spec.artifact, version: state.candidate.version },
    });
    return created.id;
  });
}

/** Another tick announced the rollout first: the one of this tick shows nothing. */
export async function dropDeployment(ports: Ports, id: number | null, kept: number | null): Promise<void> {
  if (id === null || id === kept) return;
  await tolerant(ports, undefined, async () => {
    await (await ports.forge()).setDeploymentState(id, { state: 'inactive', description: 'Announced twice' });
  });
}

/** Sets the status of the phase, and earlier deployments of the artifact inactive once a rollout is complete. */
export async function reportDeployment(ports: Ports, state: RolloutState): Promise<void> {
  if (state.deployment === null) return;
  await tolerant(ports, undefined, async () => {
    const forge = await ports.forge();
    const all = await forge.listDeployments(state.spec.environment);
    const wanted = stateOfPhase[state.phase];
    const own = all.find(({ id }) => id === state.deployment);
    const logUrl = ports.environment.actions?.runUrl;
    if (own !== undefined && own.state !== wanted) {
      const description = `${state.phase}, ${state.weight} %: ${state.because}`.slice(0, 140);
      await forge.setDeploymentState(own.id, {
        state: wanted,
        description,
        ...(logUrl === undefined ? {} : { logUrl }),
      });
    }
    if (state.phase !== 'completed') return;
    const earlier = all.filter(
      ({ id, description, state: standing }) =>
        id !== state.deployment && standing === 'success' && description.startsWith(`${state.spec.artifact} `),
    );
    for (const { id } of earlier) {
      await forge.setDeploymentState(id, { state: 'inactive', description: `Replaced by ${state.candidate.version}` });
    }
  });
}

function describe(state: RolloutState): string {
  return `${state.spec.artifact} ${state.candidate.version} (${state.id})`.slice(0, 140);
}

/** The forge only shows what git decides: its refusal is told, and the rollout goes on. */
async function tolerant<T>(ports: Ports, otherwise: T, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof KitError)) throw error;
    ports.progress.warn(`The deployment is not shown at the forge: ${error.message}`);
    return otherwise;
  }
}
