/** Compares the profile of new data with the baseline profile: what a contract cannot know but a person would want to be told. */

import { normalSf } from '../../base/statistics/normal.ts';
import { formatNumber, nearestOf, plural } from '../../base/text.ts';
import { type SchemaObject, type ToleranceName, toleranceDefaults } from '../../formats/contract.ts';
import type { Profile, ProfileColumn } from '../../formats/profile.ts';
import { compareColumns, describeMove } from './compare-profiles.ts';
import { type Found, percent } from './decide.ts';
import type { CheckPlan } from './plan-checks.ts';
import { findUnitChange } from './unit-change.ts';

export interface AnomalyInput {
  readonly schema: SchemaObject;
  readonly base: readonly (string | number)[];
  readonly baseline: Profile;
  readonly current: Profile;
  /** Values at the levels of the baseline's quantiles, for the columns that look moved. */
  readonly quantiles: ReadonlyMap<string, readonly number[]>;
  /** Values of the new data that the baseline does not list, most frequent first. */
  readonly unseen: ReadonlyMap<string, readonly { readonly value: string; readonly count: number }[]>;
}

export interface Anomalies {
  readonly findings: readonly Found[];
  readonly notEvaluated: readonly (Unclear & { readonly column: string; readonly rule: string })[];
  /** How many rules were looked at. */
  readonly checks: number;
}

/** Fewer rows say nothing about a distribution. */
const minimumRows = 100;
const alpha = 0.01;

export function findAnomalies(input: AnomalyInput): Anomalies {
  const findings: Found[] = [];
  const notEvaluated: Anomalies['notEvaluated'][number][] = [];
  let checks = 0;
  const known = new Map(input.baseline.columns.map((column) => [column.name, column]));
  for (const current of input.current.columns) {
    const reference = known.get(current.name);
    if (reference === undefined) continue;
    for (const rule of columnRules) {
      const tolerance = toleranceOf(input, current.name);
      if (tolerance.ignored.has(rule.name)) continue;
      const result = rule.check({ ...input, data: input.current, reference, current, tolerance });
      if (result === 'skipped') continue;
      const place = { column: current.name, rule: rule.name };
      if (result !== 'fine' && 'reason' in result) notEvaluated.push({ ...place, ...result });
      else checks += 1;
      if (result !== 'fine' && 'message' in result) findings.push({ ...place, ...result });
    }
  }
  return { findings: dropExplained(findings), notEvaluated, checks };
}

/** A changed unit explains the changed distribution. */
function dropExplained(findings: readonly Found[]): readonly Found[] {
  const units = new Set(findings.filter(({ rule }) => rule === 'unit-change').map(({ column }) => column));
  return findings.filter(({ rule, column }) => rule !== 'distribution-change' || !units.has(column));
}

/** Columns whose quantiles are worth a query: the mean or the spread moved by more than a tenth. */
export function movedColumns(baseline: Profile, current: Profile): readonly string[] {
  const known = new Map(baseline.columns.map((column) => [column.name, column]));
  return current.columns.flatMap((column) => {
    const reference = known.get(column.name);
    if (column.kind !== 'numeric' || reference?.kind !== 'numeric') return [];
    const [now, before] = [column.moments, reference.moments];
    if (now === undefined || before === undefined || reference.quantiles.length === 0) return [];
    const deviation = Math.sqrt(before.m2 / Math.max(1, baseline.rows));
    const moved = Math.abs(now.mean - before.mean) > 0.1 * deviation;
    const spread = Math.sqrt(now.m2 / Math.max(1, current.rows)) / (deviation || 1);
    return moved || spread > 1.1 || spread < 0.9 ? [column.name] : [];
  });
}

interface Unclear {
  readonly reason: string;
  /** Whether the verdict stays open because of it. */
  readonly open: boolean;
}

type Result = Omit<Found, 'rule' | 'column'> | Unclear | 'fine' | 'skipped';

interface RuleInput extends Omit<AnomalyInput, 'current'> {
  readonly data: Profile;
  readonly reference: ProfileColumn;
  readonly current: ProfileColumn;
  readonly tolerance: Tolerance;
}

const columnRules: readonly { readonly name: string; check(input: RuleInput): Result }[] = [
  { name: 'kind-change', check: checkKind },
  { name: 'null-share-rise', check: checkNulls },
  { name: 'not-finite', check: checkFinite },
  { name: 'constant-column', check: checkConstant },
  { name: 'unseen-category', check: checkUnseen },
  { name: 'unit-change', check: checkUnit },
  { name: 'distribution-change', check: checkDistribution },
];

const fine = 'fine' as const;
const skipped = 'skipped' as const;

function checkKind({ reference, current }: RuleInput): Result {
  if (reference.kind === current.kind) return fine;
  return {
    severity: 'error',
    message: `was ${reference.kind} (${reference.type}) in the baseline and is ${current.kind} (${current.type}) now`,
    hint: 'Write the column in its old type, or make a new baseline with --infer.',
  };
}

/** Columns that must not be null have a rule of their own. */
function checkNulls({ schema, baseline, data, reference, current, tolerance }: RuleInput): Result {
  if (
    schema.properties.some((property) => property.name === current.name && (property.required || property.primaryKey))
  )
    return skipped;
  if (baseline.rows === 0 || data.rows === 0) return skipped;
  const [from, to] = [reference.nulls / baseline.rows, current.nulls / data.rows];
  if (to - from <= tolerance.number('mlops-null-rise')) return fine;
  const pooled = (reference.nulls + current.nulls) / (baseline.rows + data.rows);
  const z = (to - from) / Math.sqrt(pooled * (1 - pooled) * (1 / baseline.rows + 1 / data.rows));
  if (normalSf(z) >= alpha) {
    const reason = `the share of nulls rose from ${percent(from)} to ${percent(to)} in too few rows to tell`;
    return { reason, open: true };
  }
  return {
    severity: 'error',
    message: `nulls rose from ${percent(from)} in the baseline to ${percent(to)}`,
    failing: current.nulls,
    total: data.rows,
    measured: {
      'null-share.baseline': from,
      'null-share': to,
      'mlops-null-rise': tolerance.number('mlops-null-rise'),
      z,
    },
    hint: 'Find out why values are missing; allow more with customProperties mlops-null-rise.',
  };
}

function checkFinite({ baseline, data, reference, current, tolerance }: RuleInput): Result {
  if (reference.kind !== 'numeric' || current.kind !== 'numeric') return skipped;
  const bad = current.nan + current.infinite;
  const before = (reference.nan + reference.infinite) / Math.max(1, baseline.rows);
  const share = bad / Math.max(1, data.rows);
  if (bad === 0 || (before > 0 && share - before <= tolerance.number('mlops-null-rise'))) return fine;
  return {
    severity: 'error',
    message: `${plural(bad, 'value is', 'values are')} NaN or infinite; ${percent(before)} of the baseline were`,
    failing: bad,
    total: data.rows,
    hint: 'Write null for values that are not known.',
  };
}

function checkConstant({ reference, current }: RuleInput): Result {
  const before = constantOf(reference);
  const now = constantOf(current);
  if (before === undefined || now === undefined) return skipped;
  if (now === false || before !== false) return fine;
  return {
    severity: 'error',
    message: `has one value in all rows now, ${JSON.stringify(now.slice(0, 60))}; the baseline had several`,
    hint: 'Check the export of this column; allow it with customProperties mlops-ignore: constant-column.',
  };
}

/** The only value, false for several, undefined when the profile cannot tell. */
function constantOf(column: ProfileColumn): string | false | undefined {
  if (column.kind === 'numeric') {
    if (column.moments === undefined) return undefined;
    return column.moments.min === column.moments.max ? String(column.moments.min) : false;
  }
  if (column.kind !== 'categorical') return undefined;
  const filled = column.values.filter(({ count }) => count > 0);
  if (filled.length + (column.other > 0 ? 1 : 0) === 0) return undefined;
  return filled.length === 1 && column.other === 0 ? filled[0]!.value : false;
}

function checkUnseen({ data, reference, current, unseen, tolerance }: RuleInput): Result {
  if (reference.kind !== 'categorical' || current.kind !== 'categorical') return skipped;
  if (!reference.complete) return { reason: 'the baseline lists only the most frequent values', open: false };
  if (current.other === 0) return fine;
  const share = current.other / Math.max(1, data.rows);
  const limit = tolerance.number('mlops-unseen-share');
  const list = unseen.get(current.name) ?? [];
  const shown = list.slice(0, 5).map(({ value, count }) => `${JSON.stringify(value.slice(0, 60))} (${count})`);
  const values = `${shown.join(', ')}${list.length > 5 ? ', ...' : ''}`;
  return {
    severity: share > limit ? 'error' : 'note',
    message: `${plural(current.other, 'row has', 'rows have')} values never seen in the baseline (${percent(share)}, allowed ${percent(limit)}): ${values}`,
    values: list.slice(0, 20).map(({ value }) => value),
    failing: current.other,
    total: data.rows,
    measured: { 'unseen-share': share, 'mlops-unseen-share': limit, 'known-values': reference.values.length },
    hint: 'Correct the values; when they are right, make a new baseline with --infer or allow more with mlops-unseen-share.',
  };
}

function checkUnit({ reference, current, quantiles }: RuleInput): Result {
  if (reference.kind !== 'numeric' || current.kind !== 'numeric') return skipped;
  const now = quantiles.get(current.name);
  if (now === undefined) return fine;
  const change = findUnitChange(reference.quantiles, now);
  if (change === undefined) return fine;
  const [from, to] = [reference.moments?.mean ?? Number.NaN, current.moments?.mean ?? Number.NaN];
  const formula = `${formatNumber(change.factor, 6)}${change.offset === undefined ? '' : ` and ${formatNumber(change.offset)} added`}`;
  return {
    severity: 'error',
    message: `unit changed: the quantiles are those of the baseline times ${formula}, as from ${change.name} (mean ${formatNumber(from)} to ${formatNumber(to)})`,
    failing: current.counts.reduce((all, count) => all + count, 0),
    total: current.counts.reduce((all, count) => all + count, current.nulls),
    measured: {
      'unit-change.quantiles.v1': change.factor,
      misfit: change.misfit,
      'misfit-unchanged': change.misfitUnchanged,
    },
    hint: `Convert the column back to its old unit (${change.name}).`,
  };
}

function checkDistribution({ baseline, data, reference, current, tolerance }: RuleInput): Result {
  if (reference.kind !== current.kind) return skipped;
  if (baseline.rows < minimumRows || data.rows < minimumRows) return skipped;
  const comparison = compareColumns(reference, current, 'known');
  if (comparison === undefined) return skipped;
  const floor = tolerance.number('mlops-distribution-floor');
  if (comparison.pValue >= alpha) return fine;
  const over = comparison.psiCorrected >= floor;
  const size = `PSI ${formatNumber(comparison.psiCorrected)}, ${over ? 'over' : 'under'} the floor ${floor}`;
  return {
    severity: over ? 'error' : 'note',
    message: `distribution differs from the baseline (${size}): ${describeMove(reference, current, comparison)}`,
    measured: {
      'psi.refquantile.v1': comparison.psi,
      'psi.corrected.v1': comparison.psiCorrected,
      [`${comparison.method}.v1`]: comparison.statistic,
      degrees: comparison.degrees,
      p: comparison.pValue,
      'mlops-distribution-floor': floor,
    },
    hint: 'Look at what moved; when it is right, make a new baseline with --infer or raise mlops-distribution-floor.',
  };
}

interface Tolerance {
  number(name: ToleranceName): number;
  readonly ignored: ReadonlySet<string>;
}

/** The column's own setting, else that of the dataset, else the default. */
function toleranceOf({ schema }: AnomalyInput, column: string): Tolerance {
  const property = schema.properties.find(({ name }) => name === column);
  const value = (name: ToleranceName): unknown =>
    [...(property?.customProperties ?? []), ...schema.customProperties].find((one) => one.property === name)?.value ??
    toleranceDefaults[name];
  const list = value('mlops-ignore');
  const names = Array.isArray(list) ? list : String(list).split(',');
  return { number: (name) => Number(value(name)), ignored: new Set(names.map((name) => String(name).trim())) };
}

/** Columns that are missing, new, or probably renamed. */
export function findColumnChanges(plan: CheckPlan, schema: SchemaObject): readonly Found[] {
  const setting = schema.customProperties.find(({ property }) => property === 'mlops-new-columns')?.value;
  const taken = new Set<string>();
  const missing = plan.missing.map(({ property, path }): Found => {
    const free = plan.added.map(({ name }) => name).filter((name) => !taken.has(name));
    const twin = renamedTo(property.name, free);
    if (twin !== undefined) taken.add(twin);
    return {
      column: property.name,
      rule: twin === undefined ? 'missing-column' : 'renamed-column',
      severity: 'error',
      message:
        twin === undefined
          ? 'the column is not in the data'
          : `the column is not in the data, but "${twin}" is: renamed?`,
      hint:
        twin === undefined
          ? 'Add the column, or remove it from the contract.'
          : `Rename "${twin}" back, or rename it in the contract.`,
      path,
    };
  });
  if (setting === 'allow') return missing;
  const added = plan.added
    .filter(({ name }) => !taken.has(name))
    .map(
      ({ name, type }): Found => ({
        column: name,
        rule: 'new-column',
        severity: setting === 'warning' ? 'warning' : 'error',
        message: `the column (${type}) is not in the contract`,
        hint: `Describe it in the contract, or set customProperties mlops-new-columns: allow.`,
      }),
    );
  return [...missing, ...added];
}

function renamedTo(name: string, candidates: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const same = candidates.find((candidate) => plain(candidate) === plain(name));
  if (same !== undefined) return same;
  const part = candidates.find((candidate) => {
    const [short, long] = [plain(name), plain(candidate)].sort((a, b) => a.length - b.length);
    return short!.length >= 4 && long!.includes(short!);
  });
  return part ?? (name.length >= 4 ? nearestOf(name, candidates) : undefined);
}
