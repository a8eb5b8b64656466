/** Converts records to files of the metadata branch and back: the name of a file is the SHA-256 of its canonical bytes. */

import { formatCanonicalJson, type Json } from '../../base/canonical-json.ts';
import { sha256 } from '../../base/digest.ts';
import { messageOf } from '../../base/errors.ts';
import { MetadataRecord, type RecordKind, recordKinds } from '../../formats/record.ts';

export interface RecordFile {
  /** SHA-256 of the bytes. */
  readonly id: string;
  readonly path: string;
  readonly text: string;
  readonly record: MetadataRecord;
}

export type ReadRecord =
  | { readonly kind: 'record'; readonly id: string; readonly record: MetadataRecord }
  | { readonly kind: 'damaged'; readonly path: string; readonly reason: string };

const pathForm = /^records\/([a-z]+)\/([0-9a-f]{2})\/([0-9a-f]{64})\.json$/;

/** `records/<kind>/<first 2 hex>/<sha256>.json` */
export function recordPath(kind: RecordKind, id: string): string {
  return `records/${kind}/${id.slice(0, 2)}/${id}.json`;
}

/** @throws ZodError for a record that does not fit its format */
export function formatRecordFile(record: MetadataRecord): RecordFile {
  const checked = MetadataRecord.parse(record);
  const text = formatCanonicalJson(checked as Json);
  const id = sha256(text);
  return { id, path: recordPath(checked.kind, id), text, record: checked };
}

/** The record in a file, or why it cannot be trusted. */
export function parseRecordFile(path: string, bytes: Uint8Array): ReadRecord {
  const damaged = (reason: string): ReadRecord => ({ kind: 'damaged', path, reason });
  const match = pathForm.exec(path);
  if (match === null) return damaged('its name is not records/<kind>/<2 hex>/<sha256>.json');
  const [, kind, prefix, id] = match as unknown as [string, RecordKind, string, string];
  if (!recordKinds.includes(kind)) return damaged(`this version knows no records of kind "${kind}"`);
  if (!id.startsWith(prefix)) return damaged('it lies in the wrong folder');
  if (sha256(bytes) !== id) return damaged('its contents do not have the digest in its name');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    return damaged(`it is no JSON: ${messageOf(error)}`);
  }
  const parsed = MetadataRecord.safeParse(value);
  if (!parsed.success)
    return damaged(parsed.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`).join('; '));
  if (parsed.data.kind !== kind) return damaged(`it lies under "${kind}" and says "${parsed.data.kind}"`);
  return { kind: 'record', id, record: parsed.data };
}

/** Oldest first; equal times in the order of ids, so that every reader sees one order. */
export function compareRecords(
  a: { readonly id: string; readonly record: MetadataRecord },
  b: { readonly id: string; readonly record: MetadataRecord },
): number {
  const [x, y] = [Date.parse(a.record.common.time), Date.parse(b.record.common.time)];
  return x - y || (a.id < b.id ? -1 : 1);
}
