/** Plans the SQL that profiles a dataset on given bins, and folds the answers into a profile. */

import { quoteText } from '../../base/sql.ts';
import type { Profile, ProfileColumn } from '../../formats/profile.ts';
import type { TypedColumn } from './columns.ts';
import { isNumeric } from './columns.ts';

/** How one column is counted. */
export type Binning =
  | { readonly kind: 'numeric'; readonly edges: readonly number[]; readonly quantiles: readonly number[] }
  | { readonly kind: 'categorical'; readonly values: readonly string[]; readonly complete: boolean }
  | { readonly kind: 'opaque'; readonly identifier: boolean }
  | { readonly kind: 'time' };

export interface BinnedColumn {
  readonly column: TypedColumn;
  readonly binning: Binning;
}

type Answer = Readonly<Record<string, unknown>>;

const columnsPerQuery = 200;

/** One scan for up to 200 columns; `where` restricts it to a window. */
export function planProfile(columns: readonly BinnedColumn[], relation: string, where?: string): readonly string[] {
  const filter = where === undefined ? '' : ` WHERE ${where}`;
  const queries: string[] = [];
  for (let at = 0; at === 0 || at < columns.length; at += columnsPerQuery) {
    const group = columns.slice(at, at + columnsPerQuery);
    const read = group.flatMap((one, index) => readOf(one, at + index));
    const finite = group.flatMap(({ binning }, index) => {
      const x = `x${at + index}`;
      return binning.kind === 'numeric' ? [`, CASE WHEN isfinite(${x}) THEN ${x} END AS d${at + index}`] : [];
    });
    const list = group.flatMap((one, index) => aggregatesOf(one, at + index)).map((part) => `, ${part}`);
    // Each value is read once below the aggregates: the engine plans thousands of inline casts in quadratic time.
    const values = read.length === 0 ? '1 AS none' : read.join(', ');
    queries.push(
      `SELECT count(*) AS rows${list.join('')} FROM (SELECT *${finite.join('')} FROM (SELECT ${values} FROM ${relation}${filter}))`,
    );
  }
  return queries;
}

/** What is read of a column: itself, and its value as a number, time or category. */
function readOf({ column, binning }: BinnedColumn, index: number): readonly string[] {
  const raw = `${column.raw} AS r${index}`;
  if (binning.kind === 'numeric') return [raw, `CAST(${column.value} AS DOUBLE) AS x${index}`];
  if (binning.kind === 'time') return [raw, `${column.value} AS x${index}`];
  if (binning.kind === 'categorical') return [raw, `${categoryOf(column)} AS x${index}`];
  return [raw];
}

/** The finite part of a numeric column as a double. */
export function finiteOf(column: TypedColumn): string {
  const double = `CAST(${column.value} AS DOUBLE)`;
  return `CASE WHEN isfinite(${double}) THEN ${double} END`;
}

/** A category as text; numbers are written as doubles, so that 5 and 5.0 are one category in every format. */
export function categoryOf(column: TypedColumn): string {
  if (isNumeric(column)) return `CAST(CAST(${column.value} AS DOUBLE) AS VARCHAR)`;
  return `CAST(${column.value} AS VARCHAR)`;
}

function aggregatesOf({ binning }: BinnedColumn, index: number): readonly string[] {
  const [r, x, d] = [`r${index}`, `x${index}`, `d${index}`];
  const nulls = `count(*) - count(${r}) AS n${index}`;
  switch (binning.kind) {
    case 'opaque':
      return [nulls];
    case 'time':
      return [nulls, `CAST(min(${x}) AS VARCHAR) AS l${index}`, `CAST(max(${x}) AS VARCHAR) AS h${index}`];
    case 'categorical': {
      // The prefix tells an empty text from the bin of all others, which the engine names with an empty text.
      const list = binning.values.map((value) => quoteText(`v${value}`)).join(', ');
      if (binning.values.length === 0) return [nulls, `count(${r}) AS o${index}`];
      return [nulls, `to_json(histogram_exact('v' || ${x}, [${list}])) AS c${index}`];
    }
    case 'numeric': {
      const edges = binning.edges.map((edge) => `${edge}::DOUBLE`).join(', ');
      return [
        nulls,
        `count(CASE WHEN isnan(${x}) THEN 1 END) AS a${index}`,
        `count(CASE WHEN isinf(${x}) THEN 1 END) AS i${index}`,
        `min(${d}) AS l${index}`,
        `max(${d}) AS h${index}`,
        `avg(${d}) AS m${index}`,
        `var_pop(${d}) AS v${index}`,
        `count(${d}) AS k${index}`,
        ...(binning.edges.length === 0 ? [] : [`to_json(map_values(histogram(${d}, [${edges}]))) AS c${index}`]),
      ];
    }
  }
}

export function foldProfile(
  columns: readonly BinnedColumn[],
  answers: readonly Answer[],
  about: { readonly dataset: string; readonly source: string },
): Profile {
  const answer: Answer = Object.assign({}, ...answers);
  return {
    schema: 'profile/v1',
    ...about,
    rows: Number(answer.rows ?? 0),
    columns: columns.map((one, index) => foldColumn(one, index, answer)),
  };
}

function foldColumn({ column, binning }: BinnedColumn, index: number, answer: Answer): ProfileColumn {
  const number = (key: string): number => Number(answer[`${key}${index}`] ?? 0);
  const common = { name: column.name, type: column.type, nulls: number('n') };
  switch (binning.kind) {
    case 'opaque':
      return { ...common, kind: 'opaque', identifier: binning.identifier };
    case 'time': {
      const [min, max] = [answer[`l${index}`], answer[`h${index}`]];
      return {
        ...common,
        kind: 'time',
        ...(typeof min === 'string' ? { min } : {}),
        ...(typeof max === 'string' ? { max } : {}),
      };
    }
    case 'categorical': {
      const counts = parseObject(answer[`c${index}`]);
      const values = binning.values.map((value) => ({ value, count: counts[`v${value}`] ?? 0 }));
      const other = binning.values.length === 0 ? number('o') : (counts[''] ?? 0);
      return { ...common, kind: 'categorical', values, other, complete: binning.complete };
    }
    case 'numeric': {
      const finite = number('k');
      const counted = binning.edges.length === 0 ? [finite] : parseArray(answer[`c${index}`]);
      const counts = Array.from({ length: binning.edges.length + 1 }, (_, bin) => counted[bin] ?? 0);
      return {
        ...common,
        kind: 'numeric',
        nan: number('a'),
        infinite: number('i'),
        ...(finite === 0 ? {} : { moments: momentsOf(finite, answer, index) }),
        edges: [...binning.edges],
        counts,
        quantiles: [...binning.quantiles],
      };
    }
  }
}

/** Sums of doubles differ with the number of threads in their last digits, so twelve are kept. */
function momentsOf(
  finite: number,
  answer: Answer,
  index: number,
): { min: number; max: number; mean: number; m2: number } {
  const number = (key: string): number => Number(answer[`${key}${index}`]);
  const round = (value: number): number => Number(value.toPrecision(12));
  return { min: number('l'), max: number('h'), mean: round(number('m')), m2: round(Math.max(0, number('v')) * finite) };
}

function parseObject(text: unknown): Readonly<Record<string, number>> {
  return typeof text === 'string' ? (JSON.parse(text) as Record<string, number>) : {};
}

function parseArray(text: unknown): readonly number[] {
  return typeof text === 'string' ? (JSON.parse(text) as number[]) : [];
}

/** The bins of a profile, to count another dataset on. */
export function binningOf(column: ProfileColumn): Binning {
  switch (column.kind) {
    case 'numeric':
      return { kind: 'numeric', edges: column.edges, quantiles: [] };
    case 'categorical':
      return { kind: 'categorical', values: column.values.map(({ value }) => value), complete: column.complete };
    case 'opaque':
      return { kind: 'opaque', identifier: column.identifier };
    case 'time':
      return { kind: 'time' };
  }
}
