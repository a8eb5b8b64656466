/** Converts a run record into what a person compares: parameters, data, metrics, models. */

import { dataOfRun, type StoredRecord } from './policy.ts';

export interface RunSummary {
  readonly id: string;
  /** Id of the record. */
  readonly record: string;
  readonly time: string;
  readonly actor: string;
  readonly url?: string;
  readonly verdict?: 'pass' | 'fail' | 'inconclusive';
  readonly commit?: string;
  readonly models: readonly { readonly name: string; readonly md5: string | undefined }[];
  readonly data: readonly { readonly dataset: string; readonly md5: string }[];
  readonly params: unknown;
  readonly metrics: unknown;
}

export function summarizeRun({ id, record }: StoredRecord): RunSummary {
  const { body, common, subject } = record;
  return {
    id: typeof body.runId === 'string' ? body.runId : id.slice(0, 8),
    record: id,
    time: common.time,
    actor: common.actor,
    ...(common.runUrl === undefined ? {} : { url: common.runUrl }),
    ...(common.verdict === undefined ? {} : { verdict: common.verdict }),
    ...(typeof body.commit === 'string' ? { commit: body.commit } : {}),
    models: subject.map(({ name, digest }) => ({ name, md5: digest.md5 })),
    data: dataOfRun(record),
    params: body.params ?? {},
    metrics: body.metrics ?? {},
  };
}

/** Leaves of nested values by dotted path, as text. */
export function flattenValues(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(leavesOf(value, ''));
}

function leavesOf(value: unknown, path: string): readonly (readonly [string, string])[] {
  if (value === null || typeof value !== 'object')
    return path === '' ? [] : [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, child]) => leavesOf(child, path === '' ? key : `${path}.${key}`));
}

/** The numbers among the leaves. */
export function flattenNumbers(value: unknown): Readonly<Record<string, number>> {
  const numbers = Object.entries(flattenValues(value)).map(
    ([key, text]) => [key, text === '' ? Number.NaN : Number(text)] as const,
  );
  return Object.fromEntries(numbers.filter(([, number]) => Number.isFinite(number)));
}
