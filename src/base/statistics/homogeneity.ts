/** Compares two tables of counts: is the difference real (G or Pearson test), and is it large (PSI, Jensen-Shannon). */

import { chiSquareSf } from './gamma.ts';

export interface CountBin {
  readonly label: string;
  readonly reference: number;
  readonly current: number;
}

export interface CountComparison {
  /** `g-test` where every expected count is 20 or more, `pearson` where G is too liberal, `none` where all mass is in one bin. */
  readonly method: 'g-test' | 'pearson' | 'none';
  readonly statistic: number;
  /** Bins after merging, less one. */
  readonly degrees: number;
  readonly pValue: number;
  /** Population stability index over the merged bins, natural logarithm. */
  readonly psi: number;
  /** PSI less its mean under no drift, (k - 1) (1/n + 1/m), not under 0. */
  readonly psiCorrected: number;
  /** Jensen-Shannon divergence in nats, weights n/N and m/N; G = 2 N JSD. */
  readonly jsd: number;
  readonly bins: readonly CountBin[];
}

/** How bins that are too small are joined: with a neighbour where order means something, else with each other. */
export type BinOrder = 'ordered' | 'unordered';

const smallestExpected = 5;
const liberalBelow = 20;

/**
 * Homogeneity of two count vectors. Bins whose expected count is under 5 on either side are merged first; the merge looks at the sums
 * of both sides only, so it does not favour a result.
 */
export function compareCounts(bins: readonly CountBin[], order: BinOrder): CountComparison {
  const n = sum(bins.map((bin) => bin.reference));
  const m = sum(bins.map((bin) => bin.current));
  const share = Math.min(n, m) / (n + m);
  const merged = mergeSmall(bins, order, smallestExpected / share);
  const k = merged.length;
  if (n === 0 || m === 0 || k < 2)
    return { method: 'none', statistic: 0, degrees: 0, pValue: 1, psi: 0, psiCorrected: 0, jsd: 0, bins: merged };
  const least = Math.min(...merged.map((bin) => (bin.reference + bin.current) * share));
  const g = gStatistic(merged, n, m);
  const method = least >= liberalBelow ? 'g-test' : 'pearson';
  const statistic = method === 'g-test' ? g : pearsonStatistic(merged, n, m);
  const psi = populationStability(merged, n, m);
  return {
    method,
    statistic,
    degrees: k - 1,
    pValue: chiSquareSf(statistic, k - 1),
    psi,
    psiCorrected: Math.max(0, psi - (k - 1) * (1 / n + 1 / m)),
    jsd: g / (2 * (n + m)),
    bins: merged,
  };
}

/** 2 sum O ln(O / E) over both sides. */
function gStatistic(bins: readonly CountBin[], n: number, m: number): number {
  const part = (observed: number, expected: number): number =>
    observed === 0 ? 0 : observed * Math.log(observed / expected);
  const total = n + m;
  const value = bins.reduce((all, { reference, current }) => {
    const both = reference + current;
    return all + part(reference, (both * n) / total) + part(current, (both * m) / total);
  }, 0);
  return Math.max(0, 2 * value);
}

function pearsonStatistic(bins: readonly CountBin[], n: number, m: number): number {
  const total = n + m;
  return bins.reduce((all, { reference, current }) => {
    const both = reference + current;
    if (both === 0) return all;
    const [e, f] = [(both * n) / total, (both * m) / total];
    return all + (reference - e) ** 2 / e + (current - f) ** 2 / f;
  }, 0);
}

/** Where a bin is empty on one side, half a row is added to every bin of both sides, so that the logarithm exists. */
function populationStability(bins: readonly CountBin[], n: number, m: number): number {
  const added = bins.some((bin) => bin.reference === 0 || bin.current === 0) ? 0.5 : 0;
  const k = bins.length;
  return bins.reduce((all, { reference, current }) => {
    const p = (reference + added) / (n + added * k);
    const q = (current + added) / (m + added * k);
    return all + (q - p) * Math.log(q / p);
  }, 0);
}

/** Joins bins until each holds at least `least` rows of both sides together. */
function mergeSmall(bins: readonly CountBin[], order: BinOrder, least: number): readonly CountBin[] {
  const filled = bins.filter((bin) => bin.reference + bin.current > 0);
  return order === 'ordered' ? mergeNeighbours(filled, least) : mergeOthers(filled, least);
}

const sizeOf = (bin: CountBin): number => bin.reference + bin.current;

function mergeNeighbours(bins: readonly CountBin[], least: number): readonly CountBin[] {
  const merged: CountBin[] = [];
  for (const bin of bins) {
    const last = merged.at(-1);
    if (last !== undefined && sizeOf(last) < least) merged[merged.length - 1] = join(last, bin);
    else merged.push(bin);
  }
  const last = merged.at(-1);
  if (merged.length > 1 && last !== undefined && sizeOf(last) < least) {
    merged.pop();
    merged[merged.length - 1] = join(merged.at(-1)!, last);
  }
  return merged;
}

function mergeOthers(bins: readonly CountBin[], least: number): readonly CountBin[] {
  const small = bins.filter((bin) => sizeOf(bin) < least);
  if (small.length === 0) return bins;
  const large = bins.filter((bin) => sizeOf(bin) >= least);
  const other =
    small.length === 1 ? small[0]! : small.reduce((all, bin) => ({ ...join(all, bin), label: 'rare values' }));
  if (sizeOf(other) >= least || large.length === 0) return [...large, other];
  const smallest = large.reduce((one, bin) => (sizeOf(bin) < sizeOf(one) ? bin : one));
  return large.map((bin) => (bin === smallest ? join(bin, other) : bin));
}

function join(one: CountBin, two: CountBin): CountBin {
  return {
    label: `${one.label} | ${two.label}`,
    reference: one.reference + two.reference,
    current: one.current + two.current,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
