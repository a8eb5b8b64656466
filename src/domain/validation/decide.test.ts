/** Limits with every operator, and verdicts that are never a pass by silence. */

import { describe, expect, it } from 'vitest';
import { decideChecks, decideValidation, isWithin, percent } from './decide.ts';
import type { Limit, PlannedCheck } from './planned-check.ts';

const limit = (operator: Limit['operator'], value: Limit['value'], unit: Limit['unit'] = 'rows'): Limit => ({
  operator,
  value,
  unit,
});

describe('isWithin', () => {
  it.each([
    [limit('mustBe', 3), [false, true, false]],
    [limit('mustNotBe', 3), [true, false, true]],
    [limit('mustBeGreaterThan', 3), [false, false, true]],
    [limit('mustBeGreaterOrEqualTo', 3), [false, true, true]],
    [limit('mustBeLessThan', 3), [true, false, false]],
    [limit('mustBeLessOrEqualTo', 3), [true, true, false]],
    [limit('mustBeBetween', [3, 4]), [false, true, true]],
    [limit('mustNotBeBetween', [3, 4]), [true, false, false]],
    [limit('mustBeLessThan', 3, 'percent'), [true, false, false]],
  ] as const)('%o at 2, 3 and 4 of 100', (one, expected) => {
    expect([2, 3, 4].map((count) => isWithin(count, 100, one))).toEqual(expected);
  });

  it('takes a percentage of no rows as 0', () => {
    expect(isWithin(0, 0, limit('mustBeLessThan', 1, 'percent'))).toBe(true);
    expect(isWithin(0, 0, limit('mustBeGreaterThan', 1, 'percent'))).toBe(false);
  });
});

describe('decideChecks', () => {
  const check: PlannedCheck = {
    id: 'c0',
    column: 'n',
    rule: 'range',
    severity: 'error',
    path: [],
    measure: { kind: 'where', sql: 'n < 0', simple: true },
    limit: limit('mustBe', 0),
    must: 'be at least 0',
    hint: 'Correct the values.',
  };

  it('says how many of how many', () => {
    const [found] = decideChecks(
      [check],
      new Map([
        ['rows', 2000],
        ['c0', 3],
      ]),
    );
    expect(found).toMatchObject({ failing: 3, total: 2000, message: '3 rows (0.15 %) fail; must be at least 0' });
    expect(
      decideChecks(
        [check],
        new Map([
          ['rows', 2000],
          ['c0', 0],
        ]),
      ),
    ).toEqual([]);
  });

  it('treats a check that was not counted as a bug, never as fine', () => {
    expect(() => decideChecks([check], new Map([['rows', 1]]))).toThrow('not counted');
  });
});

describe('decideValidation', () => {
  const facts = { checks: 3, rows: 10, findings: [], notEvaluated: [] };
  it.each([
    ['pass', facts],
    ['pass', { ...facts, findings: [{ severity: 'warning' }] }],
    ['pass', { ...facts, notEvaluated: [{ open: false }] }],
    ['fail', { ...facts, findings: [{ severity: 'note' }, { severity: 'error' }], rows: 0 }],
    ['inconclusive', { ...facts, checks: 0 }],
    ['inconclusive', { ...facts, rows: 0 }],
    ['inconclusive', { ...facts, notEvaluated: [{ open: true }] }],
  ] as const)('%s for %o', (verdict, one) => {
    expect(decideValidation(one).verdict).toBe(verdict);
  });
});

it('shows shares with two digits, and tiny ones as tiny', () => {
  expect([0, 0.5, 0.12345, 0.000_069, 1e-9, 1].map(percent)).toEqual([
    '0 %',
    '50 %',
    '12.3 %',
    '0.0069 %',
    '< 0.001 %',
    '100 %',
  ]);
});
