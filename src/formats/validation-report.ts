/** The report of one validation: what was checked, what was found, and what could not be evaluated. */

import { z } from 'zod';
import { ReportAnnotation } from './report-envelope.ts';

export const Finding = z.strictObject({
  /** Absent for rules about the whole dataset. */
  column: z.string().optional(),
  rule: z.string(),
  severity: z.enum(['error', 'warning', 'note']),
  message: z.string(),
  failing: z.int().min(0).optional(),
  total: z.int().min(0).optional(),
  /** What was measured, under the id of its formula. */
  measured: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
  /** A few rows as text, cut to a fixed length. */
  examples: z.array(z.record(z.string(), z.string())).default([]),
  hint: z.string(),
  at: z.strictObject({ path: z.string(), line: z.int().positive(), column: z.int().positive().optional() }).optional(),
});
export type Finding = z.infer<typeof Finding>;

export const NotEvaluated = z.strictObject({
  column: z.string().optional(),
  rule: z.string(),
  reason: z.string(),
  /** Whether the verdict stays open because of it. */
  open: z.boolean(),
  at: z.strictObject({ path: z.string(), line: z.int().positive(), column: z.int().positive().optional() }).optional(),
});
export type NotEvaluated = z.infer<typeof NotEvaluated>;

export const ValidationReport = z.strictObject({
  schema: z.literal('validation-report/v1'),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  title: z.string(),
  summary: z.string(),
  dataset: z.string(),
  path: z.string(),
  rows: z.int().min(0),
  columns: z.int().min(0),
  contract: z.strictObject({ path: z.string(), sha256: z.string() }),
  baseline: z.strictObject({ path: z.string(), sha256: z.string(), rows: z.int() }).optional(),
  /** Rules that were evaluated. */
  checks: z.int().min(0),
  findings: z.array(Finding),
  notEvaluated: z.array(NotEvaluated),
  seconds: z.number(),
  annotations: z.array(ReportAnnotation),
});
export type ValidationReport = z.infer<typeof ValidationReport>;
