/** One record of the metadata store: an append-only fact about subjects named by digest, stored as canonical JSON under its own SHA-256. */

import { z } from 'zod';

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

export const recordKinds = [
  'run',
  'validation',
  'evaluation',
  'approval',
  'registration',
  'promotion',
  'rollout',
  'drift',
  'retrain',
] as const;
export type RecordKind = (typeof recordKinds)[number];

/** What a record is about; lineage joins records on these digests. `md5` is DVC's (`.dir` for folders). */
export const Subject = z.strictObject({
  name: z.string().min(1),
  digest: z.strictObject({
    sha256: hex(64).optional(),
    md5: z
      .string()
      .regex(/^[0-9a-f]{32}(\.dir)?$/)
      .optional(),
    gitCommit: hex(40).optional(),
  }),
});
export type Subject = z.infer<typeof Subject>;

export const MetadataRecord = z.strictObject({
  schema: z.literal('record/v1'),
  kind: z.enum(recordKinds),
  subject: z.array(Subject).min(1),
  common: z.strictObject({
    /** RFC 3339, UTC. */
    time: z.string(),
    actor: z.string(),
    tool: z.string(),
    runUrl: z.string().optional(),
    /** Run id + command: a second write with the same operation returns the first. */
    operation: z.string().min(1),
    verdict: z.enum(['pass', 'fail', 'inconclusive']).optional(),
  }),
  body: z.record(z.string(), z.json()),
});
export type MetadataRecord = z.infer<typeof MetadataRecord>;
