/** Takes the numbers out of metrics files, and sorts them into those of the training and those of the test rows. */

import {
  floatOf,
  isPythonFloat,
  isPythonList,
  isPythonMap,
  type PythonMap,
  type PythonValue,
} from '../../formats/python-value.ts';

export interface MetricsFile {
  readonly path: string;
  readonly values: PythonMap;
}

export interface RunMetrics {
  /** By dotted name; names that two files share carry the file before a colon. */
  readonly all: Readonly<Record<string, number>>;
  readonly train: Readonly<Record<string, number>>;
  readonly test: Readonly<Record<string, number>>;
}

const trainWords = new Set(['train', 'training']);
const testWords = new Set(['test', 'testing', 'eval', 'evaluation', 'holdout', 'valid', 'validation', 'val']);

/** A word of the dotted name, else of the file name, says which rows a metric is about. */
export function readRunMetrics(files: readonly MetricsFile[]): RunMetrics {
  const found = files.flatMap(({ path, values }) =>
    numbersOf(values, []).map(([words, value]) => ({ path, words, name: words.join('.'), value })),
  );
  const counts = new Map<string, number>();
  for (const { name } of found) counts.set(name, (counts.get(name) ?? 0) + 1);
  const all: Record<string, number> = {};
  const train: Record<string, number> = {};
  const test: Record<string, number> = {};
  for (const { path, words, name, value } of found) {
    const full = counts.get(name)! > 1 ? `${path}:${name}` : name;
    all[full] = value;
    const rows = rowsOf(words) ?? rowsOf(path.toLowerCase().split(/[^a-z]+/));
    if (rows !== undefined) (rows === 'train' ? train : test)[full] = value;
  }
  return { all, train, test };
}

function rowsOf(words: readonly string[]): 'train' | 'test' | undefined {
  const parts = words.flatMap((word) => word.toLowerCase().split(/[^a-z]+/));
  if (parts.some((part) => trainWords.has(part))) return 'train';
  return parts.some((part) => testWords.has(part)) ? 'test' : undefined;
}

/** Numbers at any depth; text, lists of rows and not-finite values are no metrics. */
function numbersOf(value: PythonValue, words: readonly string[]): readonly (readonly [readonly string[], number])[] {
  if (typeof value === 'number') return [[words, value]];
  if (typeof value !== 'object' || value === null || isPythonList(value)) return [];
  if (isPythonFloat(value)) return Number.isFinite(floatOf(value)) ? [[words, floatOf(value)]] : [];
  if (!isPythonMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => numbersOf(item, [...words, key]));
}
