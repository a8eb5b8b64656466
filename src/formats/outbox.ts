/** One entry of the outbox: a planned write, kept until it is known to stand. */

import { z } from 'zod';
import { MetadataRecord } from './record.ts';

const oid = z.string().regex(/^[0-9a-f]{40,64}$/);

export const OutboxEntry = z.strictObject({
  schema: z.literal('outbox/v1'),
  operation: z.string().min(1),
  records: z.array(MetadataRecord),
  refs: z.array(
    z.strictObject({
      ref: z.string().regex(/^refs\//),
      expected: oid.nullable(),
      target: oid.nullable(),
    }),
  ),
});
export type OutboxEntry = z.infer<typeof OutboxEntry>;
