/** Names a training run by what went into it, so that the same code, data and parameters have the same key. */

import { formatCanonicalJson, type Json } from '../../base/canonical-json.ts';
import { byCodePoint } from '../../base/code-points.ts';
import { sha256 } from '../../base/digest.ts';

export interface CodeFile {
  /** From the top of the git repository. */
  readonly path: string;
  /** Blob id, or `md5:` and the hash of a changed file; null for one that was removed. */
  readonly content: string | null;
}

/** Digest of a code tree; a changed file stands in for the committed one of the same path. */
export function digestCode(committed: readonly CodeFile[], changed: readonly CodeFile[]): string {
  const files = new Map(committed.map((file) => [file.path, file.content]));
  for (const file of changed) files.set(file.path, file.content);
  const listed = [...files].filter(([, content]) => content !== null).sort(([a], [b]) => byCodePoint(a, b));
  return sha256(formatCanonicalJson(listed));
}

export interface RunInputs {
  readonly code: string;
  /** Content address by path, of everything the pipeline reads and does not write itself. */
  readonly data: Readonly<Record<string, string>>;
  readonly commands: Readonly<Record<string, string | readonly string[]>>;
  readonly params: Readonly<Record<string, Json>>;
}

/** 64 hex digits. */
export function formatRunKey(inputs: RunInputs): string {
  return sha256(formatCanonicalJson({ ...inputs }));
}

/** First 8 of the key, then what tells this run from another of the same key. */
export function formatRunId(runKey: string, unique: string): string {
  return `${runKey.slice(0, 8)}-${unique}`;
}
