/** Estimates a metric, and the paired difference of two models, with its interval: DeLong for ROC AUC, seeded bootstrap for the rest. */

import { createRandom } from '../../base/random.ts';
import { normalCdf, normalQuantile } from '../../base/statistics/normal.ts';
import type { MetricName } from '../../formats/config.ts';
import { compareAucs, estimateAuc } from './delong.ts';
import { metricDefinitions, type Predictions, rowLoss, type SortedPredictions, sortPredictions } from './metrics.ts';

export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly standardError: number;
}

export interface MetricEstimate {
  readonly metric: MetricName;
  readonly candidate: Estimate;
  readonly champion?: Estimate;
  /** Candidate minus champion, on the same rows. */
  readonly difference?: Estimate;
  /** `delong.v1` or `bootstrap-bca.v1`. */
  readonly interval: string;
  readonly rows: number;
}

export interface IntervalOptions {
  /** Two-sided confidence, for example 0.95. */
  readonly confidence: number;
  readonly seed: number;
  /** Bootstrap resamples; fewer when rows times resamples would pass `workLimit`. */
  readonly resamples: number;
}

/** Rows times resamples at most, so that a large file costs a second and not a minute; 200 resamples are the least. */
const workLimit = 2e8;
/** Rounding leaves this much where all rows agree. */
const noSpread = 1e-12;
/** Blocks of the jackknife behind BCa's acceleration. */
const jackknifeBlocks = 50;

/**
 * Half width where all rows agree and resampling sees no spread: what never happened in n rows may still happen in 3 of n (the rule of
 * three, 95 %). So four perfect rows prove nothing.
 */
function blindSpot(rows: number): number {
  return 3 / Math.max(rows, 1);
}

/** Estimates several metrics on the same resamples. Rows of both models must be in the same order. */
export function estimateMetrics(
  metrics: readonly MetricName[],
  models: { readonly candidate: Predictions; readonly champion?: Predictions },
  options: IntervalOptions,
): readonly MetricEstimate[] {
  const resampled = metrics.filter((metric) => metric !== 'roc-auc');
  const bootstrap = resampled.length === 0 ? [] : bootstrapMetrics(resampled, models, options);
  return metrics.map((metric) =>
    metric === 'roc-auc' ? estimateByDelong(models, options.confidence) : bootstrap[resampled.indexOf(metric)]!,
  );
}

function estimateByDelong(
  { candidate, champion }: { readonly candidate: Predictions; readonly champion?: Predictions },
  confidence: number,
): MetricEstimate {
  const z = normalQuantile((1 + confidence) / 2);
  const positives = candidate.label.reduce((sum, label) => sum + label, 0);
  const smaller = Math.min(positives, candidate.label.length - positives);
  const normal = (value: number, variance: number, bounds: readonly [number, number]): Estimate => {
    const standardError = Math.sqrt(variance);
    const half = standardError < noSpread ? blindSpot(smaller) : z * standardError;
    return {
      value,
      low: Math.max(bounds[0], value - half),
      high: Math.min(bounds[1], value + half),
      standardError,
    };
  };
  const common = { metric: 'roc-auc' as const, interval: 'delong.v1', rows: candidate.label.length };
  if (champion === undefined) {
    const { auc, variance } = estimateAuc(candidate);
    return { ...common, candidate: normal(auc, variance, [0, 1]) };
  }
  const compared = compareAucs(candidate, champion);
  return {
    ...common,
    candidate: normal(compared.candidate.auc, compared.candidate.variance, [0, 1]),
    champion: normal(compared.champion.auc, compared.champion.variance, [0, 1]),
    difference: normal(compared.difference, compared.variance, [-1, 1]),
  };
}

/** One quantity that is drawn again on each resample. */
interface Statistic {
  readonly at: (weight: Float64Array) => number;
  readonly draws: Float64Array;
}

function bootstrapMetrics(
  metrics: readonly MetricName[],
  models: { readonly candidate: Predictions; readonly champion?: Predictions },
  options: IntervalOptions,
): readonly MetricEstimate[] {
  const rows = models.candidate.label.length;
  const resamples = Math.max(200, Math.min(options.resamples, Math.floor(workLimit / rows)));
  const candidate = sortPredictions(models.candidate);
  const champion = models.champion === undefined ? undefined : sortPredictions(models.champion);
  const statistics = metrics.map((metric) => statisticsOf(metric, candidate, champion, resamples));
  const random = createRandom(options.seed);
  const weight = new Float64Array(rows);
  for (let draw = 0; draw < resamples; draw++) {
    weight.fill(0);
    for (let i = 0; i < rows; i++) weight[random.below(rows)]!++;
    for (const set of statistics) drawInto(set, draw, weight);
  }
  return metrics.map((metric, index) => {
    const set = statistics[index]!;
    const estimate = (statistic: Statistic): Estimate => intervalOf(statistic, rows, options.confidence);
    return {
      metric,
      interval: 'bootstrap-bca.v1',
      rows,
      candidate: estimate(set.candidate),
      ...(set.champion === undefined ? {} : { champion: estimate(set.champion) }),
      ...(set.difference === undefined ? {} : { difference: estimate(set.difference) }),
    };
  });
}

interface StatisticSet {
  readonly candidate: Statistic;
  readonly champion?: Statistic;
  readonly difference?: Statistic;
}

/** Both models see the same resample: that pairing is what makes the interval of the difference narrow. */
function drawInto({ candidate, champion, difference }: StatisticSet, draw: number, weight: Float64Array): void {
  candidate.draws[draw] = candidate.at(weight);
  if (champion === undefined || difference === undefined) return;
  champion.draws[draw] = champion.at(weight);
  difference.draws[draw] = candidate.draws[draw]! - champion.draws[draw]!;
}

function statisticsOf(
  metric: MetricName,
  candidate: SortedPredictions,
  champion: SortedPredictions | undefined,
  resamples: number,
): StatisticSet {
  const statistic = (at: Statistic['at']): Statistic => ({ at, draws: new Float64Array(resamples) });
  const ownAt = valueAt(metric, candidate);
  if (champion === undefined) return { candidate: statistic(ownAt) };
  const otherAt = valueAt(metric, champion);
  return {
    candidate: statistic(ownAt),
    champion: statistic(otherAt),
    difference: statistic((weight) => ownAt(weight) - otherAt(weight)),
  };
}

/** The metric as a function of row weights; the loss of each row is taken once, not on every resample. */
function valueAt(metric: MetricName, rows: SortedPredictions): Statistic['at'] {
  const loss = rowLoss[metric];
  if (loss === undefined) return (weight) => metricDefinitions[metric].compute(rows, weight);
  const losses = rows.label.map((label, row) => loss(label, rows.score[row]!));
  return (weight) => {
    let sum = 0;
    let total = 0;
    for (let row = 0; row < losses.length; row++) {
      sum += weight[row]! * losses[row]!;
      total += weight[row]!;
    }
    return sum / total;
  };
}

/** Bias-corrected and accelerated interval (Efron 1987); the acceleration by a block jackknife. */
function intervalOf(statistic: Statistic, rows: number, confidence: number): Estimate {
  const ones = new Float64Array(rows).fill(1);
  const value = statistic.at(ones);
  const draws = statistic.draws.filter((draw) => !Number.isNaN(draw)).sort();
  if (draws.length < statistic.draws.length / 2 || Number.isNaN(value)) {
    return { value, low: Number.NaN, high: Number.NaN, standardError: Number.NaN };
  }
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
  const standardError = Math.sqrt(draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / (draws.length - 1));
  const below = draws.reduce((count, draw) => count + (draw < value ? 1 : draw === value ? 0.5 : 0), 0) / draws.length;
  const bias = below <= 0 || below >= 1 ? 0 : normalQuantile(below);
  if (standardError < noSpread)
    return { value, low: value - blindSpot(rows), high: value + blindSpot(rows), standardError };
  const acceleration = accelerationOf(statistic.at, rows);
  const quantile = (p: number): number => {
    const z = bias + normalQuantile(p);
    const adjusted = normalCdf(bias + z / (1 - acceleration * z));
    const position = Math.min(draws.length - 1, Math.max(0, adjusted * (draws.length - 1)));
    const floor = Math.floor(position);
    const next = draws[Math.min(floor + 1, draws.length - 1)]!;
    return draws[floor]! + (position - floor) * (next - draws[floor]!);
  };
  return { value, low: quantile((1 - confidence) / 2), high: quantile((1 + confidence) / 2), standardError };
}

function accelerationOf(at: Statistic['at'], rows: number): number {
  const blocks = Math.min(jackknifeBlocks, rows);
  const weight = new Float64Array(rows).fill(1);
  const values: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const from = Math.floor((block * rows) / blocks);
    const to = Math.floor(((block + 1) * rows) / blocks);
    weight.fill(0, from, to);
    values.push(at(weight));
    weight.fill(1, from, to);
  }
  const usable = values.filter((value) => !Number.isNaN(value));
  const mean = usable.reduce((sum, value) => sum + value, 0) / usable.length;
  let [cubes, squares] = [0, 0];
  for (const value of usable) {
    cubes += (mean - value) ** 3;
    squares += (mean - value) ** 2;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}
