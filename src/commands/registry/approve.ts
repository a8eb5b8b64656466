/** Records a person's approval of an artifact; policy counts one per person. */

import type { MetadataRecord } from '../../formats/record.ts';
import type { Ports } from '../../ports/ports.ts';
import { appendRecords } from '../records.ts';

/** Approving the same thing twice is approving it once. `label` says what, for example `churn@v1.0.0#production`. */
export async function approve(
  ports: Ports,
  label: string,
  subject: MetadataRecord['subject'],
  body: MetadataRecord['body'],
): Promise<void> {
  const operation = `${ports.environment.actor}/approve/${label}`;
  await appendRecords(ports, operation, async () => ({
    records: [{ kind: 'approval', subject, verdict: 'pass', body }],
  }));
}
