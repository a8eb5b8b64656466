/** Turns categories into numbers: the log-odds of being late within a category, shrunk towards its parent category. */

import type { Flights } from './flights.ts';

/** A category as a whole number below `size`; `of` gives it from the codes of one row. */
interface Category {
  readonly name: string;
  readonly parent?: string;
  readonly size: (airports: number) => number;
  readonly of: (row: Codes, airports: number) => number;
}

export interface Codes {
  readonly hour: number;
  readonly minute: number;
  /** Monday is 0. */
  readonly weekday: number;
  /** 0 = an airport that training has not seen. */
  readonly origin: number;
  readonly destination: number;
}

/** The same formulas stand in model-to-onnx.ts as graph nodes; parents come before their children. */
export const categories: readonly Category[] = [
  { name: 'hour', size: () => 24, of: (row) => row.hour },
  { name: 'weekday', size: () => 7, of: (row) => row.weekday },
  { name: 'origin', size: (airports) => airports, of: (row) => row.origin },
  { name: 'destination', size: (airports) => airports, of: (row) => row.destination },
  { name: 'minute-in-5', size: () => 5, of: (row) => row.minute % 5 },
  { name: 'quarter', parent: 'hour', size: () => 96, of: (row) => row.hour * 4 + Math.floor(row.minute / 15) },
  { name: 'hour-weekday', parent: 'hour', size: () => 168, of: (row) => row.hour * 7 + row.weekday },
  { name: 'hour-minute-in-5', parent: 'hour', size: () => 120, of: (row) => row.hour * 5 + (row.minute % 5) },
  {
    name: 'origin-daypart',
    parent: 'origin',
    size: (n) => n * 8,
    of: (row) => row.origin * 8 + Math.floor(row.hour / 3),
  },
  {
    name: 'destination-daypart',
    parent: 'destination',
    size: (n) => n * 8,
    of: (row) => row.destination * 8 + Math.floor(row.hour / 3),
  },
  { name: 'origin-weekday', parent: 'origin', size: (n) => n * 7, of: (row) => row.origin * 7 + row.weekday },
  {
    name: 'destination-weekday',
    parent: 'destination',
    size: (n) => n * 7,
    of: (row) => row.destination * 7 + row.weekday,
  },
  { name: 'route', parent: 'origin', size: (n) => n * n, of: (row, n) => row.origin * n + row.destination },
];

export interface Encoder {
  /** Airport names by code; code 0 is no airport. */
  readonly airports: readonly string[];
  /** One table per category: category number to value. */
  readonly tables: readonly Float32Array[];
}

/** Feature matrix, row by row: one column per category, then the logarithm of the distance. */
export interface Encoded {
  readonly columns: number;
  readonly values: Float64Array;
}

const folds = 5;

/**
 * Learns the tables, and encodes the training rows out of fold: a row's own outcome has no part in its own features.
 * With 1-in-5 folds by row number; smoothing is the number of rows of prior evidence.
 */
export function fitEncoder(
  flights: Flights,
  late: Uint8Array,
  smoothing: number,
): { readonly encoder: Encoder; readonly encoded: Encoded } {
  const airports = ['', ...new Set([...flights.origin, ...flights.destination])].sort();
  const codes = codesOf(flights, airports);
  const prior = late.reduce((sum, value) => sum + value, 0) / flights.rows;
  const keys = keysOf(codes, airports.length);
  const encoded = emptyEncoded(flights);
  const tables: Float32Array[] = [];
  // logits[fold][category][key]; the last fold holds all rows and becomes the tables.
  const logits = Array.from({ length: folds + 1 }, () => [] as Float64Array[]);
  categories.forEach((category, c) => {
    const size = category.size(airports.length);
    const counts = countByFold(keys[c]!, late, size);
    const parent = categories.findIndex((other) => other.name === category.parent);
    const parentKeys = parent < 0 ? undefined : parentOfKey(keys[c]!, keys[parent]!, size);
    for (let fold = 0; fold <= folds; fold++) {
      const values = new Float64Array(size);
      for (let key = 0; key < size; key++) {
        let lateRows = counts.late[folds * size + key]!;
        let allRows = counts.all[folds * size + key]!;
        if (fold < folds) {
          lateRows -= counts.late[fold * size + key]!;
          allRows -= counts.all[fold * size + key]!;
        }
        const base = parentKeys === undefined ? logit(prior) : logits[fold]![parent]![parentKeys[key]!]!;
        values[key] = logit((lateRows + smoothing * expit(base)) / (allRows + smoothing));
      }
      logits[fold]!.push(values);
    }
    const residual = (fold: number, key: number) => {
      const base = parentKeys === undefined ? logit(prior) : logits[fold]![parent]![parentKeys[key]!]!;
      return Math.fround(logits[fold]![c]![key]! - base);
    };
    tables.push(Float32Array.from({ length: size }, (_, key) => residual(folds, key)));
    for (let row = 0; row < flights.rows; row++) {
      encoded.values[row * encoded.columns + c] = residual(row % folds, keys[c]![row]!);
    }
  });
  return { encoder: { airports, tables }, encoded };
}

/** Encodes rows that had no part in the fit. */
export function encode(flights: Flights, encoder: Encoder): Encoded {
  const keys = keysOf(codesOf(flights, encoder.airports), encoder.airports.length);
  const encoded = emptyEncoded(flights);
  encoder.tables.forEach((table, c) => {
    for (let row = 0; row < flights.rows; row++) {
      encoded.values[row * encoded.columns + c] = table[keys[c]![row]!]!;
    }
  });
  return encoded;
}

/** Miles at which the logarithm of the distance is 0. */
export const typicalDistance = 700;
/** Shorter ones, and 0, count as this many miles. */
export const leastDistance = 1;

function emptyEncoded(flights: Flights): Encoded {
  const columns = categories.length + 1;
  const values = new Float64Array(flights.rows * columns);
  for (let row = 0; row < flights.rows; row++) {
    values[row * columns + columns - 1] = Math.log(Math.max(flights.distance[row]!, leastDistance) / typicalDistance);
  }
  return { columns, values };
}

function codesOf(flights: Flights, airports: readonly string[]): readonly Codes[] {
  const codeOf = new Map(airports.map((airport, code) => [airport, code]));
  return Array.from({ length: flights.rows }, (_, row) => ({
    hour: flights.hour[row]!,
    minute: flights.minute[row]!,
    weekday: flights.weekday[row]! - 1,
    origin: codeOf.get(flights.origin[row]!) ?? 0,
    destination: codeOf.get(flights.destination[row]!) ?? 0,
  }));
}

function keysOf(codes: readonly Codes[], airports: number): readonly Uint32Array[] {
  return categories.map((category) => {
    const keys = new Uint32Array(codes.length);
    for (let row = 0; row < codes.length; row++) keys[row] = category.of(codes[row]!, airports);
    return keys;
  });
}

function countByFold(keys: Uint32Array, late: Uint8Array, size: number) {
  const lateRows = new Float64Array((folds + 1) * size);
  const allRows = new Float64Array((folds + 1) * size);
  keys.forEach((key, row) => {
    for (const fold of [row % folds, folds]) {
      lateRows[fold * size + key]! += late[row]!;
      allRows[fold * size + key]! += 1;
    }
  });
  return { late: lateRows, all: allRows };
}

/** The parent category of each category; those without rows belong to parent 0, where nothing is looked up. */
function parentOfKey(keys: Uint32Array, parentKeys: Uint32Array, size: number): Uint32Array {
  const parents = new Uint32Array(size);
  keys.forEach((key, row) => {
    parents[key] = parentKeys[row]!;
  });
  return parents;
}

function logit(p: number): number {
  return Math.log(p / (1 - p));
}

export function expit(z: number): number {
  return 1 / (1 + Math.exp(-z));
}
