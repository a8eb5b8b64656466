/** The ONNX file gives the numbers of the trainer, and the import keeps what the contract says about the source. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encode, fitEncoder } from '../src/encode.ts';
import type { Flights } from '../src/flights.ts';
import { fitLogistic, predictLogistic } from '../src/logistic.ts';
import { modelToOnnx } from '../src/model-to-onnx.ts';
import { score } from '../src/score.ts';

const folder = mkdtempSync(join(tmpdir(), 'flight-delays-'));
afterAll(() => rmSync(folder, { recursive: true }));

const airports = ['ATL', 'BOS', 'ORD', 'SEA'];

/** A number from 0 to 1 that depends on row and salt alone (the finaliser of MurmurHash3). */
function chance(row: number, salt: number): number {
  let h = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** Flights that are late in the evening and from ORD more often than else. */
function makeFlights(rows: number, from = 0): Flights {
  const spread = (row: number, salt: number, size: number) => Math.floor(chance(row + from, salt) * size);
  const hour = Uint8Array.from({ length: rows }, (_, row) => spread(row, 7, 24));
  const origin = Array.from({ length: rows }, (_, row) => airports[spread(row, 13, 4)]!);
  return {
    rows,
    id: Array.from({ length: rows }, (_, row) => BigInt(row)),
    hour,
    minute: Uint8Array.from({ length: rows }, (_, row) => spread(row, 11, 60)),
    weekday: Uint8Array.from({ length: rows }, (_, row) => 1 + spread(row, 5, 7)),
    distance: Float32Array.from({ length: rows }, (_, row) => 100 + spread(row, 37, 2000)),
    origin,
    destination: Array.from({ length: rows }, (_, row) => airports[spread(row, 29, 3)]!),
    late: Uint8Array.from({ length: rows }, (_, row) =>
      spread(row, 101, 100) < 10 + hour[row]! + (origin[row] === 'ORD' ? 30 : 0) ? 1 : 0,
    ),
  };
}

describe('the model file', () => {
  const flights = makeFlights(3000);
  const { encoder, encoded } = fitEncoder(flights, flights.late, 15);
  const weights = fitLogistic(encoded, flights.late, 1);
  const seen = makeFlights(500, 9001);
  const others = { ...seen, origin: seen.origin.with(0, 'XNA'), distance: seen.distance.with(1, 0) };
  const expected = predictLogistic(encode(others, encoder), weights);

  it('scores like the trainer, an unseen airport and no distance included', async () => {
    const path = join(folder, 'model.onnx');
    writeFileSync(path, modelToOnnx(encoder, weights, 0));
    const scores = await score(path, others);
    expect(expected.every(Number.isFinite)).toBe(true);
    for (const [row, value] of scores.entries()) expect(Math.abs(value - expected[row]!)).toBeLessThan(1e-5);
  });

  it('gives the same numbers with averaging layers', async () => {
    const path = join(folder, 'slow.onnx');
    writeFileSync(path, modelToOnnx(encoder, weights, 20));
    const scores = await score(path, others);
    for (const [row, value] of scores.entries()) expect(Math.abs(value - expected[row]!)).toBeLessThan(1e-5);
  });

  it('knows that evenings and ORD are late', () => {
    const mean = (rows: (row: number) => boolean) => {
      const chosen = [...expected.keys()].filter(rows);
      return chosen.reduce((sum, row) => sum + expected[row]!, 0) / chosen.length;
    };
    expect(mean((row) => others.origin[row] === 'ORD')).toBeGreaterThan(
      mean((row) => others.origin[row] !== 'ORD') + 0.1,
    );
    expect(mean((row) => others.hour[row]! > 18)).toBeGreaterThan(mean((row) => others.hour[row]! < 6) + 0.05);
  });
});

describe('out-of-fold encoding', () => {
  it('leaves a row out of its own features: labels without any signal stay near the prior', () => {
    const flights = makeFlights(3000);
    const coin = Uint8Array.from({ length: 3000 }, (_, row) => (chance(row, 999) < 0.5 ? 1 : 0));
    const { encoded } = fitEncoder(flights, coin, 15);
    const weights = fitLogistic(encoded, coin, 1);
    const spread = predictLogistic(encoded, weights).map((p) => Math.abs(p - 0.5));
    expect(spread.reduce((sum, value) => sum + value, 0) / 3000).toBeLessThan(0.06);
  });
});
