/** The drift report: per window and column what moved, how surely and how far, performance on known outcomes, and the retrain decision. */

import { z } from 'zod';

const verdict = z.enum(['pass', 'fail', 'inconclusive']);

export const ColumnDrift = z.strictObject({
  column: z.string(),
  verdict,
  critical: z.boolean(),
  /** Test behind the p-value: `g-test.v1`, `pearson.v1`, `none`. */
  formula: z.string(),
  statistic: z.number(),
  degrees: z.int().nonnegative(),
  p: z.number(),
  /** After Benjamini-Hochberg over the columns. */
  pAdjusted: z.number(),
  psi: z.number(),
  /** PSI less its mean under no drift: the effect that is held against the floor. */
  effect: z.number(),
  jsd: z.number(),
  reference: z.int().nonnegative(),
  current: z.int().nonnegative(),
  /** What moved, in words of the data. */
  move: z.string(),
  reason: z.string(),
});
export type ColumnDrift = z.infer<typeof ColumnDrift>;

export const PerformanceResult = z.strictObject({
  metric: z.string(),
  verdict,
  rows: z.int().nonnegative(),
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  min: z.number().optional(),
  max: z.number().optional(),
  reason: z.string(),
});
export type PerformanceResult = z.infer<typeof PerformanceResult>;

export const WindowResult = z.strictObject({
  /** Sorts by time: `2001-02`, `2001-02-03`, `2001-W05`, or a row window `00000012`. */
  window: z.string(),
  rows: z.int().nonnegative(),
  verdict,
  drift: z.strictObject({ verdict, reason: z.string(), columns: z.array(ColumnDrift) }),
  performance: PerformanceResult.optional(),
});
export type WindowResult = z.infer<typeof WindowResult>;

export const RetrainDecision = z.strictObject({
  retrain: z.boolean(),
  /** `decay`, `drift`, `new-rows`, or empty. */
  cause: z.string(),
  /** Names the decision, so that it is carried out once. */
  key: z.string(),
  reason: z.string(),
  dispatched: z.boolean(),
});
export type RetrainDecision = z.infer<typeof RetrainDecision>;

export const DriftReport = z.strictObject({
  schema: z.literal('drift-report/v1'),
  title: z.string(),
  verdict,
  summary: z.string(),
  model: z.string(),
  /** Version whose stage is watched; empty when none is registered. */
  version: z.string(),
  dataset: z.string(),
  baseline: z.string(),
  settings: z.strictObject({
    floor: z.number(),
    alpha: z.number(),
    minRows: z.int(),
    maxShare: z.number(),
    ignored: z.array(z.string()),
  }),
  /** In order of time. */
  windows: z.array(WindowResult),
  decision: RetrainDecision,
});
export type DriftReport = z.infer<typeof DriftReport>;
