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
    const list = columns.slice(at, at + columnsPerQuery).flatMap((one, index) => aggregatesOf(one, at + index));
    queries.push(`SELECT count(*) AS rows${list.map((part) => `, ${part}`).join('')} FROM ${relation}${filter}`);
  }
  return queries;
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

function aggregatesOf({ column, binning }: BinnedColumn, index: number): readonly string[] {
  const nulls = `count(*) - count(${column.raw}) AS n${index}`;
  switch (binning.kind) {
    case 'opaque':
      return [nulls];
    case 'time':
      return [
        nulls,
        `CAST(min(${column.value}) AS VARCHAR) AS l${index}`,
        `CAST(max(${column.value}) AS VARCHAR) AS h${index}`,
      ];
    case 'categorical': {
      // The prefix tells an empty text from the bin of all others, which the engine names with an empty text.
      const list = binning.values.map((value) => quoteText(`v${value}`)).join(', ');
      if (binning.values.length === 0) return [nulls, `count(${column.raw}) AS o${index}`];
      return [nulls, `to_json(histogram_exact('v' || ${categoryOf(column)}, [${list}])) AS c${index}`];
    }
    case 'numeric': {
      const double = `CAST(${column.value} AS DOUBLE)`;
      const finite = finiteOf(column);
      const edges = binning.edges.map((edge) => `${edge}::DOUBLE`).join(', ');
      return [
        nulls,
        `count(*) FILTER (WHERE isnan(${double})) AS a${index}`,
        `count(*) FILTER (WHERE isinf(${double})) AS i${index}`,
        `min(${finite}) AS l${index}`,
        `max(${finite}) AS h${index}`,
        `avg(${finite}) AS m${index}`,
        `var_pop(${finite}) AS v${index}`,
        `count(${finite}) AS k${index}`,
        ...(binning.edges.length === 0 ? [] : [`to_json(map_values(histogram(${finite}, [${edges}]))) AS c${index}`]),
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
