/** The fields every report JSON shares, read leniently: a report may come from a job nobody trusts. */

import { z } from 'zod';

export const ReportAnnotation = z.object({
  level: z.enum(['notice', 'warning', 'failure']),
  path: z
    .string()
    .min(1)
    .max(1000)
    .refine((path) => !/^\/|\\|(^|\/)\.\.(\/|$)|\p{Cc}/u.test(path), 'must be a path inside the repository'),
  line: z.int().positive(),
  endLine: z.int().positive().optional(),
  column: z.int().positive().optional(),
  title: z.string().max(10_000).default(''),
  message: z.string().min(1).max(100_000),
});
export type ReportAnnotation = z.infer<typeof ReportAnnotation>;

export const ReportEnvelope = z.object({
  schema: z.string().regex(/^[a-z][a-z0-9-]{0,60}\/v\d{1,3}$/),
  verdict: z.enum(['pass', 'fail', 'inconclusive']).optional(),
  title: z.string().max(10_000).optional().catch(undefined),
  summary: z.string().max(100_000).optional().catch(undefined),
  /** Bad ones are dropped and counted. */
  annotations: z.array(z.unknown()).max(100_000).optional().catch(undefined),
});
export type ReportEnvelope = z.infer<typeof ReportEnvelope>;
