/** Decides every configured gate on intervals: required reached is a pass, out of reach is a fail, anything between is inconclusive. */

import { KitError } from '../../base/errors.ts';
import { adjustHolm } from '../../base/statistics/adjust.ts';
import { normalSf } from '../../base/statistics/normal.ts';
import { formatNumber } from '../../base/text.ts';
import type { Verdict } from '../../base/verdict.ts';
import type { Gate, MetricName, Slice } from '../../formats/config.ts';
import type { EstimateView, GateResult } from '../../formats/evaluation-report.ts';
import { decideBudget, type Measurement } from './decide-budget.ts';
import { type Estimate, estimateMetrics, type IntervalOptions, type MetricEstimate } from './interval.ts';
import { metricDefinitions, type Predictions, type Task } from './metrics.ts';

export interface EvaluationRows {
  readonly candidate: Predictions;
  readonly champion?: Predictions;
  /** Text value of each slice column per row; null where the column is null. */
  readonly slices: Readonly<Record<string, readonly (string | null)[]>>;
}

export interface GateDecisions {
  readonly results: readonly GateResult[];
  readonly skipped: readonly { readonly rule: string; readonly reason: string }[];
}

type MetricGate = Extract<Gate, { metric: string }>;
/** Fewer rows than this decide nothing, whatever their interval. */
const leastRows = 30;

type Requirement = { readonly kind: 'min' | 'max' | 'superiority' | 'non-inferiority'; readonly required: number };

/** Errors allowed on each side of an interval, over all slices of a gate. */
const sideError = (options: IntervalOptions): number => (1 - options.confidence) / 2;

/**
 * Decides all gates. Without a champion the change gates are skipped and the naive baseline must be beaten instead.
 *
 * @throws KitError `gates-missing` when there is nothing to decide, `metric-unfit` for a metric that the task does not have
 */
export function decideGates(
  gates: readonly Gate[],
  task: Task,
  rows: EvaluationRows,
  options: IntervalOptions & { readonly budgets: Readonly<Record<string, Measurement>> },
): GateDecisions {
  if (gates.length === 0) {
    throw new KitError('gates-missing', 'Cannot evaluate: the model has no gates, and no gates is never a pass', {
      hint: 'Add at least one gate to the model in mlops.yaml, for example `- {metric: roc-auc, min: 0.6}`.',
    });
  }
  const results: GateResult[] = [];
  const skipped: { rule: string; reason: string }[] = [];
  const whole = estimateWhole(gates, task, rows, options);
  for (const gate of gates) {
    if ('budget' in gate) {
      results.push(decideBudget(gate, options.budgets[gate.budget]));
      continue;
    }
    const requirement = requirementOf(gate);
    if (isChange(requirement) && rows.champion === undefined) {
      skipped.push({ rule: describeRule(gate, requirement), reason: 'there is no champion yet' });
    } else if (gate.slice === undefined) {
      results.push(decideWhole(gate, requirement, whole.get(gate.metric)!));
    } else {
      results.push(...decideSlices(gate, gate.slice, requirement, rows, options));
    }
  }
  if (rows.champion === undefined) results.push(decideBaseline(gates, task, rows.candidate, options));
  return { results, skipped };
}

function estimateWhole(
  gates: readonly Gate[],
  task: Task,
  rows: EvaluationRows,
  options: IntervalOptions,
): ReadonlyMap<string, MetricEstimate> {
  const metrics = gates.filter((gate): gate is MetricGate => 'metric' in gate);
  for (const gate of metrics) assertMetricFits(gate, task);
  const names = [...new Set(metrics.filter((gate) => gate.slice === undefined).map((gate) => gate.metric))];
  const estimates = estimateMetrics(names as MetricName[], rows, options);
  return new Map(estimates.map((estimate) => [estimate.metric, estimate]));
}

function assertMetricFits(gate: MetricGate, task: Task): void {
  const definition = metricDefinitions[gate.metric as MetricName];
  if (definition === undefined || !definition.tasks.includes(task)) {
    throw new KitError(
      'metric-unfit',
      `Cannot evaluate gate "${gate.metric}": a ${task} model does not have this metric`,
      {
        hint: `Metrics of ${task}: ${Object.values(metricDefinitions)
          .filter((candidate) => candidate.tasks.includes(task))
          .map((candidate) => candidate.name)
          .join(', ')}.`,
      },
    );
  }
  if (definition.direction === 'one' && isChange(requirementOf(gate))) {
    throw new KitError(
      'metric-unfit',
      `Cannot compare "${gate.metric}" with the champion: it is best at 1, not at an end`,
      {
        hint: 'Give it min and max in two gates instead.',
      },
    );
  }
}

function requirementOf(gate: MetricGate): Requirement {
  if (gate.min !== undefined) return { kind: 'min', required: gate.min };
  if (gate.max !== undefined) return { kind: 'max', required: gate.max };
  if (gate['min-improvement'] !== undefined) return { kind: 'superiority', required: gate['min-improvement'] };
  if (gate['max-regression'] !== undefined) return { kind: 'non-inferiority', required: gate['max-regression'] };
  throw new KitError('gate-without-requirement', `Cannot evaluate gate "${gate.metric}": it requires nothing`, {
    hint: 'Give it one of min, max, min-improvement, max-regression.',
  });
}

function isChange({ kind }: Requirement): boolean {
  return kind === 'superiority' || kind === 'non-inferiority';
}

function describeRule(gate: MetricGate, { kind, required }: Requirement): string {
  const words = {
    min: `at least ${formatNumber(required)}`,
    max: `at most ${formatNumber(required)}`,
    superiority: required === 0 ? 'better than the champion' : `better than the champion by ${formatNumber(required)}`,
    'non-inferiority': `not worse than the champion by more than ${formatNumber(required)}`,
  };
  return `${gate.metric} ${words[kind]}${gate.slice === undefined ? '' : `, by ${gate.slice.by}`}`;
}

/** What the gate looks at, turned so that larger is better and the requirement is a lower bound. */
interface Turned {
  readonly estimate: Estimate;
  readonly bound: number;
}

function turn(gate: MetricGate, { kind, required }: Requirement, estimate: MetricEstimate): Turned {
  const flip = ({ value, low, high, standardError }: Estimate): Estimate => ({
    value: -value,
    low: -high,
    high: -low,
    standardError,
  });
  if (kind === 'min') return { estimate: estimate.candidate, bound: required };
  if (kind === 'max') return { estimate: flip(estimate.candidate), bound: -required };
  const lowerIsBetter = metricDefinitions[gate.metric as MetricName].direction === 'lower';
  const improvement = lowerIsBetter ? flip(estimate.difference!) : estimate.difference!;
  return { estimate: improvement, bound: kind === 'superiority' ? required : -required };
}

function verdictOf({ estimate, bound }: Turned, strict: boolean): Verdict {
  if (Number.isNaN(estimate.low) || Number.isNaN(estimate.high)) return 'inconclusive';
  if (strict ? estimate.low > bound : estimate.low >= bound) return 'pass';
  return estimate.high < bound ? 'fail' : 'inconclusive';
}

function decideWhole(gate: MetricGate, requirement: Requirement, estimate: MetricEstimate): GateResult {
  const turned = turn(gate, requirement, estimate);
  // "Better by 0" means really better: the bound itself is not enough.
  const thin = estimate.rows < leastRows;
  const verdict = thin ? 'inconclusive' : verdictOf(turned, requirement.kind === 'superiority');
  return {
    ...describeResult(gate, requirement, estimate),
    verdict,
    reason: thin
      ? `${estimate.rows} rows, fewer than ${leastRows}: too few to decide`
      : reasonOf(verdict, requirement, estimate),
    detectable: finite(2.8 * turned.estimate.standardError),
  };
}

function describeResult(
  gate: MetricGate,
  requirement: Requirement,
  estimate: MetricEstimate,
): Omit<GateResult, 'verdict' | 'reason'> {
  return {
    rule: describeRule(gate, requirement),
    kind: requirement.kind,
    metric: gate.metric,
    rows: estimate.rows,
    candidate: viewOf(estimate.candidate),
    ...(estimate.champion === undefined ? {} : { champion: viewOf(estimate.champion) }),
    ...(estimate.difference === undefined ? {} : { difference: viewOf(estimate.difference) }),
    required: requirement.required,
    formula: `${metricDefinitions[gate.metric as MetricName].formula}+${estimate.interval}`,
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

export function viewOf({ value, low, high }: Estimate): EstimateView {
  return { value: finite(value), low: finite(low), high: finite(high) };
}

export function formatInterval({ value, low, high }: EstimateView): string {
  const text = (part: number | null): string => (part === null ? 'n/a' : formatNumber(part));
  return `${text(value)} [${text(low)}, ${text(high)}]`;
}

function reasonOf(verdict: Verdict, requirement: Requirement, estimate: MetricEstimate): string {
  const change = isChange(requirement);
  const shown = viewOf(change ? estimate.difference! : estimate.candidate);
  const subject = change ? `difference ${formatInterval(shown)}` : `value ${formatInterval(shown)}`;
  if (shown.low === null) return `${subject}: not computable on these rows (one class only?)`;
  if (verdict === 'pass') return `${subject}: the whole interval meets the requirement`;
  if (verdict === 'fail') return `${subject}: the whole interval misses the requirement`;
  return `${subject}: the requirement lies inside the interval; ${estimate.rows < 100_000 ? 'more rows would decide it' : 'the effect is too small to decide'}`;
}

/** All slices of one gate: each passes on its own interval, and fails only after Holm's correction over the slices. */
function decideSlices(
  gate: MetricGate,
  slice: Slice,
  requirement: Requirement,
  rows: EvaluationRows,
  options: IntervalOptions,
): readonly GateResult[] {
  const groups = groupRows(slice, rows.slices[slice.by]);
  if (groups.length === 0) {
    throw new KitError(
      'slice-empty',
      `Cannot evaluate gate "${describeRule(gate, requirement)}": no row has a value of "${slice.by}"`,
      {
        hint: 'Check the column in the predictions file.',
      },
    );
  }
  const decided = groups.map(({ value, members }) => {
    if (members.length < slice['min-rows']) return { value, members, estimate: undefined, p: 1 };
    const [estimate] = estimateMetrics([gate.metric as MetricName], subset(rows, members), options);
    const { estimate: turned, bound } = turn(gate, requirement, estimate!);
    const p =
      turned.standardError > 0 ? normalSf((bound - turned.value) / turned.standardError) : turned.value < bound ? 0 : 1;
    return { value, members, estimate: estimate!, p: Number.isNaN(p) ? 1 : p };
  });
  const adjusted = adjustHolm(decided.map(({ p }) => p));
  return decided.map(({ value, members, estimate }, index) => {
    const name = `${slice.by} = ${value}`;
    if (estimate === undefined) return describeThin(gate, slice, requirement, name, members.length);
    const turned = turn(gate, requirement, estimate);
    const passes = verdictOf(turned, requirement.kind === 'superiority') === 'pass';
    const verdict = passes ? 'pass' : adjusted[index]! < sideError(options) ? 'fail' : 'inconclusive';
    const held = verdict === 'inconclusive' && verdictOf(turned, false) === 'fail';
    return {
      ...describeResult(gate, requirement, estimate),
      slice: name,
      verdict,
      reason: held
        ? `${reasonOf('fail', requirement, estimate)}, but not after Holm's correction over ${groups.length} slices`
        : reasonOf(verdict, requirement, estimate),
      detectable: finite(2.8 * turned.estimate.standardError),
    };
  });
}

/** A named value without any row fails; a slice with too few rows stays open. */
function describeThin(
  gate: MetricGate,
  slice: Slice,
  requirement: Requirement,
  name: string,
  count: number,
): GateResult {
  return {
    rule: describeRule(gate, requirement),
    kind: requirement.kind,
    metric: gate.metric,
    slice: name,
    rows: count,
    required: requirement.required,
    verdict: count === 0 ? 'fail' : 'inconclusive',
    reason:
      count === 0
        ? 'no row of the evaluation data is in this slice'
        : `${count} rows, fewer than min-rows ${slice['min-rows']}`,
    formula: metricDefinitions[gate.metric as MetricName].formula,
  };
}

function groupRows(
  slice: Slice,
  values: readonly (string | null)[] | undefined,
): readonly { readonly value: string; readonly members: readonly number[] }[] {
  if (values === undefined) {
    throw new KitError('slice-column-missing', `Cannot slice by "${slice.by}": the predictions have no such column`, {
      hint: 'Write the column into the predictions file, or correct the gate.',
    });
  }
  const groups = new Map<string, number[]>((slice.values ?? []).map((value) => [value, []]));
  values.forEach((value, row) => {
    if (value === null || (slice.values !== undefined && !groups.has(value))) return;
    const members = groups.get(value) ?? [];
    members.push(row);
    groups.set(value, members);
  });
  const all = [...groups].map(([value, members]) => ({ value, members }));
  if (slice.top === undefined) return all.sort((a, b) => (a.value < b.value ? -1 : 1));
  return all.sort((a, b) => b.members.length - a.members.length || (a.value < b.value ? -1 : 1)).slice(0, slice.top);
}

function subset(rows: EvaluationRows, members: readonly number[]): EvaluationRows {
  const pick = (predictions: Predictions): Predictions => ({
    label: Float64Array.from(members, (row) => predictions.label[row]!),
    score: Float64Array.from(members, (row) => predictions.score[row]!),
  });
  return {
    candidate: pick(rows.candidate),
    ...(rows.champion === undefined ? {} : { champion: pick(rows.champion) }),
    slices: {},
  };
}

/**
 * The first model has no champion: it must beat the naive baseline on the metric of the first gate that has one.
 * Baseline: the mean label for every row (for classes, the majority class), which no model may fall behind.
 */
function decideBaseline(
  gates: readonly Gate[],
  task: Task,
  candidate: Predictions,
  options: IntervalOptions,
): GateResult {
  const comparable = gates.find((gate): gate is MetricGate => 'metric' in gate && beatable.has(gate.metric));
  const metric: MetricName =
    (comparable?.metric as MetricName | undefined) ??
    (task === 'regression' ? 'rmse' : task === 'binary' ? 'log-loss' : 'accuracy');
  const champion = { label: candidate.label, score: naiveScores(candidate.label, task) };
  const [estimate] = estimateMetrics([metric], { candidate, champion }, options);
  const gate: MetricGate = { metric, 'min-improvement': 0 };
  const decided = decideWhole(gate, { kind: 'superiority', required: 0 }, estimate!);
  return { ...decided, kind: 'baseline', rule: `${metric} better than the naive baseline` };
}

/** Metrics on which one constant answer is a fair opponent: it is perfectly calibrated, and has no precision at all. */
const beatable: ReadonlySet<string> = new Set([
  'roc-auc',
  'average-precision',
  'log-loss',
  'brier',
  'accuracy',
  'balanced-accuracy',
  'macro-f1',
  'mae',
  'rmse',
  'r2',
]);

function naiveScores(label: Float64Array, task: Task): Float64Array {
  if (task !== 'multiclass') {
    const mean = label.reduce((sum, value) => sum + value, 0) / label.length;
    return new Float64Array(label.length).fill(mean);
  }
  const counts = new Map<number, number>();
  for (const value of label) counts.set(value, (counts.get(value) ?? 0) + 1);
  const majority = [...counts].sort((a, b) => b[1] - a[1])[0]![0];
  return new Float64Array(label.length).fill(majority);
}
