/** Puts a column of the reference beside the same column of the current data: common bins, and the move in words of the data. */

import {
  type BinOrder,
  type CountBin,
  type CountComparison,
  compareCounts,
} from '../../base/statistics/homogeneity.ts';
import { formatNumber } from '../../base/text.ts';
import type { CategoricalProfile, NumericProfile, ProfileColumn } from '../../formats/profile.ts';

export interface ColumnComparison extends CountComparison {
  readonly rowsReference: number;
  readonly rowsCurrent: number;
}

/**
 * Undefined for columns that have no bins (times, identifiers, free text) or whose bins differ in kind. `known` leaves out null, NaN,
 * infinite and unseen values, for callers that judge those by rules of their own.
 */
export function compareColumns(
  reference: ProfileColumn,
  current: ProfileColumn,
  scope: 'all' | 'known' = 'all',
): ColumnComparison | undefined {
  const table = commonBins(reference, current, scope);
  if (table === undefined) return undefined;
  const comparison = compareCounts(table.bins, table.order);
  const rows = (side: 'reference' | 'current'): number => table.bins.reduce((all, bin) => all + bin[side], 0);
  return { ...comparison, rowsReference: rows('reference'), rowsCurrent: rows('current') };
}

export interface BinTable {
  readonly order: BinOrder;
  readonly bins: readonly CountBin[];
}

/** Null, NaN, infinite and unlisted values are bins of their own, so that a rising share of them is drift. */
export function commonBins(
  reference: ProfileColumn,
  current: ProfileColumn,
  scope: 'all' | 'known' = 'all',
): BinTable | undefined {
  const nulls = bin('null', reference.nulls, current.nulls);
  if (reference.kind === 'numeric' && current.kind === 'numeric') {
    const labels = numericLabels(reference.edges);
    return {
      order: 'ordered',
      bins: [
        ...reference.counts.map((count, index) => bin(labels[index]!, count, current.counts[index] ?? 0)),
        ...(scope === 'known'
          ? []
          : [nulls, bin('NaN', reference.nan, current.nan), bin('infinite', reference.infinite, current.infinite)]),
      ],
    };
  }
  if (reference.kind === 'categorical' && current.kind === 'categorical') {
    const counts = new Map(current.values.map(({ value, count }) => [value, count]));
    return {
      order: 'unordered',
      bins: [
        ...reference.values.map(({ value, count }) => bin(value, count, counts.get(value) ?? 0)),
        ...(scope === 'known' && reference.complete
          ? []
          : [bin(reference.complete ? 'unseen values' : 'other values', reference.other, current.other)]),
        ...(scope === 'known' ? [] : [nulls]),
      ],
    };
  }
  return undefined;
}

function bin(label: string, reference: number, current: number): CountBin {
  return { label, reference, current };
}

function numericLabels(edges: readonly number[]): readonly string[] {
  if (edges.length === 0) return ['all values'];
  const first = `up to ${formatNumber(edges[0]!)}`;
  const middle = edges.slice(1).map((edge, index) => `${formatNumber(edges[index]!)} to ${formatNumber(edge)}`);
  return [first, ...middle, `over ${formatNumber(edges.at(-1)!)}`];
}

/** One sentence on what moved: means for numbers, the values that grew and shrank most for categories. */
export function describeMove(
  reference: ProfileColumn,
  current: ProfileColumn,
  comparison: Pick<ColumnComparison, 'rowsReference' | 'rowsCurrent'>,
): string {
  if (reference.kind === 'numeric' && current.kind === 'numeric')
    return describeNumeric(reference, current, comparison);
  if (reference.kind === 'categorical' && current.kind === 'categorical')
    return describeCategorical(reference, current, comparison);
  return '';
}

type Rows = Pick<ColumnComparison, 'rowsReference' | 'rowsCurrent'>;

function describeNumeric(reference: NumericProfile, current: NumericProfile, rows: Rows): string {
  const parts: string[] = [];
  if (reference.moments !== undefined && current.moments !== undefined) {
    parts.push(`mean moved from ${formatNumber(reference.moments.mean)} to ${formatNumber(current.moments.mean)}`);
    const [from, to] = [medianOf(reference), medianOf(current)];
    if (from !== to) parts.push(`median bin from ${from} to ${to}`);
  }
  return [...parts, ...describeNulls(reference.nulls, current.nulls, rows)].join('; ');
}

function medianOf({ counts, edges }: NumericProfile): string {
  const labels = numericLabels(edges);
  const half = counts.reduce((all, count) => all + count, 0) / 2;
  let below = 0;
  const at = counts.findIndex((count) => {
    below += count;
    return below >= half;
  });
  return labels[Math.max(0, at)]!;
}

function describeCategorical(reference: CategoricalProfile, current: CategoricalProfile, rows: Rows): string {
  const now = new Map(current.values.map(({ value, count }) => [value, count]));
  const moves = reference.values
    .map(({ value, count }) => ({
      value: JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value),
      from: count / Math.max(1, rows.rowsReference),
      to: (now.get(value) ?? 0) / Math.max(1, rows.rowsCurrent),
    }))
    .sort((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from))
    .slice(0, 3)
    .filter(({ from, to }) => from !== to);
  const parts = moves.map(
    ({ value, from, to }) => `${value} ${to > from ? 'grew' : 'fell'} from ${share(from)} to ${share(to)}`,
  );
  if (current.other > 0 && reference.other === 0)
    parts.push(`${share(current.other / rows.rowsCurrent)} are values never seen before`);
  return [...parts, ...describeNulls(reference.nulls, current.nulls, rows)].join('; ');
}

function describeNulls(from: number, to: number, { rowsReference, rowsCurrent }: Rows): readonly string[] {
  const [before, now] = [from / Math.max(1, rowsReference), to / Math.max(1, rowsCurrent)];
  return Math.abs(now - before) < 0.001 ? [] : [`nulls from ${share(before)} to ${share(now)}`];
}

function share(value: number): string {
  return `${Number((value * 100).toPrecision(3))} %`;
}
