/** Parses YAML text and keeps where each key and value stands, so that every problem of a file is reported at its line and column. */

import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLError,
} from 'yaml';
import type { z } from 'zod';
import { KitError, type Location, messageOf, type Problem } from '../base/errors.ts';
import { plural } from '../base/text.ts';
import { describeIssues, formatKeyPath, type IssueDescription } from './issues.ts';
import type { KeyPath } from './schema-keys.ts';

export interface YamlDocument {
  readonly path: string;
  readonly text: string;
  /** Plain values; null for an empty file. */
  readonly value: unknown;
  /** Place of a key (default) or of its value; of the nearest parent that exists when the path is not in the file. */
  locate(keyPath: KeyPath, part?: 'key' | 'value'): Location;
  /** Whether the path is written in the file. */
  has(keyPath: KeyPath): boolean;
}

export interface YamlFormat<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** First word of the codes, for example `config` in `config-unknown-key`. */
  readonly code: string;
  /** What the file is, for messages: `config`, `data contract`. */
  readonly noun: string;
  /** What to do about a file of this kind that is wrong, when a problem has no hint of its own. */
  readonly hint?: string;
}

/**
 * Parses YAML 1.2 text; aliases are followed (at most 100), unknown tags and duplicate keys are problems.
 *
 * @throws KitError `<code>-malformed` with every syntax problem and its place
 */
export function parseYamlDocument(
  text: string,
  path: string,
  format: { readonly code: string; readonly noun: string } = { code: 'yaml', noun: 'YAML file' },
): YamlDocument {
  const lines = new LineCounter();
  const document = parseGuarded(text, path, { ...format, lines });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) throw syntaxError(faults, { ...format, path, lines });
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  return {
    path,
    text,
    value,
    has: (keyPath) => find(document, keyPath).depth === keyPath.length,
    locate: (keyPath, part = 'key') => {
      const offset = find(document, keyPath)[part];
      if (offset === undefined) return { path, line: 1, column: 1 };
      const { line, col } = lines.linePos(offset);
      return { path, line, column: col };
    },
  };
}

/**
 * Parses YAML text by a schema.
 *
 * @throws KitError with all problems at once; code `<code>-unknown-key`, `-missing-key`, `-invalid-key`, `-invalid-value`,
 *   `-malformed`, or `<code>-invalid` when they differ
 */
export function parseYaml<Schema extends z.ZodType>(
  text: string,
  path: string,
  format: YamlFormat<Schema>,
): { readonly value: z.output<Schema>; readonly document: YamlDocument } {
  const document = parseYamlDocument(text, path, format);
  const parsed = format.schema.safeParse(document.value);
  if (parsed.success) return { value: parsed.data, document };
  const problems = describeIssues(format.schema, parsed.error.issues, document.value).map((issue) =>
    toProblem(issue, document, format),
  );
  throw problemsError(problems, { ...format, path });
}

/** One error for all problems of a file, in file order. */
export function problemsError(
  problems: readonly Problem[],
  file: { readonly path: string; readonly code: string; readonly noun: string },
): KitError {
  const sorted = [...problems].sort(
    (a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0),
  );
  const first = sorted[0]!;
  const codes = new Set(sorted.map((problem) => problem.code));
  const reason = sorted.length === 1 ? first.message : plural(sorted.length, 'problem');
  return new KitError(
    codes.size === 1 ? first.code : `${file.code}-invalid`,
    `Cannot read ${file.noun} "${file.path}": ${reason}`,
    {
      problems: sorted,
      ...(sorted.length === 1 && first.hint !== undefined ? { hint: first.hint } : {}),
      ...(first.at === undefined ? {} : { at: first.at }),
    },
  );
}

function toProblem(
  issue: IssueDescription,
  document: YamlDocument,
  format: { readonly code: string; readonly hint?: string },
): Problem {
  const missing = issue.kind === 'missing-key';
  const place = missing ? issue.path.slice(0, -1) : issue.path;
  const hint = issue.hint ?? (missing ? `Add the key "${String(issue.path.at(-1))}".` : format.hint);
  const subject = issue.path.length === 0 ? 'the file' : formatKeyPath(issue.path);
  return {
    code: `${format.code}-${issue.kind}`,
    message: `${subject} ${issue.message}`,
    at: document.locate(place, issue.kind === 'invalid-value' ? 'value' : 'key'),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Very deep nesting overflows the parser's stack: the file's fault, not a bug. */
function parseGuarded(
  text: string,
  path: string,
  options: { readonly code: string; readonly noun: string; readonly lines: LineCounter },
): Document {
  try {
    const document = parseDocument(text, { lineCounter: options.lines, prettyErrors: false, uniqueKeys: true });
    if (document.errors.length === 0) document.toJS({ maxAliasCount: 100 });
    return document;
  } catch (cause) {
    throw new KitError(`${options.code}-malformed`, `Cannot read ${options.noun} "${path}": ${messageOf(cause)}`, {
      at: { path },
      cause,
      hint: 'Write it without deep nesting and without chains of aliases.',
    });
  }
}

function syntaxError(
  faults: readonly YAMLError[],
  file: { readonly path: string; readonly code: string; readonly noun: string; readonly lines: LineCounter },
): KitError {
  const seen = new Set<number>();
  const problems = faults.flatMap((fault): readonly Problem[] => {
    const { line, col } = file.lines.linePos(fault.pos[0]);
    // One broken bracket raises a chain of faults; the first of a line is the one to repair.
    if (seen.has(line)) return [];
    seen.add(line);
    return [
      {
        code: `${file.code}-malformed`,
        message: fault.message.split('\n')[0]!,
        at: { path: file.path, line, column: col },
        hint: 'Correct the YAML at this place.',
      },
    ];
  });
  return problemsError(problems, file);
}

interface Found {
  readonly depth: number;
  readonly key?: number | undefined;
  readonly value?: number | undefined;
}

/** Walks to a path as far as it exists; list entries have their value's place as key. */
function find(document: Document, keyPath: KeyPath): Found {
  let node: unknown = document.contents;
  let found: Found = { depth: 0, key: offsetOf(node), value: offsetOf(node) };
  for (const segment of keyPath) {
    if (isAlias(node)) node = node.resolve(document);
    const entry: Pair | unknown = isMap(node)
      ? node.items.find(
          (pair) => isPair(pair) && String(isScalar(pair.key) ? pair.key.value : pair.key) === String(segment),
        )
      : isSeq(node)
        ? node.items[Number(segment)]
        : undefined;
    if (entry === undefined || entry === null) return found;
    const depth = found.depth + 1;
    if (isPair(entry)) {
      found = { depth, key: offsetOf(entry.key), value: offsetOf(entry.value) ?? offsetOf(entry.key) };
      node = entry.value;
    } else {
      found = { depth, key: offsetOf(entry), value: offsetOf(entry) };
      node = entry;
    }
  }
  return found;
}

function offsetOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  return (node.range as readonly number[] | null | undefined)?.[0];
}
