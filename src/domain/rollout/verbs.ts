/** What people ask of a rollout: pause, resume, approve, finish, roll back; each refuses where it makes no sense. */

import { KitError } from '../../base/errors.ts';
import { hasEnded, type RolloutState } from '../../formats/rollout-state.ts';
import { type Decision, enter } from './decision.ts';
import { enterStep, promote, type TickInput } from './next.ts';

export type Verb = 'pause' | 'resume' | 'approve' | 'finish' | 'rollback';

/**
 * @param stateOid Commit of the state the person saw; an approval is bound to it.
 * @throws KitError `rollout-refused`
 */
export function decideVerb(verb: Verb, state: RolloutState, input: TickInput, stateOid: string): Decision {
  switch (verb) {
    case 'pause':
      return pause(state, input);
    case 'resume':
      return resume(state, input);
    case 'approve':
      return approve(state, input, stateOid);
    case 'finish':
      return finish(state, input);
    case 'rollback':
      return rollBack(state, input);
  }
}

function refuse(verb: Verb, state: RolloutState, hint: string): KitError {
  return new KitError('rollout-refused', `Cannot ${verb} rollout "${state.id}": its phase is ${state.phase}`, { hint });
}

function pause(state: RolloutState, input: TickInput): Decision {
  const pausable = ['settling', 'baking', 'analysing', 'awaiting-approval', 'verifying'].includes(state.phase);
  if (!pausable) throw refuse('pause', state, 'Only a rollout with traffic can be paused.');
  const entry = { ...input, because: `paused by ${input.actor}` };
  const holds = [{ reason: 'manual', since: input.now }];
  return {
    kind: 'transition',
    state: enter(state, 'paused', entry, { returnTo: state.phase, holds }),
    increase: false,
  };
}

/** A pause step goes on with the next step; anything else goes back to where it was. */
function resume(state: RolloutState, input: TickInput): Decision {
  if (state.phase !== 'paused') throw refuse('resume', state, 'Only a paused rollout can be resumed.');
  const because = `resumed by ${input.actor}`;
  if (state.returnTo === null) return enterStep(state, state.step + 1, input, because);
  return { kind: 'transition', state: enter(state, state.returnTo, { ...input, because }), increase: false };
}

/** Bound to this step, this spec (in the state) and this state, so that it can't be spent on another. */
function approve(state: RolloutState, input: TickInput, stateOid: string): Decision {
  if (state.phase !== 'awaiting-approval') throw refuse('approve', state, 'No step waits for an approval.');
  const approval = { step: state.step, actor: input.actor, time: input.now, stateOid };
  const approved = enter(
    state,
    'awaiting-approval',
    { ...input, because: `approved by ${input.actor}` },
    { approvals: [...state.approvals, approval] },
  );
  return { kind: 'transition', state: approved, increase: false };
}

function finish(state: RolloutState, input: TickInput): Decision {
  if (hasEnded(state) || ['pending', 'preflight', 'verifying'].includes(state.phase)) {
    throw refuse('finish', state, 'Only a rollout with traffic can be finished early.');
  }
  return promote(state, { ...input, because: `finished early by ${input.actor}, remaining steps skipped` });
}

/** Of a completed rollout; one that runs is aborted instead. */
function rollBack(state: RolloutState, input: TickInput): Decision {
  if (state.phase !== 'completed') throw refuse('rollback', state, 'There is nothing newer to go back from.');
  if (state.stable === null) throw refuse('rollback', state, 'It was the first version: there is none before it.');
  const entry = { ...input, because: `rolled back by ${input.actor}` };
  return {
    kind: 'transition',
    state: enter(state, 'rolled-back', entry, { weight: 0, endedAt: input.now }),
    manifest: { kind: 'restore' },
    stage: { version: state.stable.version },
    increase: false,
  };
}

/** A newer candidate takes its place: weight to 0 first, the stage stays with the newer one. */
export function supersede(state: RolloutState, by: string, input: TickInput): Decision {
  const ended = enter(
    state,
    'superseded',
    { ...input, because: `superseded by ${by}` },
    { weight: 0, endedAt: input.now },
  );
  return {
    kind: 'transition',
    state: ended,
    ...(state.manifestWritten === null ? {} : { manifest: { kind: 'restore' as const } }),
    increase: false,
  };
}
