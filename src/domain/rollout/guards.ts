/** Judges the guards of a rollout: harm, safe or undecided, on intervals that hold however often one looks. */

import { parseDuration } from '../../base/duration.ts';
import type { Guard } from '../../formats/config.ts';
import type { GuardFinding } from '../../formats/rollout-state.ts';
import {
  type Counts,
  differenceInterval,
  type Interval,
  logMoreErrorsEvidence,
  logRateEvidence,
  logSplitEvidence,
  quantileInterval,
  type Stratum,
} from './evidence.ts';
import type { ArmSample, Observation } from './observation.ts';

/** Chance that a rollout of a version that is as good as the stable one is aborted by its guards, all together. */
export const harmAlpha = 0.05;
/** Chance that one guard calls a harmful version safe. */
export const safeAlpha = 0.05;
export const splitAlpha = 0.001;

export interface GuardSample {
  readonly strata: readonly Stratum[];
  readonly canary: ArmSample;
  readonly stable: ArmSample;
}

/** One finding per guard and requirement. Guards share the chance of a false abort. */
export function judgeGuards(guards: readonly Guard[], sample: GuardSample): readonly GuardFinding[] {
  const requirements = guards.flatMap(requirementsOf);
  return requirements.map((requirement) => judge(requirement, sample, harmAlpha / requirements.length));
}

type Requirement =
  | { readonly kind: 'error-regression'; readonly margin: number }
  | { readonly kind: 'error-max'; readonly max: number }
  | { readonly kind: 'latency-max'; readonly metric: string; readonly level: number; readonly max: number }
  | { readonly kind: 'latency-regression'; readonly metric: string; readonly level: number; readonly margin: number };

export function requirementsOf(guard: Guard): readonly Requirement[] {
  const margin = guard['max-regression'];
  const { metric, max } = guard;
  const found: Requirement[] = [];
  if (metric === 'error-rate') {
    if (margin !== undefined) found.push({ kind: 'error-regression', margin });
    if (max !== undefined) found.push({ kind: 'error-max', max: Number(max) });
  } else {
    const level = Number(metric.slice('latency-p'.length)) / 100;
    if (margin !== undefined) found.push({ kind: 'latency-regression', metric, level, margin });
    if (max !== undefined) found.push({ kind: 'latency-max', metric, level, max: toMilliseconds(max) });
  }
  return found;
}

/** A bare number of a latency limit is milliseconds. */
function toMilliseconds(max: number | string): number {
  return typeof max === 'number' ? max : /^\d+(\.\d+)?$/.test(max) ? Number(max) : parseDuration(max);
}

function judge(requirement: Requirement, sample: GuardSample, alpha: number): GuardFinding {
  switch (requirement.kind) {
    case 'error-regression':
      return judgeErrorRegression(requirement.margin, sample, alpha);
    case 'error-max':
      return judgeErrorMax(requirement.max, sample, alpha);
    case 'latency-max':
      return judgeLatencyMax(requirement, sample, alpha);
    case 'latency-regression':
      return judgeLatencyRegression(requirement, sample, alpha);
  }
}

function pool(strata: readonly Stratum[], arm: 'canary' | 'stable'): Counts {
  return strata.reduce(
    (sum, stratum) => ({
      requests: sum.requests + stratum[arm].requests,
      errors: sum.errors + stratum[arm].errors,
    }),
    { requests: 0, errors: 0 },
  );
}

function rateOf({ requests, errors }: Counts): number | null {
  return requests === 0 ? null : errors / requests;
}

/**
 * Harm when the interval of the difference lies above the margin, or when errors fall on the canary beyond chance (exact, for few
 * errors) and their difference is above the margin. Safe when the interval lies under the margin.
 */
function judgeErrorRegression(margin: number, { strata }: GuardSample, alpha: number): GuardFinding {
  const [canary, stable] = [pool(strata, 'canary'), pool(strata, 'stable')];
  const harm = differenceInterval(strata, alpha / 2);
  const safe = differenceInterval(strata, safeAlpha);
  // Two tests of harm share its chance.
  const p = Math.min(1, 2 * Math.exp(-logMoreErrorsEvidence(strata)));
  const isHarm = harm !== undefined && (harm.lower > margin || (p <= alpha && harm.estimate > margin));
  const isSafe = safe !== undefined && safe.upper < margin;
  return {
    metric: 'error-rate',
    requirement: `at most ${percent(margin)} worse than stable`,
    verdict: safe === undefined ? 'no-data' : isHarm ? 'harm' : isSafe ? 'safe' : 'undecided',
    ...ends(safe),
    p,
    canary: rateOf(canary),
    stable: rateOf(stable),
    canaryRequests: canary.requests,
    stableRequests: stable.requests,
  };
}

function judgeErrorMax(max: number, { canary, stable }: GuardSample, alpha: number): GuardFinding {
  const { requests, errors } = canary;
  const above = requests === 0 || max >= 1 ? 0 : logRateEvidence('above', errors, requests, max);
  const below = requests === 0 || max <= 0 ? 0 : logRateEvidence('below', errors, requests, max);
  const isHarm = max <= 0 ? errors > 0 : above >= -Math.log(alpha);
  const isSafe = max >= 1 || below >= -Math.log(safeAlpha);
  return {
    metric: 'error-rate',
    requirement: `at most ${percent(max)}`,
    verdict: requests === 0 ? 'no-data' : isHarm ? 'harm' : isSafe ? 'safe' : 'undecided',
    estimate: rateOf(canary),
    lower: null,
    upper: null,
    p: Math.min(1, Math.exp(-above)),
    canary: rateOf(canary),
    stable: rateOf(stable),
    canaryRequests: requests,
    stableRequests: stable.requests,
  };
}

function judgeLatencyMax(
  { metric, level, max }: { readonly metric: string; readonly level: number; readonly max: number },
  { canary, stable }: GuardSample,
  alpha: number,
): GuardFinding {
  const harm = quantileInterval(canary.latencies, level, alpha);
  const safe = quantileInterval(canary.latencies, level, safeAlpha);
  const verdict =
    harm === undefined ? 'no-data' : harm.lower > max ? 'harm' : safe!.upper <= max ? 'safe' : 'undecided';
  return {
    metric,
    requirement: `at most ${max} ms`,
    verdict,
    ...ends(safe),
    p: null,
    canary: safe?.estimate ?? null,
    stable: quantileInterval(stable.latencies, level, safeAlpha)?.estimate ?? null,
    canaryRequests: canary.requests,
    stableRequests: stable.requests,
  };
}

/** The margin is a share of the stable version's latency: 0.2 allows 20 % more. Each arm takes half the chance. */
function judgeLatencyRegression(
  { metric, level, margin }: { readonly metric: string; readonly level: number; readonly margin: number },
  { canary, stable }: GuardSample,
  alpha: number,
): GuardFinding {
  const both = (each: number) => [
    quantileInterval(canary.latencies, level, each / 2),
    quantileInterval(stable.latencies, level, each / 2),
  ];
  const [canaryHarm, stableHarm] = both(alpha);
  const [canarySafe, stableSafe] = both(safeAlpha);
  const known = canaryHarm !== undefined && stableHarm !== undefined;
  const isHarm = known && canaryHarm.lower > (1 + margin) * stableHarm.upper;
  const isSafe = known && canarySafe!.upper <= (1 + margin) * stableSafe!.lower;
  const ratio = known
    ? {
        estimate: canarySafe!.estimate / stableSafe!.estimate - 1,
        lower: canarySafe!.lower / stableSafe!.upper - 1,
        upper: canarySafe!.upper / stableSafe!.lower - 1,
      }
    : undefined;
  return {
    metric,
    requirement: `at most ${percent(margin)} slower than stable`,
    verdict: !known ? 'no-data' : isHarm ? 'harm' : isSafe ? 'safe' : 'undecided',
    ...ends(ratio),
    p: null,
    canary: canarySafe?.estimate ?? null,
    stable: stableSafe?.estimate ?? null,
    canaryRequests: canary.requests,
    stableRequests: stable.requests,
  };
}

function ends(interval: Interval | undefined): Pick<GuardFinding, 'estimate' | 'lower' | 'upper'> {
  const finite = (value: number | undefined): number | null =>
    value === undefined || !Number.isFinite(value) ? null : value;
  return { estimate: finite(interval?.estimate), lower: finite(interval?.lower), upper: finite(interval?.upper) };
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}

/** Whether units were split otherwise than configured; p is valid at any time. Undefined when one side gets everything. */
export function judgeSplit(
  observation: Observation,
  weight: number,
): { readonly p: number; readonly mismatch: boolean } | undefined {
  const { canary, stable } = observation;
  if (weight <= 0 || weight >= 100 || canary.units + stable.units === 0) return undefined;
  const p = Math.min(1, Math.exp(-logSplitEvidence(canary.units, stable.units, weight / 100)));
  return { p, mismatch: p < splitAlpha };
}
