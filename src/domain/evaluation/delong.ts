/** DeLong's covariance of ROC AUCs in the fast midrank form, for the interval of one AUC and of a paired difference. */

import type { Predictions } from './metrics.ts';

export interface AucEstimate {
  readonly auc: number;
  readonly variance: number;
}

export interface AucDifference {
  readonly candidate: AucEstimate;
  readonly champion: AucEstimate;
  /** Candidate minus champion. */
  readonly difference: number;
  readonly variance: number;
}

/** Placement values of one model: the share of the other class that each row beats. */
interface Placements {
  readonly auc: number;
  readonly positive: Float64Array;
  readonly negative: Float64Array;
}

/**
 * Variance of one AUC. Needs at least two rows of each class, else NaN.
 * Source: Sun and Xu (2014), "Fast implementation of DeLong's algorithm", IEEE Signal Processing Letters 21.
 */
export function estimateAuc(rows: Predictions): AucEstimate {
  const placements = placementsOf(rows);
  return { auc: placements.auc, variance: varianceOf(placements, placements) };
}

/** Both models on the same rows, so the covariance of the two AUCs is taken off the variance of their difference. */
export function compareAucs(candidate: Predictions, champion: Predictions): AucDifference {
  const a = placementsOf(candidate);
  const b = placementsOf(champion);
  const [varianceA, varianceB] = [varianceOf(a, a), varianceOf(b, b)];
  return {
    candidate: { auc: a.auc, variance: varianceA },
    champion: { auc: b.auc, variance: varianceB },
    difference: a.auc - b.auc,
    variance: Math.max(0, varianceA + varianceB - 2 * varianceOf(a, b)),
  };
}

function placementsOf({ label, score }: Predictions): Placements {
  const isPositive = (row: number): boolean => label[row] === 1;
  const rows = Uint32Array.from(label, (_, row) => row).sort((a, b) => score[a]! - score[b]!);
  const all = midranks(rows, score);
  const within = new Float64Array(label.length);
  for (const side of [true, false]) {
    const members = rows.filter((row) => isPositive(row) === side);
    const ranks = midranks(members, score);
    members.forEach((row, index) => {
      within[row] = ranks[index]!;
    });
  }
  const positives = rows.reduce((count, row) => count + (isPositive(row) ? 1 : 0), 0);
  const negatives = rows.length - positives;
  const positive: number[] = [];
  const negative: number[] = [];
  // Members are taken in row order, so that the placements of two models on the same rows line up.
  const overall = new Float64Array(label.length);
  rows.forEach((row, index) => {
    overall[row] = all[index]!;
  });
  for (let row = 0; row < label.length; row++) {
    if (isPositive(row)) positive.push((overall[row]! - within[row]!) / negatives);
    else negative.push(1 - (overall[row]! - within[row]!) / positives);
  }
  const auc = positive.reduce((sum, value) => sum + value, 0) / positives;
  return { auc, positive: Float64Array.from(positive), negative: Float64Array.from(negative) };
}

/** Ranks from 1 of values already sorted upwards; ties share their mean rank. */
function midranks(sorted: Uint32Array, score: Float64Array): Float64Array {
  const ranks = new Float64Array(sorted.length);
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    while (end < sorted.length && score[sorted[end]!] === score[sorted[start]!]) end++;
    ranks.fill((start + end + 1) / 2, start, end);
    start = end;
  }
  return ranks;
}

function varianceOf(a: Placements, b: Placements): number {
  return (
    covariance(a.positive, b.positive) / a.positive.length + covariance(a.negative, b.negative) / a.negative.length
  );
}

function covariance(x: Float64Array, y: Float64Array): number {
  let [meanX, meanY] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    meanX += x[i]! / x.length;
    meanY += y[i]! / x.length;
  }
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! - meanX) * (y[i]! - meanY);
  return sum / (x.length - 1);
}
