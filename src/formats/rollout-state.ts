/** State of a rollout: one JSON file on `refs/mlops/rollouts/<environment>/<artifact>/state`, and the abort request beside it. */

import { z } from 'zod';
import { formatCanonicalJson, type Json } from '../base/canonical-json.ts';
import { sha256 } from '../base/digest.ts';
import { KitError } from '../base/errors.ts';
import { Guard, RolloutStep } from './config.ts';
import { ServedVersion } from './reference-manifest.ts';

export const phases = [
  'pending',
  'preflight',
  'applying',
  'settling',
  'baking',
  'analysing',
  'awaiting-approval',
  'paused',
  'promoting',
  'verifying',
  'completed',
  'aborting',
  'rolled-back',
  'superseded',
  'cancelled',
  'error',
] as const;
export type Phase = (typeof phases)[number];

/** What was asked for at start; frozen by its digest. */
export const RolloutSpec = z.object({
  environment: z.string(),
  artifact: z.string(),
  /** Path of the manifest in the repository. */
  manifest: z.string(),
  steps: z.array(RolloutStep),
  guard: z.array(Guard),
  minRequests: z.int(),
  inconclusive: z.enum(['hold', 'abort', 'promote']),
  /** Prediction log, path or glob. */
  logs: z.string(),
});
export type RolloutSpec = z.infer<typeof RolloutSpec>;

/** Why a rollout does not go on, and since when. */
export const Hold = z.object({ reason: z.string(), since: z.string() });
export type Hold = z.infer<typeof Hold>;

/** What one guard says of the requests seen so far. */
export const GuardFinding = z.object({
  metric: z.string(),
  requirement: z.string(),
  verdict: z.enum(['harm', 'safe', 'undecided', 'no-data']),
  /** The number compared, with both ends of its always-valid interval; null where not finite or unknown. */
  estimate: z.number().nullable(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  /** Always-valid p-value of harm, where there is one. */
  p: z.number().nullable(),
  canary: z.number().nullable(),
  stable: z.number().nullable(),
  canaryRequests: z.int(),
  stableRequests: z.int(),
});
export type GuardFinding = z.infer<typeof GuardFinding>;

const Candidate = ServedVersion.extend({ tag: z.string(), tagOid: z.string() });

export const RolloutState = z.object({
  schema: z.literal('rollout-state/v1'),
  id: z.string(),
  /** Counts transitions and notes, so that no two states are the same bytes. */
  generation: z.int(),
  phase: z.enum(phases),
  spec: RolloutSpec,
  specDigest: z.string(),
  /** Live before the rollout; null for the first one. */
  stable: ServedVersion.nullable(),
  candidate: Candidate,
  seed: z.string(),
  /** Index into the steps; their count when all are done. */
  step: z.int(),
  weight: z.number(),
  startedAt: z.string(),
  startedBy: z.string(),
  enteredAt: z.string(),
  /** When the first request at the weight in force was seen. */
  settledAt: z.string().nullable(),
  /** Start of the time a pause or an analysis asks for. */
  stepEnteredAt: z.string().nullable(),
  promotedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** Phase that `resume`, or the end of an error, goes back to. */
  returnTo: z.enum(phases).nullable(),
  holds: z.array(Hold),
  consecutiveErrors: z.int(),
  approvals: z.array(z.object({ step: z.int(), actor: z.string(), time: z.string(), stateOid: z.string() })),
  /** Blob of the manifest as it was before the rollout; null when there was none. */
  manifestBefore: z.string().nullable(),
  /** Blob this rollout wrote last. */
  manifestWritten: z.string().nullable(),
  deployment: z.int().nullable(),
  findings: z.array(GuardFinding),
  /** One sentence: why this state was entered. */
  because: z.string(),
  actor: z.string(),
  /** Versions that were live here before, oldest first: going back to one is a rollback, one step to 100 %. */
  livedBefore: z.array(z.string()),
});
export type RolloutState = z.infer<typeof RolloutState>;

export const AbortRequest = z.object({
  schema: z.literal('rollout-abort/v1'),
  rollout: z.string(),
  reason: z.string(),
  actor: z.string(),
  time: z.string(),
});
export type AbortRequest = z.infer<typeof AbortRequest>;

export const endPhases: readonly Phase[] = ['completed', 'rolled-back', 'superseded', 'cancelled'];

export function hasEnded(state: RolloutState): boolean {
  return endPhases.includes(state.phase);
}

/** progressing, paused, healthy or degraded; `superseded` and `cancelled` left the stable version healthy. */
export function healthOf(state: RolloutState): 'progressing' | 'paused' | 'healthy' | 'degraded' {
  if (['completed', 'superseded', 'cancelled'].includes(state.phase)) return 'healthy';
  if (['aborting', 'rolled-back', 'error'].includes(state.phase)) return 'degraded';
  return ['paused', 'awaiting-approval'].includes(state.phase) ? 'paused' : 'progressing';
}

export function specDigestOf(spec: RolloutSpec): string {
  return sha256(formatCanonicalJson(spec as unknown as Json));
}

/** Ref of a rollout; `/` in names becomes `%2F` and `:` becomes `=`, so that no name can reach into another's folder. */
export function rolloutRefOf(environment: string, artifact: string, kind: 'state' | 'abort'): string {
  const refPart = (name: string): string => name.replaceAll('%', '%25').replaceAll('/', '%2F').replaceAll(':', '=');
  return `refs/mlops/rollouts/${refPart(environment)}/${refPart(artifact)}/${kind}`;
}

export function formatRolloutFile(value: RolloutState | AbortRequest): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** @throws KitError `rollout-state-damaged` */
export function parseRolloutFile<T>(schema: z.ZodType<T>, text: string, ref: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(ref, (error as Error).message, error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw damaged(ref, `"${issue.path.join('.')}": ${issue.message}`, parsed.error);
}

function damaged(ref: string, reason: string, cause: unknown): KitError {
  return new KitError('rollout-state-damaged', `Cannot read rollout "${ref}": ${reason}`, {
    hint: `Look at its history: git log -p ${ref}`,
    cause,
  });
}
