/** Packs checks into as few scans as the file format rewards, and reads the counts out of the answers. */

import type { PlannedCheck } from './planned-check.ts';

export interface CountQuery {
  readonly sql: string;
}

/** Counts by check id, and the rows of the dataset under `rows`. */
export type Counts = ReadonlyMap<string, number>;

export const rowsId = 'rows';
/** So that the text of a query and its plan stay small with thousands of columns. */
const aggregatesPerQuery = 500;
/** Past this many, one scan of everything is cheaper than a query each. */
const separateAtMost = 64;

/**
 * CSV and JSONL are parsed once for all checks. Parquet answers simple checks faster as a query each (row groups are skipped by their
 * statistics) and the rest in one scan. Rows that repeat need a hash table of their own, so each has its own query.
 */
export function planQueries(
  checks: readonly PlannedCheck[],
  source: { readonly relation: string; readonly format: 'parquet' | 'csv' | 'jsonl' },
): readonly CountQuery[] {
  const from = `FROM ${source.relation}`;
  const conditions = checks.flatMap((check) =>
    check.measure.kind === 'where' ? [{ id: check.id, ...check.measure }] : [],
  );
  const simple = conditions.filter((condition) => condition.simple);
  const apart = source.format === 'parquet' && simple.length <= separateAtMost ? simple : [];
  const fused = conditions.filter((condition) => !apart.includes(condition));
  const aggregates = [
    `count(*) AS ${rowsId}`,
    ...fused.map(({ id, sql }) => `count(CASE WHEN ${sql} THEN 1 END) AS ${id}`),
  ];
  const queries: CountQuery[] = [];
  for (let at = 0; at < aggregates.length; at += aggregatesPerQuery)
    queries.push({ sql: `SELECT ${aggregates.slice(at, at + aggregatesPerQuery).join(', ')} ${from}` });
  for (const { id, sql } of apart) queries.push({ sql: `SELECT count(*) AS ${id} ${from} WHERE ${sql}` });
  for (const { id, measure } of checks)
    if (measure.kind === 'duplicates')
      queries.push({ sql: `SELECT ${duplicatesOf(measure.columns)} AS ${id} ${from}` });
  return queries;
}

/** Values that repeat an earlier one; several columns by a 64-bit hash (n rows: under n^2 / 2^65 false ones expected). */
function duplicatesOf(columns: readonly string[]): string {
  if (columns.length === 1) return `count(${columns[0]}) - count(DISTINCT ${columns[0]})`;
  return `count(*) - count(DISTINCT hash(${columns.join(', ')}))`;
}

/** Rows that fail a check, a few of them, the blamed column first. */
export function exampleQuery(
  check: PlannedCheck,
  source: { readonly relation: string },
  names: readonly string[],
  limit: number,
): string | undefined {
  const list = names.join(', ');
  if (check.measure.kind === 'where')
    return `SELECT ${list} FROM ${source.relation} WHERE ${check.measure.sql} LIMIT ${limit}`;
  if (check.measure.kind === 'rows') return undefined;
  const columns = check.measure.columns.slice(0, 8).join(', ');
  const keys = check.measure.columns.join(', ');
  return `SELECT count(*) AS "times", ${columns} FROM ${source.relation} GROUP BY ${keys} HAVING count(*) > 1 LIMIT ${limit}`;
}

export function foldCounts(answers: readonly Readonly<Record<string, unknown>>[]): Counts {
  const counts = new Map<string, number>();
  for (const answer of answers) for (const [id, value] of Object.entries(answer)) counts.set(id, Number(value));
  return counts;
}
