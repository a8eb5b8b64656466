/** Folds drift and retrain records into what was judged before: windows, and retrains that were started. */

import { WindowResult } from '../../formats/drift-report.ts';
import type { StoredRecord } from '../records.ts';

export interface History {
  /** The newest result of each window, whatever it was judged for. */
  readonly seen: readonly WindowResult[];
  /** Those of the watched version against this baseline: a retrained model starts with a clean slate. */
  readonly windows: readonly WindowResult[];
  readonly retrains: readonly { readonly key: string; readonly time: Date }[];
}

export function readHistory(
  records: readonly StoredRecord[],
  model: string,
  version: string,
  baseline: string,
): History {
  const mine = records.filter(({ record }) => record.body.model === model);
  const judged = mine.flatMap(({ record: { kind, body } }) => {
    const parsed = kind === 'drift' ? WindowResult.safeParse(body.result) : undefined;
    return parsed?.success ? [{ body, result: parsed.data }] : [];
  });
  const own = judged.filter(({ body }) => body.version === version && body.baseline === baseline);
  const retrains = mine
    .filter(({ record }) => record.kind === 'retrain')
    .map(({ record }) => ({ key: String(record.body.key), time: new Date(record.common.time) }));
  const resultsOf = (list: typeof judged): readonly WindowResult[] =>
    mergeWindows(
      [],
      list.map(({ result }) => result),
    );
  return { seen: resultsOf(judged), windows: resultsOf(own), retrains };
}

export function mergeWindows(
  earlier: readonly WindowResult[],
  newer: readonly WindowResult[],
): readonly WindowResult[] {
  const byLabel = new Map([...earlier, ...newer].map((window) => [window.window, window]));
  return [...byLabel.values()].sort((a, b) => (a.window < b.window ? -1 : 1));
}
