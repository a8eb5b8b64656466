/** Converts zod's issues into the few sentences a person needs: where, what is wrong, and what to write instead. */

import type { z } from 'zod';
import { nearestOf } from '../base/text.ts';
import { type KeyPath, knownKeysAt } from './schema-keys.ts';

export interface IssueDescription {
  readonly kind: 'unknown-key' | 'missing-key' | 'invalid-key' | 'invalid-value';
  /** Keys from the root to the offending key or value; for a missing key it ends with that key. */
  readonly path: KeyPath;
  /** Without the path: `must be a number, not text`. */
  readonly message: string;
  readonly hint?: string;
}

type Issue = z.core.$ZodIssue;

/** Every issue of a failed parse of `value`, unions reduced to the form that was meant. */
export function describeIssues(
  schema: z.core.$ZodType,
  issues: readonly Issue[],
  value: unknown,
): readonly IssueDescription[] {
  return issues.flatMap((issue) => describe({ schema, value }, issue, []));
}

/** `models.flight-delay.gates[0].min`; keys that are no plain words are quoted. */
export function formatKeyPath(path: KeyPath): string {
  return path
    .map((segment, index) => {
      if (typeof segment === 'number') return `[${segment}]`;
      const plain = /^[\p{L}\p{N}_\-/]+$/u.test(segment) ? segment : JSON.stringify(segment);
      return index === 0 ? plain : `.${plain}`;
    })
    .join('');
}

interface Parsed {
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
}

function describe(parsed: Parsed, issue: Issue, prefix: KeyPath): readonly IssueDescription[] {
  const path: KeyPath = [
    ...prefix,
    ...issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment)),
  ];
  const found = valueAt(parsed.value, path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(parsed, path, key));
  if (issue.code === 'invalid_union') return describeUnion(parsed, issue, path);
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? 'is not allowed';
    return [{ kind: 'invalid-key', path, message: `the name ${message}` }];
  }
  if (found === undefined && path.length > 0)
    return [{ kind: 'missing-key', path, message: 'is required', ...expectation(issue) }];
  return [{ kind: 'invalid-value', path, ...complaint(issue, found) }];
}

function unknownKey(parsed: Parsed, path: KeyPath, key: string): IssueDescription {
  const known = knownKeysAt(parsed.schema, path);
  const nearest = nearestOf(key, known);
  const hint = nearest === undefined ? `Known keys: ${known.join(', ')}.` : `Did you mean "${nearest}"?`;
  return {
    kind: 'unknown-key',
    path: [...path, key],
    message: 'is not a known key',
    ...(known.length === 0 ? {} : { hint }),
  };
}

/**
 * A union fails once per form. A key that no form knows is the problem itself; else the form that fits best was meant;
 * when several fit equally well, the forms are named.
 */
function describeUnion(
  parsed: Parsed,
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: KeyPath,
): readonly IssueDescription[] {
  const found = valueAt(parsed.value, path);
  if (found === undefined && path.length > 0) return [{ kind: 'missing-key', path, message: 'is required' }];
  const forms = issue.errors;
  const unknown = keysUnknownInAll(forms);
  if (unknown.length > 0) return unknown.map((key) => unknownKey(parsed, path, key));
  const scores = forms.map((form) => form.reduce((sum, one) => sum + weight(one), 0));
  const best = Math.min(...scores);
  const fitting = forms.filter((_, index) => scores[index] === best);
  if (fitting.length === 1) return fitting[0]!.flatMap((one) => describe(parsed, one, path));
  const keys = isObject(found) ? knownKeysAt(parsed.schema, path) : [];
  if (keys.length > 0) {
    return [
      { kind: 'invalid-value', path, message: `must have one form, by exactly one of the keys ${keys.join(', ')}` },
    ];
  }
  const messages = forms.flatMap((form) => form.map((one) => complaint(one, found).message.replace(/, not .*$/, '')));
  return [{ kind: 'invalid-value', path, message: [...new Set(messages)].join(', or ') || 'does not fit' }];
}

function keysUnknownInAll(forms: readonly (readonly Issue[])[]): readonly string[] {
  const lists = forms.map((form) =>
    form.flatMap((one) => (one.code === 'unrecognized_keys' && one.path.length === 0 ? one.keys : [])),
  );
  return (lists[0] ?? []).filter((key) => lists.every((list) => list.includes(key)));
}

/** A wrong type of the whole value weighs most, then keys the form does not know, then keys it misses. */
function weight(issue: Issue): number {
  if (issue.path.length === 0 && issue.code === 'unrecognized_keys') return 4 * issue.keys.length;
  if (issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_union')) return 1000;
  return issue.path.length <= 1 ? 3 : 1;
}

function expectation(issue: Issue): { readonly hint?: string } {
  if (issue.code === 'invalid_value') return { hint: `Write one of ${issue.values.map(String).join(', ')}.` };
  return {};
}

function complaint(issue: Issue, found: unknown): { readonly message: string; readonly hint?: string } {
  if (issue.code === 'invalid_type') return { message: `must be ${typeWord(issue.expected)}, not ${nameOf(found)}` };
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const nearest = typeof found === 'string' ? nearestOf(found, values) : undefined;
    const message = values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(', ')}`;
    return {
      message: `${message}, not ${nameOf(found)}`,
      ...(nearest === undefined ? {} : { hint: `Did you mean "${nearest}"?` }),
    };
  }
  if (issue.code === 'too_small' && issue.origin === 'string' && issue.minimum === 1)
    return { message: 'must not be empty' };
  if (issue.code === 'too_small' || issue.code === 'too_big')
    return { message: `${limitOf(issue)}, not ${nameOf(found)}` };
  const own = issue.message.replace(/^Invalid (string|input): /, '');
  return { message: own === 'Invalid input' ? 'does not fit' : own };
}

function limitOf(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const [word, limit] = issue.code === 'too_small' ? ['at least', issue.minimum] : ['at most', issue.maximum];
  const strict = issue.inclusive === false ? (issue.code === 'too_small' ? 'more than' : 'less than') : word;
  const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : '';
  return unit === '' ? `must be ${strict} ${limit}` : `must have ${strict} ${limit}${unit}`;
}

function typeWord(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping of keys',
    record: 'a mapping of keys',
    null: 'empty',
  };
  return words[expected] ?? expected;
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping of keys';
  if (typeof value === 'string') return value.length > 40 ? `"${value.slice(0, 40)}..."` : `"${value}"`;
  return String(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(root: unknown, path: KeyPath): unknown {
  let value = root;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return value;
}
