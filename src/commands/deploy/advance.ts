/** One tick of a rollout, and as many as follow without time, traffic or people: reads, decides, publishes, shows. */

import { KitError } from '../../base/errors.ts';
import { next, type TickInput } from '../../domain/rollout/next.ts';
import { decideVerb, type Verb } from '../../domain/rollout/verbs.ts';
import { hasEnded, type RolloutState } from '../../formats/rollout-state.ts';
import type { Ports } from '../../ports/ports.ts';
import { dropDeployment, openDeployment, reportDeployment } from './deployment.ts';
import { observe } from './observe.ts';
import { runPreflight } from './preflight.ts';
import { publish } from './publish.ts';
import { inputOf } from './start.ts';
import { type Place, readSnapshot, type Snapshot } from './store.ts';

export interface Advanced {
  readonly state: RolloutState;
  /** Every state this call entered, in order. */
  readonly transitions: readonly RolloutState[];
}

/** More than any rollout has phases between two waits. */
const mostTicks = 50;

/** Ticks until something has to be waited for; at most one increase of traffic. */
export async function advance(ports: Ports, place: Place): Promise<Advanced> {
  const transitions: RolloutState[] = [];
  for (let tick = 0; tick < mostTicks; tick++) {
    const snapshot = await readSnapshot(ports, place);
    const state = needState(snapshot, place);
    const input = await gather(ports, state, snapshot);
    const decision = next(state, input);
    if (decision.kind === 'none') {
      await reportDeployment(ports, state);
      return { state, transitions };
    }
    const published = await publish(ports, place, snapshot, decision);
    if (state.phase === 'pending' && published.kind === 'lost') {
      const kept = (await readSnapshot(ports, place)).state?.deployment ?? null;
      await dropDeployment(ports, input.deployment ?? null, kept);
    }
    if (published.kind === 'lost') continue;
    if (decision.kind === 'note') return { state: published.state, transitions };
    transitions.push(published.state);
    announce(ports, published.state);
    await reportDeployment(ports, published.state);
    if (decision.increase || hasEnded(published.state)) return { state: published.state, transitions };
  }
  throw new KitError('rollout-contended', `Cannot advance "${place.artifact}": other writers were always first`, {
    hint: 'Look who deploys: mlops-kit deploy status',
  });
}

export function needState(snapshot: Snapshot, place: Place): RolloutState {
  if (snapshot.state !== undefined) return snapshot.state;
  throw new KitError(
    'rollout-none',
    `Cannot find a rollout of "${place.artifact}" to ${place.environment}: there was none yet`,
    {
      hint: `Start one: mlops-kit deploy start --stage ${place.environment} --model ${place.artifact}`,
    },
  );
}

/** Only what this phase looks at is read. */
async function gather(ports: Ports, state: RolloutState, snapshot: Snapshot): Promise<TickInput> {
  const input = inputOf(ports);
  const request = snapshot.abort?.request;
  if (request !== undefined && request.rollout === state.id) {
    return { ...input, abort: { actor: request.actor, reason: request.reason } };
  }
  if (hasEnded(state)) return input;
  if (state.phase === 'pending') return { ...input, deployment: await openDeployment(ports, state) };
  if (state.phase === 'preflight') return { ...input, preflight: await runPreflight(ports, state) };
  return { ...input, seen: await observe(ports, state) };
}

/** A person's verb, decided on the newest state. @throws KitError `rollout-refused` */
export async function applyVerb(ports: Ports, place: Place, verb: Verb): Promise<Advanced> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const snapshot = await readSnapshot(ports, place);
    const state = needState(snapshot, place);
    const decision = decideVerb(verb, state, inputOf(ports), snapshot.stateOid!);
    const published = await publish(ports, place, snapshot, decision);
    if (published.kind === 'lost') continue;
    announce(ports, published.state);
    await reportDeployment(ports, published.state);
    return { state: published.state, transitions: [published.state] };
  }
  throw new KitError('rollout-contended', `Cannot ${verb} "${place.artifact}": other writers were always first`);
}

function announce(ports: Ports, state: RolloutState): void {
  const { artifact, environment } = state.spec;
  ports.progress.info(
    `${artifact} ${state.candidate.version} in ${environment}: ${state.phase}, ${state.weight} % - ${state.because}`,
  );
}
