/** The state machine of a rollout: one tick, pure. Abort first, then errors, guards, the split, evidence, and at most one increase. */

import { parseDuration } from '../../base/duration.ts';
import { formatCount, formatNumber } from '../../base/text.ts';
import { type GuardFinding, hasEnded, type RolloutState } from '../../formats/rollout-state.ts';
import { type Decision, type Entry, enter, hold, stay } from './decision.ts';
import { judgeGuards, judgeSplit } from './guards.ts';
import type { Observation } from './observation.ts';

export type Seen =
  | { readonly kind: 'observed'; readonly observation: Observation }
  | { readonly kind: 'failed'; readonly reason: string };

export interface TickInput {
  readonly now: string;
  readonly actor: string;
  readonly abort?: { readonly actor: string; readonly reason: string } | undefined;
  readonly seen?: Seen | undefined;
  readonly preflight?: { readonly ok: boolean; readonly detail: string } | undefined;
  /** Id of the deployment at the forge, once there is one. */
  readonly deployment?: number | null | undefined;
}

/** So many failed looks at the log in a row are tolerated (Argo's default). */
export const errorLimit = 4;
/** Requests to the promoted version that end the verification. */
export const verifyRequests = 20;

export function next(state: RolloutState, input: TickInput): Decision {
  if (input.abort !== undefined) return abort(state, input, `aborted by ${input.abort.actor}: ${input.abort.reason}`);
  if (hasEnded(state)) return stay(state);
  switch (state.phase) {
    case 'pending':
      return transition(
        enter(state, 'preflight', entryOf(input, 'the rollout was announced'), {
          deployment: input.deployment ?? null,
        }),
      );
    case 'preflight':
      return afterPreflight(state, input);
    default:
      return live(state, input);
  }
}

function transition(state: RolloutState, more: Partial<Decision> = {}): Decision {
  return { kind: 'transition', state, increase: false, ...more };
}

function entryOf(input: TickInput, because: string): Entry {
  return { now: input.now, actor: input.actor, because };
}

/** The manifest goes back to what it was; the stage goes back to the version that is live. */
export function abort(state: RolloutState, input: TickInput, because: string): Decision {
  const gone = state.phase === 'rolled-back' || state.phase === 'cancelled' || state.phase === 'superseded';
  if (gone) return stay(state);
  const applied = state.manifestWritten !== null;
  const ended = enter(state, applied ? 'rolled-back' : 'cancelled', entryOf(input, because), {
    weight: 0,
    endedAt: input.now,
    holds: [],
  });
  return transition(ended, {
    ...(applied ? { manifest: { kind: 'restore' as const } } : {}),
    stage: { version: state.stable?.version ?? null },
  });
}

function afterPreflight(state: RolloutState, input: TickInput): Decision {
  const { preflight } = input;
  if (preflight === undefined) return stay(state);
  if (!preflight.ok) return abort(state, input, `preflight failed: ${preflight.detail}`);
  if (state.stable !== null) return enterStep(state, 0, input, preflight.detail);
  const because = `${preflight.detail}; there is no stable version to compare with, so the first one takes 100 % at once`;
  const done = enter(state, 'completed', entryOf(input, because), {
    step: state.spec.steps.length,
    weight: 100,
    promotedAt: input.now,
    endedAt: input.now,
  });
  return transition(done, { manifest: { kind: 'create' }, increase: true });
}

/** Every phase with traffic on the candidate: what protects comes before what waits. */
function live(state: RolloutState, input: TickInput): Decision {
  const { seen } = input;
  if (seen === undefined) return stay(state);
  if (seen.kind === 'failed') return countError(state, input, seen.reason);
  if (state.phase === 'error') {
    const because = 'the prediction log can be read again';
    return transition(enter(state, state.returnTo ?? 'settling', entryOf(input, because)));
  }
  const { observation } = seen;
  const verifying = state.phase === 'verifying';
  const findings = judgeGuards(state.spec.guard, verifying ? promotedSample(observation) : observation);
  const harm = findings.find((finding) => finding.verdict === 'harm');
  if (harm !== undefined) return abort({ ...state, findings: [...findings] }, input, describeHarm(harm));
  const judged = { ...state, findings: [...findings] };
  if (verifying) return verify(judged, state, observation, input);
  const split = judgeSplit(observation, state.weight);
  if (split?.mismatch && state.phase !== 'paused') {
    const because = `requests were not split ${state.weight} to ${100 - state.weight} (p ${formatNumber(split.p, 2)}), so no comparison can be trusted`;
    const holds = [{ reason: 'sample-ratio-mismatch', since: input.now }];
    return transition(enter(judged, 'paused', entryOf(input, because), { returnTo: state.phase, holds }));
  }
  return proceed(judged, state, observation, input);
}

function countError(state: RolloutState, input: TickInput, reason: string): Decision {
  const errors = state.consecutiveErrors + 1;
  if (state.phase === 'error') return stay(state);
  if (errors <= errorLimit) {
    const holds = [{ reason: 'log-unreadable', since: input.now }];
    const noted = { ...state, generation: state.generation + 1, consecutiveErrors: errors, holds };
    return { kind: 'note', state: noted, increase: false };
  }
  const because = `the prediction log could not be read ${errors} times in a row: ${reason}`;
  return transition(enter(state, 'error', entryOf(input, because), { returnTo: state.phase }));
}

function proceed(judged: RolloutState, state: RolloutState, observation: Observation, input: TickInput): Decision {
  const step = state.spec.steps[state.step];
  switch (state.phase) {
    case 'settling': {
      if (observation.firstAt === undefined) return hold(state, 'no-traffic-at-weight', input.now);
      const because = `requests come at ${state.weight} %`;
      const settled = { ...judged, settledAt: observation.firstAt };
      return enterStep(settled, state.step + 1, input, because, observation.firstAt);
    }
    case 'baking': {
      const wait = step !== undefined && 'pause' in step && typeof step.pause === 'string' ? step.pause : '0s';
      if (!isOver(state, wait, input.now)) return stay(state);
      return enterStep(judged, state.step + 1, input, `the pause of ${wait} is over`);
    }
    case 'analysing': {
      const wait = step !== undefined && 'analysis' in step ? step.analysis : '0s';
      return analyse(judged, state, observation, input, isOver(state, wait, input.now));
    }
    case 'awaiting-approval': {
      const approval = state.approvals.find((one) => one.step === state.step);
      if (approval === undefined) return hold(state, 'approval-needed', input.now);
      return enterStep(judged, state.step + 1, input, `approved by ${approval.actor}`);
    }
    default:
      return stay(state);
  }
}

/** Time, then requests, then a verdict of every guard; none of them alone is a success. */
function analyse(
  judged: RolloutState,
  state: RolloutState,
  { canary }: Observation,
  input: TickInput,
  over: boolean,
): Decision {
  if (!over) return hold(state, 'analysis-running', input.now);
  const { findings } = judged;
  const { minRequests, inconclusive } = state.spec;
  const reason =
    canary.requests === 0
      ? 'no-data'
      : canary.requests < minRequests
        ? 'too-few-requests'
        : findings.length > 0 && findings.every(({ verdict }) => verdict === 'safe')
          ? undefined
          : 'undecided';
  if (reason === undefined) {
    const because = `all guards are safe on ${formatCount(canary.requests)} canary requests`;
    return enterStep(judged, state.step + 1, input, because);
  }
  if (inconclusive === 'abort') return abort(judged, input, `the analysis ended without a verdict (${reason})`);
  if (inconclusive === 'promote' && reason === 'undecided' && !findings.some((f) => f.verdict === 'no-data')) {
    const because = `no guard shows harm on ${formatCount(canary.requests)} canary requests; undecided counts as good enough here`;
    return enterStep(judged, state.step + 1, input, because);
  }
  return hold(state, reason, input.now);
}

function verify(judged: RolloutState, state: RolloutState, observation: Observation, input: TickInput): Decision {
  const { requests, errors } = observation.promoted;
  const needed = Math.min(state.spec.minRequests, verifyRequests);
  if (requests < needed) return hold(state, requests === 0 ? 'no-data' : 'too-few-requests', input.now);
  const because = `${formatCount(requests)} requests at 100 %, ${formatCount(errors)} of them errors`;
  return transition(enter(judged, 'completed', entryOf(input, because), { endedAt: input.now }));
}

/** After the promotion the stable version has no traffic left; its requests of before are the comparison. */
function promotedSample(observation: Observation) {
  const stable = observation.strata.reduce(
    (sum, { stable }) => ({ requests: sum.requests + stable.requests, errors: sum.errors + stable.errors }),
    { requests: 0, errors: 0 },
  );
  const { promoted } = observation;
  const canary = { requests: promoted.requests, errors: promoted.errors };
  return { strata: [{ weight: 100, canary, stable }], canary: promoted, stable: observation.stable };
}

/** Goes to a step, or past the last one to the promotion. `since` is when its time begins to count. */
export function enterStep(
  state: RolloutState,
  index: number,
  input: TickInput,
  because: string,
  since: string = input.now,
): Decision {
  const step = state.spec.steps[index];
  const entry = entryOf(input, because);
  if (step === undefined) return promote(state, entry);
  if ('setWeight' in step) {
    if (step.setWeight === state.weight) return enterStep(state, index + 1, input, because, since);
    const { tag: _tag, tagOid: _tagOid, ...candidate } = state.candidate;
    const weighted = enter(state, 'settling', entry, {
      step: index,
      weight: step.setWeight,
      settledAt: null,
      stepEnteredAt: null,
    });
    const change = { candidate, weight: step.setWeight, rollout: state.id };
    return transition(weighted, {
      manifest: { kind: 'change', change },
      increase: step.setWeight > state.weight,
    });
  }
  const at = { step: index, stepEnteredAt: since };
  if ('analysis' in step) return transition(enter(state, 'analysing', entry, at));
  if ('approve' in step) return transition(enter(state, 'awaiting-approval', entry, at));
  if (typeof step.pause === 'string') return transition(enter(state, 'baking', entry, at));
  return transition(enter(state, 'paused', entry, { ...at, holds: [{ reason: 'step', since: input.now }] }));
}

/** The candidate becomes the stable version. */
export function promote(state: RolloutState, entry: Entry): Decision {
  const { tag: _tag, tagOid: _tagOid, ...stable } = state.candidate;
  const promoted = enter(state, 'verifying', entry, {
    step: state.spec.steps.length,
    weight: 100,
    promotedAt: entry.now,
    stepEnteredAt: null,
    settledAt: null,
  });
  const change = { stable, candidate: null, weight: 0, rollout: state.id };
  return transition(promoted, { manifest: { kind: 'change', change }, increase: true });
}

function isOver(state: RolloutState, duration: string, now: string): boolean {
  const since = Date.parse(state.stepEnteredAt ?? state.enteredAt);
  return Date.parse(now) - since >= parseDuration(duration);
}

export function describeHarm(finding: GuardFinding): string {
  const unit = finding.metric.startsWith('latency') ? ' ms' : '';
  const value = (number: number | null): string => {
    if (number === null) return 'unknown';
    return unit === '' ? `${formatNumber(number * 100, 3)} %` : `${formatNumber(number, 3)}${unit}`;
  };
  return `${finding.metric} is harmful: canary ${value(finding.canary)}, stable ${value(finding.stable)}, allowed ${finding.requirement} (${formatCount(finding.canaryRequests)} canary requests)`;
}
