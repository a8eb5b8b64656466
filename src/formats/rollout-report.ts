/** What `deploy` reports: where a rollout stands, the evidence so far, and what it waits for. */

import { z } from 'zod';
import { GuardFinding, Hold, phases } from './rollout-state.ts';

export const RolloutReport = z.strictObject({
  schema: z.literal('rollout-report/v1'),
  operation: z.string(),
  environment: z.string(),
  artifact: z.string(),
  rollout: z.string().nullable(),
  phase: z.enum(phases).nullable(),
  health: z.enum(['progressing', 'paused', 'healthy', 'degraded']).nullable(),
  version: z.string().nullable(),
  /** Version that serves what the candidate does not. */
  stable: z.string().nullable(),
  weight: z.number(),
  step: z.int(),
  steps: z.array(z.string()),
  because: z.string(),
  holds: z.array(Hold),
  findings: z.array(GuardFinding),
  /** Phases entered by this command, in order. */
  transitions: z.array(z.strictObject({ phase: z.enum(phases), weight: z.number(), because: z.string() })),
});
export type RolloutReport = z.infer<typeof RolloutReport>;
