/** Runs SQL on Parquet files with DuckDB, and writes columns back as Parquet. */

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

export type Column = readonly (number | string | bigint | null)[];

/** Rows of one query, by column. */
export async function query(sql: string): Promise<Readonly<Record<string, Column>>> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(sql);
    return reader.getColumnsObject() as Record<string, Column>;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Writes the rows of a query; the folder is made if it is not there. */
export async function writeParquet(path: string, sql: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await query(`copy (${sql}) to ${quote(path)} (format parquet, compression zstd)`);
}

/** A SQL string literal. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
