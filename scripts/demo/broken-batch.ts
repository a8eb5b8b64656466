/** Makes a broken delivery of one month: kilometres for miles, missing delays, an unknown airport, and rows that came twice. */

import { DuckDBInstance } from '@duckdb/node-api';

/** Writes the broken month to a second file. */
export async function writeBrokenBatch(source: string, target: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`create view month as select * from read_parquet('${source.replaceAll("'", "''")}')`);
  await connection.run(`copy (
    select id, date,
      case when id % 20 = 3 then null else delay end as delay,
      round(distance * 1.609344)::bigint as distance,
      case when id % 100 = 7 then 'QQQ' else origin end as origin,
      destination
    from month
    union all
    select id, date, delay, round(distance * 1.609344)::bigint, origin, destination from month where id % 500 = 11
    order by id
  ) to '${target.replaceAll("'", "''")}' (format parquet, compression zstd)`);
  connection.closeSync();
  instance.closeSync();
}
