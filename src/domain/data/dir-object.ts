/** The `.dir` object of a folder: its listing in the exact bytes that DVC hashes, and the rules a listing must keep to be trusted. */

import { byCodePoint } from '../../base/code-points.ts';
import { md5 } from '../../base/digest.ts';
import { KitError } from '../../base/errors.ts';

export interface DirEntry {
  readonly md5: string;
  /** From the folder, `/` separators. */
  readonly relpath: string;
}

/** `json.dumps(list, sort_keys=True)` of Python, the list sorted by relpath in code points. */
export function formatDirObject(entries: readonly DirEntry[]): string {
  const sorted = [...entries].sort((a, b) => byCodePoint(a.relpath, b.relpath));
  return `[${sorted.map((entry) => `{"md5": ${jsonString(entry.md5)}, "relpath": ${jsonString(entry.relpath)}}`).join(', ')}]`;
}

/** Content address of a folder. */
export function dirHash(object: string): string {
  return `${md5(object)}.dir`;
}

const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

/** Python's `ensure_ascii`: everything outside U+0020 to U+007E is escaped, DEL as well, by UTF-16 unit. */
function jsonString(text: string): string {
  const body = text.replace(
    /["\\]|[^ -~]/g,
    (unit) => shortEscapes[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${body}"`;
}

/**
 * Reads a listing that anyone may have written.
 *
 * @throws KitError `dir-object-malformed`, `dir-object-unsafe`
 */
export function parseDirObject(text: string, name: string): readonly DirEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed(name, 'it is no JSON', cause);
  }
  if (!Array.isArray(value)) throw malformed(name, 'it is no list');
  const seen = new Set<string>();
  return value.map((item: unknown) => {
    const entry = (typeof item === 'object' && item !== null ? item : {}) as Readonly<Record<string, unknown>>;
    const { relpath } = entry;
    if (typeof relpath !== 'string' || typeof entry.md5 !== 'string' || !/^[0-9a-f]{32}$/.test(entry.md5)) {
      throw malformed(name, 'an entry lacks a relpath or an md5');
    }
    const reason = whyUnsafe(relpath) ?? (seen.has(relpath) ? 'it is listed twice' : undefined);
    if (reason !== undefined) {
      throw new KitError('dir-object-unsafe', `Cannot use path "${relpath}" of folder listing "${name}": ${reason}`, {
        hint: 'The listing was not made by an honest tool: check who wrote to the remote.',
      });
    }
    seen.add(relpath);
    return { md5: entry.md5, relpath };
  });
}

/** Why a path of a listing must not be written to; undefined when it stays inside its folder. */
export function whyUnsafe(relpath: string): string | undefined {
  if (relpath === '') return 'it is empty';
  if (relpath.includes('\0')) return 'it holds a NUL character';
  if (relpath.startsWith('/') || /^[a-z]:/i.test(relpath)) return 'it is absolute';
  if (relpath.split('/').includes('')) return 'it has an empty part';
  // A backslash is a plain character of a name here, and a separator on Windows: it must be harmless as both.
  const parts = relpath.split(/[/\\]/);
  if (parts.includes('.') || parts.includes('..')) return 'it leaves its folder';
  if (parts.some((part) => /^\.(git|dvc)$/i.test(part))) return 'it names a folder of git or DVC';
  return undefined;
}

function malformed(name: string, reason: string, cause?: unknown): KitError {
  return new KitError('dir-object-malformed', `Cannot read folder listing "${name}": ${reason}`, {
    hint: 'Fetch it again, or push it again from where it was made.',
    cause,
  });
}
