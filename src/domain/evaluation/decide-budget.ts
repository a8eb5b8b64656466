/** Decides a budget: what was measured, with its bounds, against a limit in bytes or time. */

import { parseDuration } from '../../base/duration.ts';
import { KitError } from '../../base/errors.ts';
import { formatNumber } from '../../base/text.ts';
import type { Gate } from '../../formats/config.ts';
import type { GateResult } from '../../formats/evaluation-report.ts';

type BudgetGate = Extract<Gate, { budget: string }>;

/** A measured budget; `low` and `high` bound a quantile and equal the value for what is counted exactly. */
export interface Measurement {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly note: string;
}

/** A budget that was not measured is inconclusive, never passed. */
export function decideBudget(gate: BudgetGate, measured: Measurement | undefined): GateResult {
  const bytes = gate.budget === 'artifact-bytes';
  const required = bytes ? parseBytes(gate.max) : parseMilliseconds(gate.max);
  const unit = bytes ? ' bytes' : ' ms';
  const common = {
    rule: `${gate.budget} at most ${formatNumber(required)}${unit}`,
    kind: 'budget' as const,
    metric: gate.budget,
    required,
    formula: `${gate.budget}.v1`,
  };
  if (measured === undefined) {
    return {
      ...common,
      rows: 0,
      verdict: 'inconclusive',
      reason: 'not measured: only ONNX artifacts can be timed here',
    };
  }
  const verdict = measured.high <= required ? 'pass' : measured.low > required ? 'fail' : 'inconclusive';
  return {
    ...common,
    rows: measured.n,
    candidate: { value: measured.value, low: measured.low, high: measured.high },
    verdict,
    reason: `${formatNumber(measured.value)}${unit}, ${measured.note}`,
  };
}

/** Bytes of `50MB` (decimal) or `50MiB` (binary). @throws KitError `bytes-malformed` */
export function parseBytes(text: number | string): number {
  if (typeof text === 'number') return text;
  const match = /^\s*(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|KiB|MiB|GiB)?\s*$/.exec(text);
  if (match === null) {
    throw new KitError('bytes-malformed', `Cannot parse size "${text}": expected forms are 500000, 50MB, 50MiB`, {
      hint: 'Write a number followed by B, KB, MB, GB, KiB, MiB or GiB.',
    });
  }
  const units = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
  return Number(match[1]) * units[(match[2] ?? 'B') as keyof typeof units];
}

function parseMilliseconds(text: number | string): number {
  return typeof text === 'number' ? text : parseDuration(text);
}
