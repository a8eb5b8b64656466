/** Cuts one month out of the source file: `node src/import-month.ts 2001-02 flights-3m.parquet`; a row's id is its number in the source. */

import { query, quote, writeParquet } from './duckdb.ts';

const [month, source] = process.argv.slice(2);
if (month === undefined || source === undefined || !/^2001-0[1-6]$/.test(month)) {
  throw new Error('Usage: node src/import-month.ts <2001-01 to 2001-06> <flights-3m.parquet>');
}

const path = `data/flights/${month}.parquet`;
// The source is ordered by date; six of its rows are dated 1 July at midnight and end the file of June.
await writeParquet(
  path,
  `select id, date, delay, distance, origin, destination
   from (select file_row_number as id, * exclude (file_row_number) from read_parquet(${quote(source)}, file_row_number = true))
   where strftime(least(date, timestamp '2001-06-30 23:59:59'), '%Y-%m') = ${quote(month)}
   order by id`,
);
const { n } = await query(`select count(*) as n from ${quote(path)}`);
console.log(`${path}: ${n![0]} rows`);
