/** Reads and appends records of the metadata store (branch `mlops-metadata`) for every command. */

import { KitError } from '../base/errors.ts';
import type { MetadataRecord, RecordKind } from '../formats/record.ts';
import type { RefUpdate } from '../ports/git.ts';
import type { Ports } from '../ports/ports.ts';

/** A record before it is stamped with time, actor, tool, run URL and operation. */
export interface RecordDraft {
  readonly kind: RecordKind;
  readonly subject: MetadataRecord['subject'];
  readonly verdict?: MetadataRecord['common']['verdict'];
  readonly body: MetadataRecord['body'];
}

export interface StoredRecord {
  /** SHA-256 of its bytes, also its file name and id in `Mlops-Evidence` trailers. */
  readonly id: string;
  readonly record: MetadataRecord;
}

/** What one atomic push carries besides the records, planned again on each attempt after the newest state was fetched. */
export interface AppendPlan {
  readonly records: readonly RecordDraft[];
  readonly refs?: readonly RefUpdate[];
}

/**
 * Appends records (and moves other refs with them) in one atomic push under a lease on `mlops-metadata`, with bounded retry.
 * Without a remote the local branch is written. The same operation twice returns what stands.
 */
export async function appendRecords(
  _ports: Ports,
  _operation: string,
  _plan: (attempt: number) => Promise<AppendPlan>,
): Promise<readonly StoredRecord[]> {
  throw new KitError('not-built', 'being built');
}

/** Records of the newest known metadata branch, oldest first; damaged ones are reported by name as warnings and left out. */
export async function readRecords(
  _ports: Ports,
  _filter: { readonly kinds?: readonly RecordKind[]; readonly fetch?: boolean } = {},
): Promise<readonly StoredRecord[]> {
  throw new KitError('not-built', 'being built');
}
