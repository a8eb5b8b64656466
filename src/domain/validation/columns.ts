/** Decides how a column of the engine is read as the logical type its contract promises, as SQL. */

import { quoteIdentifier } from '../../base/sql.ts';
import type { LogicalType } from '../../formats/contract.ts';

export interface EngineColumn {
  readonly name: string;
  readonly type: string;
}

export type Family = 'integer' | 'decimal' | 'boolean' | 'text' | 'time' | 'nested';

export function familyOf(type: string): Family {
  if (type.endsWith(']')) return 'nested';
  if (/^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/.test(type)) return 'integer';
  if (/^(FLOAT|DOUBLE|DECIMAL)/.test(type)) return 'decimal';
  if (type === 'BOOLEAN') return 'boolean';
  if (/^(TIMESTAMP|DATE|TIME)/.test(type)) return 'time';
  if (/^(VARCHAR|ENUM|UUID)/.test(type)) return 'text';
  return 'nested';
}

export interface TypedColumn {
  readonly name: string;
  readonly type: string;
  readonly logicalType: LogicalType;
  /** The column as it is. */
  readonly raw: string;
  /** The column as a value of its logical type; null where it cannot be read as one. */
  readonly value: string;
  /** Condition of rows that hold something else; undefined when none can. */
  readonly mistyped?: string;
}

/** The logical type that an engine type has by itself. */
export function logicalTypeOf(type: string): LogicalType {
  const family = familyOf(type);
  if (family === 'integer') return 'integer';
  if (family === 'decimal') return 'number';
  if (family === 'boolean') return 'boolean';
  if (family === 'text') return 'string';
  if (family === 'nested') return type.endsWith(']') ? 'array' : 'object';
  if (type === 'DATE') return 'date';
  return /^TIME($|_|TZ| )/.test(type) ? 'time' : 'timestamp';
}

/** Reads text as numbers, times and flags; other types must fit as they are. */
export function typedColumn(column: EngineColumn, wanted: LogicalType | undefined): TypedColumn {
  const raw = quoteIdentifier(column.name);
  const logicalType = wanted ?? logicalTypeOf(column.type);
  const family = familyOf(column.type);
  const base = { ...column, logicalType, raw };
  const cast = castTypes[logicalType];
  if (family === 'text' && cast !== undefined) {
    const value = `TRY_CAST(trim(${raw}) AS ${cast})`;
    const whole = logicalType === 'integer' ? ` OR NOT regexp_full_match(trim(${raw}), '[+-]?[0-9]+(\\.0+)?')` : '';
    return { ...base, value, mistyped: `${raw} IS NOT NULL AND (${value} IS NULL${whole})` };
  }
  if (logicalType === 'integer' && family === 'decimal')
    return {
      ...base,
      value: raw,
      mistyped: `${raw} IS NOT NULL AND NOT (isfinite(${raw}::DOUBLE) AND ${raw} = trunc(${raw}))`,
    };
  if (logicalType === 'date' && family === 'time' && column.type !== 'DATE')
    return { ...base, value: raw, mistyped: `${raw} <> date_trunc('day', ${raw})` };
  if (logicalType === 'string' && family === 'text' && column.type !== 'VARCHAR')
    return { ...base, value: `CAST(${raw} AS VARCHAR)` };
  if (fits(logicalType, column.type)) return { ...base, value: raw };
  return { ...base, value: 'NULL', mistyped: `${raw} IS NOT NULL` };
}

const castTypes: Partial<Readonly<Record<LogicalType, string>>> = {
  integer: 'DOUBLE',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  time: 'TIME',
};

function fits(logicalType: LogicalType, type: string): boolean {
  const own = logicalTypeOf(type);
  if (own === logicalType) return true;
  if (logicalType === 'number') return own === 'integer';
  if (logicalType === 'timestamp') return own === 'date';
  return false;
}

/** Whether ranges and bins make sense for it. */
export function isNumeric({ logicalType }: TypedColumn): boolean {
  return logicalType === 'integer' || logicalType === 'number';
}
