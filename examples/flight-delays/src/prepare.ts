/** Cuts the flights into training rows (all months but the last) and test rows (the last month), and derives the features. */

import { readdirSync } from 'node:fs';
import { query, quote, writeParquet } from './duckdb.ts';
import { selectFeatures } from './features.ts';
import { readParams } from './params.ts';

const folder = 'data/flights';

const params = readParams().prepare;
const months = readdirSync(folder)
  .filter((name) => name.endsWith('.parquet'))
  .sort();
const last = months.at(-1);
if (last === undefined) throw new Error(`Cannot prepare rows: no Parquet file in ${folder}`);

const lastMonth = `from read_parquet(${quote(`${folder}/${last}`)})`;
if (months.length === 1) {
  const { cut } = await query(
    `select (max(date) - interval ${params.first_test_days} days)::varchar as cut ${lastMonth}`,
  );
  const boundary = `timestamp ${quote(String(cut![0]))}`;
  await writeRows('train', `${lastMonth} where date <= ${boundary}`, params.train_rows);
  await writeRows('test', `${lastMonth} where date > ${boundary}`, params.test_rows);
} else {
  const earlier = months.slice(0, -1).map((name) => quote(`${folder}/${name}`));
  await writeRows('train', `from read_parquet([${earlier.join(', ')}])`, params.train_rows);
  await writeRows('test', lastMonth, params.test_rows);
}

async function writeRows(name: string, source: string, rows: number): Promise<void> {
  const path = `data/prepared/${name}.parquet`;
  await writeParquet(path, selectFeatures(source, rows));
  const {
    n,
    first,
    last: end,
  } = await query(
    `select count(*) as n, min(date)::date::varchar as first, max(date)::date::varchar as last from ${quote(path)}`,
  );
  console.log(`${name}: ${n![0]} rows, ${first![0]} to ${end![0]}`);
}
