/** Edits a manifest by its source text: only the named scalars and blocks change, every other byte stays. */

import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  type Pair,
  parseAllDocuments,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { formatCanonicalJson, type Json } from '../base/canonical-json.ts';
import { KitError } from '../base/errors.ts';
import { formatServedVersion, parseReferenceManifest, type ServedVersion } from './reference-manifest.ts';

export interface ManifestChange {
  readonly stable?: ServedVersion;
  /** null takes the candidate out. */
  readonly candidate?: ServedVersion | null;
  readonly weight?: number;
  readonly rollout?: string;
}

/**
 * The changed text. Comments, line ends, quoting style and key order survive. After the edit the document is read again and
 * compared with what was meant.
 *
 * @throws KitError `manifest-malformed`, `manifest-uneditable`
 */
export function editManifest(text: string, change: ManifestChange, path: string): string {
  const before = parseReferenceManifest(text, path);
  let edited = text;
  if (change.candidate === null) edited = removeBlock(edited, 'candidate', path);
  else if (change.candidate !== undefined) {
    edited = removeBlock(edited, 'candidate', path);
    edited = insertAfter(edited, 'stable', 'candidate', change.candidate, path);
  }
  if (change.stable !== undefined) edited = setVersion(edited, 'stable', change.stable, path);
  if (change.weight !== undefined) edited = setScalar(edited, ['weight'], change.weight, path);
  if (change.rollout !== undefined) edited = setScalar(edited, ['rollout'], change.rollout, path);

  const { candidate: candidateBefore, ...rest } = before;
  const candidate = change.candidate === undefined ? candidateBefore : (change.candidate ?? undefined);
  const expected = {
    ...rest,
    ...(candidate === undefined || candidate === null ? {} : { candidate }),
    ...(change.stable === undefined ? {} : { stable: { ...before.stable, ...change.stable } }),
    ...(change.weight === undefined ? {} : { weight: change.weight }),
    ...(change.rollout === undefined ? {} : { rollout: change.rollout }),
  };
  const after = parseReferenceManifest(edited, path);
  const { candidate: candidateAfter, ...restAfter } = after;
  const seen = { ...restAfter, ...(candidateAfter ? { candidate: candidateAfter } : {}) };
  if (formatCanonicalJson(seen as Json) !== formatCanonicalJson(expected as Json))
    throw uneditable(path, 'the edit would change more than was meant');
  return edited;
}

function openRoot(text: string, path: string): { readonly document: Document; readonly root: YAMLMap } {
  if (parseAllDocuments(text).length !== 1) throw uneditable(path, 'it holds more than one document');
  const document = parseDocument(text);
  const root = document.contents;
  if (!isMap(root) || root.flow) throw uneditable(path, 'its top level is not a block mapping');
  return { document, root };
}

/** Replaces the source of one scalar, in its own quoting style. */
function setScalar(text: string, keys: readonly string[], value: string | number, path: string): string {
  const { document, root } = openRoot(text, path);
  const node = document.getIn(keys, true);
  if (node === undefined) {
    if (keys.length > 1) return insertIn(text, keys, value, path);
    const end = lineEndAfter(text, endOfContent(root));
    return `${text.slice(0, end)}${ending(text, end)}${keys[0]}: ${JSON.stringify(value)}${newlineOf(text)}${text.slice(end)}`;
  }
  if (isAlias(node)) throw uneditable(path, `"${keys.join('.')}" is an alias`);
  if (!isScalar(node) || !node.range) throw uneditable(path, `"${keys.join('.')}" is not a single value`);
  if (node.anchor) throw uneditable(path, `"${keys.join('.')}" has an anchor, other values would change with it`);
  if (node.value === value) return text;
  const [start, end] = node.range;
  return text.slice(0, start) + scalarText(node.type, value, start === end) + text.slice(end);
}

function scalarText(type: string | undefined, value: string | number, empty: boolean): string {
  const space = empty ? ' ' : '';
  if (typeof value === 'number') return `${space}${value}`;
  if (type === 'QUOTE_SINGLE') return `'${value.replaceAll("'", "''")}'`;
  const plain = /^[A-Za-z][\w./-]*$/.test(value) && parseDocument(value).toJS() === value;
  return type === 'PLAIN' && plain ? `${space}${value}` : `${space}${JSON.stringify(value)}`;
}

function setVersion(text: string, key: string, served: ServedVersion, path: string): string {
  let edited = text;
  for (const [name, value] of Object.entries(served)) {
    if (value !== undefined) edited = setScalar(edited, [key, name], value, path);
  }
  return edited;
}

/** Adds a key to a nested block mapping, after its last line and at its indentation. */
function insertIn(text: string, keys: readonly string[], value: string | number, path: string): string {
  const parent = parseDocument(text).getIn(keys.slice(0, -1), true);
  if (!isMap(parent) || parent.flow || parent.items.length === 0) {
    throw uneditable(path, `"${keys.slice(0, -1).join('.')}" is not a block mapping`);
  }
  const first = parent.items[0]!.key as { range: readonly [number, number, number] };
  const indent = text.slice(text.lastIndexOf('\n', first.range[0]) + 1, first.range[0]);
  const end = lineEndAfter(text, endOfContent(parent));
  const line = `${indent}${keys.at(-1)}: ${JSON.stringify(value)}`;
  return `${text.slice(0, end)}${ending(text, end)}${line}${newlineOf(text)}${text.slice(end)}`;
}

function pairOf(root: YAMLMap, key: string): Pair | undefined {
  return root.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
}

/** Takes whole lines out, from the key to the last line of its value. */
function removeBlock(text: string, key: string, path: string): string {
  const { root } = openRoot(text, path);
  const pair = pairOf(root, key);
  if (pair === undefined) return text;
  if (isAlias(pair.value)) throw uneditable(path, `"${key}" is an alias`);
  const start = (pair.key as { range: readonly [number, number, number] }).range[0];
  const end = lineEndAfter(text, Math.max(start, endOfContent(pair.value)));
  return text.slice(0, start) + text.slice(end);
}

function insertAfter(text: string, after: string, key: string, served: ServedVersion, path: string): string {
  const { root } = openRoot(text, path);
  const pair = pairOf(root, after);
  if (pair === undefined || isAlias(pair.value)) throw uneditable(path, `"${after}" is not a mapping of its own`);
  const end = lineEndAfter(text, endOfContent(pair.value));
  const newline = newlineOf(text);
  const block = [`${key}:`, ...formatServedVersion(served, '  ')].join(newline) + newline;
  return text.slice(0, end) + ending(text, end) + block + text.slice(end);
}

/** Where the last scalar of a node ends; ranges of block collections reach over the comments that follow. */
function endOfContent(node: unknown): number {
  if (isMap(node) && !node.flow) {
    const last = node.items.at(-1);
    return last === undefined ? node.range![1] : Math.max(endOfContent(last.value), endOfContent(last.key));
  }
  return (node as { range?: readonly [number, number, number] } | null)?.range?.[1] ?? 0;
}

/** The start of the line after the one that holds `position`. */
function lineEndAfter(text: string, position: number): number {
  const newline = text.indexOf('\n', position);
  return newline < 0 ? text.length : newline + 1;
}

/** A line break for a text whose last line has none. */
function ending(text: string, end: number): string {
  return end > 0 && text[end - 1] !== '\n' ? newlineOf(text) : '';
}

function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function uneditable(path: string, reason: string): KitError {
  return new KitError('manifest-uneditable', `Cannot edit manifest "${path}": ${reason}`, {
    hint: 'Write it as one plain block mapping, without anchors and aliases at the edited values.',
    at: { path },
  });
}
