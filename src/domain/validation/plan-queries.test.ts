/** Scans per file format: Parquet gets a query per simple check, text formats one for all, wide tables stay in groups. */

import { expect, it } from 'vitest';
import { exampleQuery, foldCounts, planQueries } from './plan-queries.ts';
import type { Measure, PlannedCheck } from './planned-check.ts';

const check = (id: string, measure: Measure): PlannedCheck => ({
  id,
  rule: 'r',
  severity: 'error',
  path: [],
  measure,
  limit: { operator: 'mustBe', value: 0, unit: 'rows' },
  must: 'be fine',
  hint: 'Fix it.',
});
const simple = (id: string): PlannedCheck => check(id, { kind: 'where', sql: `${id} < 0`, simple: true });
const checks = [
  simple('c0'),
  check('c1', { kind: 'where', sql: 'length(t) > 3', simple: false }),
  check('c2', { kind: 'duplicates', columns: ['"a"', '"b"'] }),
  check('c3', { kind: 'rows' }),
];

it('asks Parquet apart and text together', () => {
  const parquet = planQueries(checks, { relation: 'f', format: 'parquet' }).map(({ sql }) => sql);
  expect(parquet).toEqual([
    'SELECT count(*) AS rows, count(CASE WHEN length(t) > 3 THEN 1 END) AS c1 FROM f',
    'SELECT count(*) AS c0 FROM f WHERE c0 < 0',
    'SELECT count(*) - count(DISTINCT hash("a", "b")) AS c2 FROM f',
  ]);
  const csv = planQueries(checks, { relation: 'f', format: 'csv' }).map(({ sql }) => sql);
  expect(csv).toHaveLength(2);
  expect(csv[0]).toContain('AS c0');
});

it('groups thousands of checks, and asks for the rows once', () => {
  const many = Array.from({ length: 1200 }, (_, index) => simple(`c${index}`));
  const queries = planQueries(many, { relation: 'f', format: 'parquet' });
  expect(queries.length).toBe(3);
  expect(queries.filter(({ sql }) => sql.includes('AS rows'))).toHaveLength(1);
  expect(planQueries([], { relation: 'f', format: 'csv' })).toEqual([{ sql: 'SELECT count(*) AS rows FROM f' }]);
});

it('folds numbers and big numbers', () => {
  expect(foldCounts([{ rows: 3n, c0: 1 }, { c1: 2 }])).toEqual(
    new Map([
      ['rows', 3],
      ['c0', 1],
      ['c1', 2],
    ]),
  );
});

it('shows rows that fail, repeats with how often, and nothing for a row count', () => {
  const [where, , duplicates, rows] = checks.map((one) => exampleQuery(one, { relation: 'f' }, ['"a"'], 2));
  expect(where).toBe('SELECT "a" FROM f WHERE c0 < 0 LIMIT 2');
  expect(duplicates).toContain('HAVING count(*) > 1 LIMIT 2');
  expect(rows).toBeUndefined();
});
