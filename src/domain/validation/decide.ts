/** Decides which checks failed, and the verdict of a validation: nothing checked, nothing seen or a rule left open is never a pass. */

import { plural } from '../../base/text.ts';
import type { Verdict } from '../../base/verdict.ts';
import { type Counts, rowsId } from './plan-queries.ts';
import type { Limit, PlannedCheck, Severity } from './planned-check.ts';

export interface Found {
  readonly column?: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint: string;
  readonly failing?: number;
  readonly total?: number;
  readonly measured?: Readonly<Record<string, number | string>>;
  /** Place of the rule in the contract. */
  readonly path?: readonly (string | number)[];
  readonly check?: PlannedCheck;
  /** Values of the column that are blamed. */
  readonly values?: readonly string[];
}

export function decideChecks(checks: readonly PlannedCheck[], counts: Counts): readonly Found[] {
  const rows = counts.get(rowsId) ?? 0;
  return checks.flatMap((check): readonly Found[] => {
    const measured = check.measure.kind === 'rows' ? rows : counts.get(check.id);
    if (measured === undefined) throw new Error(`check ${check.id} was not counted`);
    if (isWithin(measured, rows, check.limit)) return [];
    return [
      {
        ...(check.column === undefined ? {} : { column: check.column }),
        rule: check.rule,
        severity: check.severity,
        message: messageOf(check, measured, rows),
        hint: check.hint,
        failing: measured,
        total: rows,
        path: check.path,
        check,
      },
    ];
  });
}

function messageOf(check: PlannedCheck, measured: number, rows: number): string {
  if (check.measure.kind === 'rows') return `${plural(rows, 'row')}; the dataset must ${check.must}`;
  const share = rows === 0 ? '' : ` (${percent(measured / rows)})`;
  const noun = check.measure.kind === 'duplicates' ? 'repeat an earlier row' : 'fail';
  return `${plural(measured, 'row')}${share} ${measured === 1 ? noun.replace(/^fail$/, 'fails').replace(/^repeat/, 'repeats') : noun}; must ${check.must}`;
}

export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.001) return '< 0.001 %';
  return `${Number(value.toPrecision(value >= 10 ? 3 : 2))} %`;
}

/** Percent limits are taken of all rows; without rows a percentage is 0. */
export function isWithin(count: number, rows: number, limit: Limit): boolean {
  const value = limit.unit === 'percent' ? (rows === 0 ? 0 : (count / rows) * 100) : count;
  const [low, high] = typeof limit.value === 'number' ? [limit.value, limit.value] : limit.value;
  switch (limit.operator) {
    case 'mustBe':
      return value === low;
    case 'mustNotBe':
      return value !== low;
    case 'mustBeGreaterThan':
      return value > low;
    case 'mustBeGreaterOrEqualTo':
      return value >= low;
    case 'mustBeLessThan':
      return value < low;
    case 'mustBeLessOrEqualTo':
      return value <= low;
    case 'mustBeBetween':
      return value >= low && value <= high;
    case 'mustNotBeBetween':
      return value < low || value > high;
  }
}

export interface ValidationFacts {
  readonly checks: number;
  readonly rows: number;
  readonly findings: readonly { readonly severity: Severity }[];
  readonly notEvaluated: readonly { readonly open: boolean }[];
}

/** The verdict, and why it is not pass when no finding says so. */
export function decideValidation(facts: ValidationFacts): { readonly verdict: Verdict; readonly reason: string } {
  const errors = facts.findings.filter((finding) => finding.severity === 'error').length;
  const open = facts.notEvaluated.filter((rule) => rule.open).length;
  if (errors > 0) return { verdict: 'fail', reason: plural(errors, 'error') };
  if (facts.checks === 0) return { verdict: 'inconclusive', reason: 'nothing was checked' };
  if (facts.rows === 0) return { verdict: 'inconclusive', reason: 'the dataset has no rows' };
  if (open > 0) return { verdict: 'inconclusive', reason: `${plural(open, 'rule')} could not be evaluated` };
  const warnings = facts.findings.filter((finding) => finding.severity === 'warning').length;
  return { verdict: 'pass', reason: warnings === 0 ? 'no error' : plural(warnings, 'warning') };
}
