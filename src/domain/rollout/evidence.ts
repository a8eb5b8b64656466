/** Evidence that may be looked at after every request: e-values of counts, confidence sequences of differences and quantiles. */

import { logGamma } from '../../base/statistics/gamma.ts';
import { logLowerBetaIntegral, logUpperBetaIntegral } from '../../base/statistics/incomplete-beta.ts';

export interface Counts {
  readonly requests: number;
  readonly errors: number;
}

/** Requests of both arms while one weight was in force; strata are never pooled, since base rates change between steps. */
export interface Stratum {
  readonly weight: number;
  readonly canary: Counts;
  readonly stable: Counts;
}

/**
 * ln of the e-value of `hits` in `trials` against a rate of at most (`above`) or at least (`below`) `rate`:
 * Bayes factor of a uniform prior on the other side of `rate`. Always at least 1/alpha with probability at most alpha
 * when the rate is on the near side (Ville); one-sided form of the Dirichlet-multinomial e-process (Lindon and Malek 2022).
 */
export function logRateEvidence(side: 'above' | 'below', hits: number, trials: number, rate: number): number {
  const misses = trials - hits;
  const integral =
    side === 'above'
      ? logUpperBetaIntegral(rate, hits + 1, misses + 1) - Math.log1p(-rate)
      : logLowerBetaIntegral(rate, hits + 1, misses + 1) - Math.log(rate);
  return integral - (hits === 0 ? 0 : hits * Math.log(rate)) - (misses === 0 ? 0 : misses * Math.log1p(-rate));
}

/**
 * ln of the e-value that the canary errs more often than the stable version: given how many errors there were in a stratum, each
 * would be the canary's with its share of requests. Exact for tiny counts. Strata multiply.
 */
export function logMoreErrorsEvidence(strata: readonly Stratum[]): number {
  return strata.reduce((sum, { canary, stable }) => {
    const share = canary.requests / (canary.requests + stable.requests);
    const errors = canary.errors + stable.errors;
    if (!(share > 0 && share < 1) || errors === 0) return sum;
    return sum + logRateEvidence('above', canary.errors, errors, share);
  }, 0);
}

export interface Interval {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** Requests at which the confidence sequence is tightest (Waudby-Smith et al. 2021 leave it to choose; GrowthBook's default). */
const tunedFor = 5000;

/**
 * Error rate of the canary minus that of the stable version, over strata, each end one-sided at `alpha` and valid at any time.
 * Asymptotic confidence sequence (normal mixture) on the Mantel-Haenszel difference; half an error is added to each arm
 * (Agresti and Caffo), so that no errors do not mean no uncertainty. Undefined without requests in both arms.
 */
export function differenceInterval(strata: readonly Stratum[], alpha: number): Interval | undefined {
  const both = strata.filter(({ canary, stable }) => canary.requests > 0 && stable.requests > 0);
  if (both.length === 0) return undefined;
  let weights = 0;
  let estimate = 0;
  let variance = 0;
  let requests = 0;
  for (const { canary, stable } of both) {
    const weight = (canary.requests * stable.requests) / (canary.requests + stable.requests);
    const [p, q] = [smoothed(canary), smoothed(stable)];
    weights += weight;
    estimate += weight * (p - q);
    variance += weight * weight * ((p * (1 - p)) / canary.requests + (q * (1 - q)) / stable.requests);
    requests += canary.requests + stable.requests;
  }
  estimate /= weights;
  const half = (Math.sqrt(variance) / weights) * oneSidedWidth(requests, alpha);
  return { estimate, lower: estimate - half, upper: estimate + half };
}

function smoothed({ requests, errors }: Counts): number {
  return (errors + 0.5) / (requests + 1);
}

/** Standard errors to the end of a one-sided confidence sequence after `requests` observations. */
export function oneSidedWidth(requests: number, alpha: number): number {
  const level = -2 * Math.log(2 * alpha);
  const rho2 = (level + Math.log(level + 1)) / tunedFor;
  const r = requests * rho2;
  return Math.sqrt(((2 * (1 + r)) / r) * Math.log(1 + Math.sqrt(1 + r) / (2 * alpha)));
}

/**
 * A quantile with a confidence sequence of order statistics, each end one-sided at `alpha`: the values below which the share of the
 * sample speaks against `level` on either side. `upper` is infinite while the sample is too small. `sorted` ascends.
 */
export function quantileInterval(sorted: ArrayLike<number>, level: number, alpha: number): Interval | undefined {
  const n = sorted.length;
  if (n === 0) return undefined;
  const rate = 1 - level;
  const enough = -Math.log(alpha);
  const estimate = sorted[Math.min(n - 1, Math.ceil(level * n) - 1)]!;
  // Requests slower than the value at index i: n - 1 - i (ties count as not slower).
  const lowerIndex = lastTrue(n, (index) => logRateEvidence('above', n - index, n, rate) >= enough);
  const upperIndex = firstTrue(n, (index) => logRateEvidence('below', n - 1 - index, n, rate) >= enough);
  return {
    estimate,
    lower: lowerIndex < 0 ? 0 : sorted[lowerIndex]!,
    upper: upperIndex >= n ? Number.POSITIVE_INFINITY : sorted[upperIndex]!,
  };
}

/** First index of a predicate that stays true; n when never. */
function firstTrue(n: number, predicate: (index: number) => boolean): number {
  let [low, high] = [0, n];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (predicate(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Last index of a predicate that is true up to it; -1 when never. */
function lastTrue(n: number, predicate: (index: number) => boolean): number {
  return firstTrue(n, (index) => !predicate(index)) - 1;
}

/** Prior concentration of the sequential test of the split. */
const splitConcentration = 1000;

/** ln of the e-value that units were not split as configured (Lindon and Malek 2022); `share` is the candidate's in (0, 1). */
export function logSplitEvidence(canaryUnits: number, stableUnits: number, share: number): number {
  const total = canaryUnits + stableUnits;
  const [a, b] = [splitConcentration * share, splitConcentration * (1 - share)];
  return (
    logGamma(splitConcentration) -
    logGamma(splitConcentration + total) +
    logGamma(a + canaryUnits) -
    logGamma(a) +
    logGamma(b + stableUnits) -
    logGamma(b) -
    canaryUnits * Math.log(share) -
    stableUnits * Math.log(1 - share)
  );
}
