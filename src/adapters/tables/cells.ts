/** Converts DuckDB's values into cells: plain JavaScript values, with whole numbers as `number` while they are exact. */

import type { DuckDBValue } from '@duckdb/node-api';
import type { Cell } from '../../ports/tables.ts';

const microsPerDay = 86_400_000_000n;

/** Nested values become their text; times are UTC; infinite dates become their text. */
export function toCell(value: DuckDBValue): Cell {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  if (typeof value === 'bigint') return toNumber(value);
  if ('scale' in value && 'toDouble' in value) return value.toDouble();
  return toTime(value) ?? value.toString();
}

/** Only timestamps and dates know infinity; times of day and intervals, which hold micros too, stay text. */
function toTime(value: object): Date | undefined {
  if (!('isFinite' in value) || value.isFinite !== true) return undefined;
  if ('micros' in value && typeof value.micros === 'bigint') return toDate(value.micros);
  if ('nanos' in value && typeof value.nanos === 'bigint') return toDate(value.nanos / 1000n);
  if ('millis' in value && typeof value.millis === 'bigint') return toDate(value.millis * 1000n);
  if ('seconds' in value && typeof value.seconds === 'bigint') return toDate(value.seconds * 1_000_000n);
  if ('days' in value && typeof value.days === 'number') return toDate(BigInt(value.days) * microsPerDay);
  return undefined;
}

function toDate(micros: bigint): Date | undefined {
  const date = new Date(Number(micros / 1000n));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function toNumber(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
