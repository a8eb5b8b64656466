/** Chooses the bins of a new baseline profile from a first look at the data: quantiles for numbers, the values themselves for categories. */

import { quoteText } from '../../base/sql.ts';
import { familyOf, isNumeric, type TypedColumn } from './columns.ts';
import type { Binning } from './plan-profile.ts';
import { categoryOf, finiteOf } from './plan-profile.ts';

type Answer = Readonly<Record<string, unknown>>;

/** 0.05, 0.10, ... 0.95: edges of twenty bins. */
export const levels: readonly number[] = Array.from({ length: 19 }, (_, index) => (index + 1) / 20);

const mostCategories = 1000;
/** Numbers with no more values than this are categories: codes, flags, ratings. */
const fewNumbers = 20;
const longestCategory = 200;
const columnsPerQuery = 100;

/** What the first look counts: distinct values (approximately) and the longest text. */
export function planFirstLook(columns: readonly TypedColumn[], relation: string): readonly string[] {
  return inGroups(columns, (column, index) => [
    `count(${column.value}) AS n${index}`,
    `approx_count_distinct(${column.raw}) AS d${index}`,
    ...(familyOf(column.type) === 'text' ? [`max(length(${column.value})) AS l${index}`] : []),
  ]).map((list) => `SELECT count(*) AS rows, ${list.join(', ')} FROM ${relation}`);
}

export type Shape = 'numeric' | 'categorical' | 'identifier' | 'free' | 'time';

export interface FirstLook {
  readonly shape: Shape;
  /** Estimate. */
  readonly distinct: number;
}

export function foldFirstLook(columns: readonly TypedColumn[], answers: readonly Answer[]): readonly FirstLook[] {
  const answer: Answer = Object.assign({}, ...answers);
  return columns.map((column, index) => {
    const number = (key: string): number => Number(answer[`${key}${index}`] ?? 0);
    const distinct = number('d');
    return { shape: shapeOf(column, { filled: number('n'), distinct, longest: number('l') }), distinct };
  });
}

function shapeOf(
  column: TypedColumn,
  seen: { readonly filled: number; readonly distinct: number; readonly longest: number },
): Shape {
  if (['date', 'timestamp', 'time'].includes(column.logicalType)) return 'time';
  if (column.logicalType === 'boolean') return 'categorical';
  if (column.logicalType === 'object' || column.logicalType === 'array') return 'free';
  // The engine's estimate of distinct values is off by a few percent.
  const names = seen.filled > 100 && seen.distinct > 0.85 * seen.filled;
  if (isNumeric(column)) {
    if (names && column.logicalType === 'integer') return 'identifier';
    return seen.distinct <= fewNumbers ? 'categorical' : 'numeric';
  }
  if (names) return 'identifier';
  return seen.longest > longestCategory ? 'free' : 'categorical';
}

/** Quantiles of the numeric columns, exact. */
export function planQuantiles(columns: readonly TypedColumn[], relation: string, where?: string): readonly string[] {
  const filter = where === undefined ? '' : ` WHERE ${where}`;
  const list = `[${levels.join(', ')}]`;
  return inGroups(columns, (column, index) => [
    `to_json(quantile_disc(${finiteOf(column)}, ${list})) AS q${index}`,
  ]).map((parts) => `SELECT ${parts.join(', ')} FROM ${relation}${filter}`);
}

export function foldQuantiles(
  columns: readonly TypedColumn[],
  answers: readonly Answer[],
): ReadonlyMap<string, readonly number[]> {
  const answer: Answer = Object.assign({}, ...answers);
  return new Map(
    columns.map((column, index) => {
      const text = answer[`q${index}`];
      return [column.name, typeof text === 'string' ? (JSON.parse(text) as number[]) : []] as const;
    }),
  );
}

/** Up to this many distinct values a column's counts fit into one answer beside those of other columns. */
export const fewCategories = 5000;

/** All values of columns with few of them and their counts, in one scan for up to 100 columns. */
export function planCategories(columns: readonly TypedColumn[], relation: string): readonly string[] {
  return inGroups(columns, (column, index) => [`to_json(histogram(${categoryOf(column)})) AS h${index}`]).map(
    (list) => `SELECT ${list.join(', ')} FROM ${relation}`,
  );
}

/** The values by falling count, then by name. */
export function foldCategories(
  columns: readonly TypedColumn[],
  answers: readonly Answer[],
): ReadonlyMap<string, readonly Answer[]> {
  const answer: Answer = Object.assign({}, ...answers);
  return new Map(
    columns.map((column, index) => {
      const text = answer[`h${index}`];
      const counts = typeof text === 'string' ? Object.entries(JSON.parse(text) as Record<string, number>) : [];
      const rows = counts.map(([value, count]) => ({ value, count }));
      return [column.name, rows.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))] as const;
    }),
  );
}

/** The most frequent values of a column with many, one more than are kept. */
export function categoriesQuery(column: TypedColumn, relation: string): string {
  const category = categoryOf(column);
  return `SELECT ${category} AS value, count(*) AS count FROM ${relation} WHERE ${category} IS NOT NULL
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${mostCategories + 1}`;
}

export function categoricalBinning(rows: readonly Answer[]): Binning {
  const values = rows.slice(0, mostCategories).map((row) => String(row.value));
  return { kind: 'categorical', values, complete: rows.length <= mostCategories };
}

export function numericBinning(quantiles: readonly number[]): Binning {
  return { kind: 'numeric', edges: [...new Set(quantiles)], quantiles };
}

/** Values outside a list, most frequent first; grouped before they are compared, as there are fewer values than rows. */
export function unseenQuery(column: TypedColumn, known: readonly string[], relation: string, limit: number): string {
  const list = known.map(quoteText).join(', ');
  const outside = known.length === 0 ? '' : ` AND value NOT IN (${list})`;
  return `SELECT value, count FROM (SELECT ${categoryOf(column)} AS value, count(*) AS count FROM ${relation} GROUP BY 1)
    WHERE value IS NOT NULL${outside} ORDER BY count DESC, value LIMIT ${limit}`;
}

function inGroups(
  columns: readonly TypedColumn[],
  parts: (column: TypedColumn, index: number) => readonly string[],
): readonly (readonly string[])[] {
  const groups: (readonly string[])[] = [];
  for (let at = 0; at < columns.length; at += columnsPerQuery)
    groups.push(columns.slice(at, at + columnsPerQuery).flatMap((column, index) => parts(column, at + index)));
  return groups;
}
