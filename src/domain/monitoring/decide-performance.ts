/** Decides whether a model still performs on rows whose outcome is known: the whole interval inside the allowed range, or outside. */

import { KitError } from '../../base/errors.ts';
import { formatNumber } from '../../base/text.ts';
import type { Verdict } from '../../base/verdict.ts';
import type { MetricName } from '../../formats/config.ts';
import type { PerformanceResult } from '../../formats/drift-report.ts';
import { estimateMetrics, type IntervalOptions } from '../evaluation/interval.ts';
import { metricDefinitions, type Predictions } from '../evaluation/metrics.ts';

export interface PerformanceRule {
  readonly metric: string;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly minRows: number;
}

/** @throws KitError `performance-rule-empty` when neither bound is set, `metric-unknown` */
export function decidePerformance(
  rule: PerformanceRule,
  rows: Predictions,
  options: IntervalOptions,
): PerformanceResult {
  const { min, max } = rule;
  if (min === undefined && max === undefined) {
    throw new KitError('performance-rule-empty', `Cannot judge "${rule.metric}": neither min nor max is set`, {
      hint: 'Set monitor.performance.min or max; no bound is never a pass.',
    });
  }
  if (!Object.hasOwn(metricDefinitions, rule.metric)) {
    throw new KitError('metric-unknown', `Cannot judge "${rule.metric}": there is no such metric`, {
      hint: `Metrics: ${Object.keys(metricDefinitions).join(', ')}.`,
    });
  }
  const common = {
    metric: rule.metric,
    rows: rows.label.length,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
  if (rows.label.length < rule.minRows) {
    const reason = `${rows.label.length} rows with a known outcome, fewer than ${rule.minRows}`;
    return { ...common, verdict: 'inconclusive', value: null, low: null, high: null, reason };
  }
  const { value, low, high } = estimateMetrics([rule.metric as MetricName], { candidate: rows }, options)[0]!.candidate;
  if (![value, low, high].every(Number.isFinite)) {
    return {
      ...common,
      verdict: 'inconclusive',
      value: null,
      low: null,
      high: null,
      reason: 'not computable on these rows',
    };
  }
  const bounds = `${min === undefined ? '' : `at least ${formatNumber(min)}`}${min !== undefined && max !== undefined ? ', ' : ''}${max === undefined ? '' : `at most ${formatNumber(max)}`}`;
  const verdict = verdictOf({ low, high }, rule);
  const words = { pass: 'inside', fail: 'outside', inconclusive: 'across the bound of' }[verdict];
  const reason = `${formatNumber(value)} [${formatNumber(low)}, ${formatNumber(high)}] is ${words} ${bounds}`;
  return { ...common, verdict, value, low, high, reason };
}

function verdictOf({ low, high }: { readonly low: number; readonly high: number }, rule: PerformanceRule): Verdict {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = rule;
  if (low >= min && high <= max) return 'pass';
  return high < min || low > max ? 'fail' : 'inconclusive';
}
