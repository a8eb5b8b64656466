/** Months arrive: the data provider cuts one month out of the source file into the dataset's folder. */

import { join } from 'node:path';
import { kitRoot } from './children.ts';
import type { Demo, Document } from './demo.ts';
import { count } from './numbers.ts';

const source = join(kitRoot, 'node_modules/vega-datasets/data/flights-3m.parquet');

export const monthNames: Readonly<Record<string, string>> = {
  '2001-01': 'January',
  '2001-02': 'February',
  '2001-03': 'March',
  '2001-04': 'April',
  '2001-05': 'May',
};

export async function deliver(demo: Demo, month: string): Promise<void> {
  await demo.script(['src/import-month.ts', month, source]);
}

/** The batch is checked before it becomes part of the dataset. */
export async function validateBatch(demo: Demo, path: string, exit = 0): Promise<Document> {
  const { document } = await demo.kit(['validate-data', '--path', path], {
    exit,
    say: ({ verdict, rows, checks }) => `${verdict}: ${count(rows)} rows, ${checks} checks`,
  });
  return document;
}

/** Tracks what arrived by content. */
export async function track(demo: Demo, month: string): Promise<void> {
  await demo.kit(['sync-data', 'add', 'data/flights'], {
    say: ({ paths }) =>
      `data/flights.dvc holds the digest of ${paths[0].files === 1 ? '1 file' : `${paths[0].files} files`}`,
  });
  await demo.commit(`data: flights of ${monthNames[month]}`);
}
