/** Values as Python reads them from YAML and JSON, as DVC does: 1.0 is not 1, dates are dates, `1_000` is a number. */

import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument, type Scalar } from 'yaml';
import { KitError } from '../base/errors.ts';
import { parseYamlDocument } from './yaml-document.ts';

const float = Symbol('python float');
const timestamp = Symbol('python timestamp');

/** A number that Python holds as float, whatever its value. */
export interface PythonFloat {
  readonly [float]: number;
}

/** A YAML date or time, kept as the text it was written in. */
export interface PythonTimestamp {
  readonly [timestamp]: string;
}

export interface PythonMap {
  readonly [key: string]: PythonValue;
}

/** Plain numbers are Python ints; those beyond 2^53 are bigints. */
export type PythonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PythonFloat
  | PythonTimestamp
  | readonly PythonValue[]
  | PythonMap;

export function pythonFloat(value: number): PythonFloat {
  return { [float]: value };
}

export function isPythonFloat(value: PythonValue): value is PythonFloat {
  return typeof value === 'object' && value !== null && float in value;
}

export function isPythonTimestamp(value: PythonValue): value is PythonTimestamp {
  return typeof value === 'object' && value !== null && timestamp in value;
}

export function isPythonList(value: PythonValue | undefined): value is readonly PythonValue[] {
  return Array.isArray(value);
}

export function isPythonMap(value: PythonValue | undefined): value is PythonMap {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(float in value) && !(timestamp in value);
}

export function floatOf(value: PythonFloat): number {
  return value[float];
}

export function timestampOf(value: PythonTimestamp): string {
  return value[timestamp];
}

/** `==` of Python: 1, 1.0 and True are equal, order of keys does not matter. */
export function pythonEquals(a: PythonValue | undefined, b: PythonValue | undefined): boolean {
  if (a === undefined || b === undefined || a === null || b === null) return a === b;
  const [x, y] = [numberOf(a), numberOf(b)];
  // biome-ignore lint/suspicious/noDoubleEquals: only == compares a bigint with a number by value
  if (x !== undefined && y !== undefined) return x == y;
  if (isPythonTimestamp(a) || isPythonTimestamp(b)) {
    return isPythonTimestamp(a) && isPythonTimestamp(b) && timestampOf(a) === timestampOf(b);
  }
  if (isPythonList(a) || isPythonList(b)) {
    if (!isPythonList(a) || !isPythonList(b) || a.length !== b.length) return false;
    return a.every((item, index) => pythonEquals(item, b[index]));
  }
  if (isPythonMap(a) && isPythonMap(b)) {
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
    return keys.every((key) => Object.hasOwn(b, key) && pythonEquals(a[key], b[key]));
  }
  return a === b;
}

function numberOf(value: PythonValue): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return Number(value);
  return isPythonFloat(value) ? floatOf(value) : undefined;
}

/** `repr(float)` of Python: shortest digits that round-trip, exponent below 1e-4 and from 1e16. */
export function formatPythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa, exponentText] = Math.abs(value).toExponential().split('e') as [string, string];
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const power = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

/** JSON view: floats as numbers, times as text, numbers that JSON cannot hold exactly as text. */
export function toJsonValue(value: PythonValue): JsonValue {
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value !== 'object') return value;
  if (isPythonFloat(value)) return Number.isFinite(floatOf(value)) ? floatOf(value) : formatPythonFloat(floatOf(value));
  if (isPythonTimestamp(value)) return timestampOf(value);
  if (isPythonList(value)) return value.map(toJsonValue);
  return Object.fromEntries(Object.entries(value as PythonMap).map(([key, item]) => [key, toJsonValue(item)]));
}

type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/**
 * Parses YAML (or JSON, which is YAML) as ruamel.yaml's safe loader does under YAML 1.2. An empty file is an empty map.
 *
 * @throws KitError `<code>-malformed`
 */
export function parsePythonYaml(
  text: string,
  path: string,
  format: { readonly code: string; readonly noun: string },
): PythonValue {
  parseYamlDocument(text, path, format);
  const document = parseDocument(text, { prettyErrors: false });
  const budget = { nodes: 1_000_000, path, ...format };
  return document.contents === null ? {} : convert(document.contents, document, budget);
}

interface Budget {
  nodes: number;
  readonly path: string;
  readonly code: string;
  readonly noun: string;
}

function convert(node: unknown, document: Document, budget: Budget): PythonValue {
  budget.nodes -= 1;
  if (budget.nodes < 0) {
    throw new KitError(`${budget.code}-malformed`, `Cannot read ${budget.noun} "${budget.path}": it is too large`, {
      at: { path: budget.path },
    });
  }
  if (isAlias(node)) return convert(node.resolve(document), document, budget);
  if (isSeq(node)) return node.items.map((item) => convert(item, document, budget));
  if (isMap(node)) {
    const merged: [string, PythonValue][] = [];
    const own: [string, PythonValue][] = [];
    for (const pair of node.items) {
      const key = keyText(pair.key as Node);
      const value = convert(pair.value, document, budget);
      const isMerge = key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN';
      if (!isMerge) own.push([key, value]);
      else
        for (const one of isPythonList(value) ? value : [value])
          if (isPythonMap(one)) merged.unshift(...Object.entries(one));
    }
    return Object.fromEntries([...merged, ...own]);
  }
  return isScalar(node) ? convertScalar(node) : null;
}

function keyText(key: Node): string {
  if (!isScalar(key)) return String(key);
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

function convertScalar(node: Scalar): PythonValue {
  const text = node.source ?? '';
  if (node.type !== 'PLAIN' || node.tag === 'tag:yaml.org,2002:str')
    return typeof node.value === 'string' ? node.value : text;
  return resolvePlain(text);
}

// The implicit resolvers of ruamel.yaml for YAML 1.2.
const patterns = {
  boolean: /^(?:true|True|TRUE|false|False|FALSE)$/,
  null: /^(?:~|null|Null|NULL|)$/,
  int: /^(?:[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+)$/,
  float:
    /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  timestamp:
    /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/,
};

/** What a plain (unquoted) scalar means. */
export function resolvePlain(text: string): PythonValue {
  if (patterns.null.test(text)) return null;
  if (patterns.boolean.test(text)) return text.toLowerCase() === 'true';
  // A word of underscores starts with no digit or sign: text.
  if (!/^[-+.0-9]/.test(text)) return text;
  if (patterns.float.test(text)) return pythonFloat(parseFloatText(text));
  if (patterns.int.test(text) && /\d/.test(text)) return parseIntText(text);
  return patterns.timestamp.test(text) ? { [timestamp]: text } : text;
}

function parseFloatText(text: string): number {
  const plain = text.toLowerCase().replaceAll('_', '');
  if (plain.endsWith('.nan')) return Number.NaN;
  if (plain.endsWith('.inf')) return plain.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(plain);
}

function parseIntText(text: string): number | bigint {
  const plain = text.replaceAll('_', '').replace(/^\+/, '');
  const negative = plain.startsWith('-');
  const digits = negative ? plain.slice(1) : plain;
  const magnitude = BigInt(/^0[box]/.test(digits) ? digits : digits.replace(/^0+(?=\d)/, ''));
  const value = negative ? -magnitude : magnitude;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
