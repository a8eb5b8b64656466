/** The evaluation report: every gate with its value, interval, requirement, verdict and reason, so that a person can redo it. */

import { z } from 'zod';

const verdict = z.enum(['pass', 'fail', 'inconclusive']);

export const EstimateView = z.strictObject({
  value: z.number().nullable(),
  /** Two-sided bounds at the report's confidence. */
  low: z.number().nullable(),
  high: z.number().nullable(),
});
export type EstimateView = z.infer<typeof EstimateView>;

export const GateResult = z.strictObject({
  /** What was asked, in words: `roc-auc at least 0.6`. */
  rule: z.string(),
  kind: z.enum(['min', 'max', 'superiority', 'non-inferiority', 'baseline', 'budget']),
  metric: z.string(),
  /** `origin = ORD`; absent for all rows. */
  slice: z.string().optional(),
  rows: z.int().nonnegative(),
  candidate: EstimateView.optional(),
  champion: EstimateView.optional(),
  /** Candidate minus champion (or minus the naive baseline). */
  difference: EstimateView.optional(),
  required: z.number(),
  verdict,
  /** One sentence with the numbers that decided. */
  reason: z.string(),
  /** Smallest true improvement that this many rows would have shown with power 0.8. */
  detectable: z.number().nullable().optional(),
  formula: z.string(),
});
export type GateResult = z.infer<typeof GateResult>;

export const EvaluationReport = z.strictObject({
  schema: z.literal('evaluation/v1'),
  title: z.string(),
  model: z.string(),
  verdict,
  /** Why, in one sentence. */
  summary: z.string(),
  task: z.string(),
  rows: z.int().nonnegative(),
  dataset: z.string(),
  /** SHA-256 over the sorted pairs of id and label. */
  holdout: z.string(),
  /** Evaluations on record that used this holdout, this one left out. */
  holdoutUses: z.int().nonnegative(),
  candidate: z.strictObject({ md5: z.string(), sha256: z.string() }),
  champion: z
    .strictObject({ version: z.string(), stage: z.string().optional(), md5: z.string().optional() })
    .nullable(),
  confidence: z.number(),
  seed: z.int(),
  resamples: z.int(),
  gates: z.array(GateResult),
  /** Gates that did not apply, with the reason. */
  skipped: z.array(z.strictObject({ rule: z.string(), reason: z.string() })),
  notes: z.array(z.string()),
});
export type EvaluationReport = z.infer<typeof EvaluationReport>;
