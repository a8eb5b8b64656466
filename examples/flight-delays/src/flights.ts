/** Reads prepared flights into columns of numbers and airport names. */

import { query, quote } from './duckdb.ts';

export interface Flights {
  readonly rows: number;
  readonly id: readonly bigint[];
  readonly hour: Uint8Array;
  readonly minute: Uint8Array;
  /** Monday is 1. */
  readonly weekday: Uint8Array;
  /** Miles. */
  readonly distance: Float32Array;
  readonly origin: readonly string[];
  readonly destination: readonly string[];
  /** 1 = arrived more than 15 minutes late. */
  readonly late: Uint8Array;
}

export async function readFlights(path: string): Promise<Flights> {
  const columns = await query(
    `select id, hour::integer as hour, minute::integer as minute, weekday::integer as weekday,
       distance::double as distance, origin, destination, late from ${quote(path)} order by id`,
  );
  const numbers = (name: string) => columns[name] as readonly number[];
  return {
    rows: columns.id!.length,
    id: columns.id as readonly bigint[],
    hour: Uint8Array.from(numbers('hour')),
    minute: Uint8Array.from(numbers('minute')),
    weekday: Uint8Array.from(numbers('weekday')),
    distance: Float32Array.from(numbers('distance')),
    origin: columns.origin as readonly string[],
    destination: columns.destination as readonly string[],
    late: Uint8Array.from(numbers('late')),
  };
}
