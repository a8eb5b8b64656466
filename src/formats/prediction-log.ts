/** One line of the prediction log: what was asked of which version, what it answered, how long it took. */

import { z } from 'zod';

export const PredictionLogRecord = z.object({
  /** Id of the request, also in its answer. */
  id: z.string(),
  /** RFC 3339, UTC, when the request came. */
  time: z.string(),
  model: z.string(),
  version: z.string(),
  /** MD5 of the model file, as DVC names it. */
  digest: z.string(),
  variant: z.enum(['stable', 'candidate']),
  /** Percent of traffic the candidate was given when this request was routed. */
  weight: z.number(),
  /** Id of the rollout the weight belongs to. */
  rollout: z.string().optional(),
  /** Where the request key falls in [0, 1): names the unit of assignment without naming the user. */
  bucket: z.number(),
  /** Asked for this version by name, so no part of the split. */
  pinned: z.literal(true).optional(),
  /** Rows in the request. */
  rows: z.int().min(0),
  latencyMs: z.number().min(0),
  /** HTTP status of the answer. */
  status: z.int(),
  error: z.string().optional(),
  /** Input values by name: the value itself for one row of one value, else a list. */
  features: z.record(z.string(), z.json()),
  outputs: z.record(z.string(), z.json()),
});
export type PredictionLogRecord = z.infer<typeof PredictionLogRecord>;

export type ParsedLogLine =
  | { readonly kind: 'record'; readonly record: PredictionLogRecord }
  | { readonly kind: 'damaged'; readonly reason: string };

export function parseLogLine(line: string): ParsedLogLine {
  try {
    const parsed = PredictionLogRecord.safeParse(JSON.parse(line));
    if (parsed.success) return { kind: 'record', record: parsed.data };
    const issue = parsed.error.issues[0]!;
    return { kind: 'damaged', reason: `"${issue.path.join('.')}": ${issue.message}` };
  } catch (error) {
    return { kind: 'damaged', reason: (error as Error).message };
  }
}

/** One line with its line feed. */
export function formatLogLine(record: PredictionLogRecord): string {
  return `${JSON.stringify(record)}\n`;
}
