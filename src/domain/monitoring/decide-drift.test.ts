/** Drift on made profiles: real and large fails, real and small passes, thin data stays open, and no drift alarms no more than alpha. */

import { expect, test } from 'vitest';
import { createRandom, type Random } from '../../base/random.ts';
import type { Profile, ProfileColumn } from '../../formats/profile.ts';
import { type DriftSettings, decideDrift } from './decide-drift.ts';

const settings: DriftSettings = { alpha: 0.05, floor: 0.1, minRows: 100, maxShare: 0.3, critical: [] };
const edges = Array.from({ length: 19 }, (_, index) => (index + 1) / 20);

function drawColumn(name: string, rows: number, random: Random, power = 1): ProfileColumn {
  const counts = new Array<number>(20).fill(0);
  for (let row = 0; row < rows; row++) counts[Math.min(19, Math.floor(random.next() ** power * 20))]!++;
  return { name, type: 'DOUBLE', kind: 'numeric', nulls: 0, nan: 0, infinite: 0, edges, counts, quantiles: [] };
}

function profileOf(columns: readonly ProfileColumn[]): Profile {
  return { schema: 'profile/v1', dataset: 'd', source: 's', rows: 0, columns: [...columns] };
}

function drawProfile(rows: number, columns: number, seed: number, powers: readonly number[] = []): Profile {
  const random = createRandom(seed);
  return profileOf(
    Array.from({ length: columns }, (_, index) => drawColumn(`c${index}`, rows, random, powers[index] ?? 1)),
  );
}

test.each([100, 1000, 10_000])('with no drift, windows of %d rows raise no more alarms than alpha', (rows) => {
  const reference = drawProfile(2000, 10, 1);
  let alarms = 0;
  const trials = 100;
  for (let trial = 0; trial < trials; trial++) {
    const { columns } = decideDrift(reference, drawProfile(rows, 10, 100 + trial), settings);
    if (columns.some(({ verdict }) => verdict === 'fail')) alarms++;
  }
  expect(alarms / trials).toBeLessThanOrEqual(0.1);
});

test.each([500, 5000, 50_000])('a real and large shift is found in %d rows, and stays found as rows grow', (rows) => {
  const shifted = drawProfile(rows, 4, 9, [1, 1.8]);
  const { columns } = decideDrift(drawProfile(5000, 4, 1), shifted, settings);
  expect(columns.map(({ verdict }) => verdict)).toEqual(['pass', 'fail', 'pass', 'pass']);
});

test('a shift that is real but under the floor is a pass with a note, however many rows say so', () => {
  const { verdict, columns } = decideDrift(drawProfile(200_000, 1, 1), drawProfile(200_000, 1, 2, [1.05]), settings);
  expect(verdict).toBe('pass');
  expect(columns[0]!.pAdjusted).toBeLessThan(0.001);
  expect(columns[0]!.reason).toMatch(/real but small/);
});

test('too few rows is open, not a pass', () => {
  const { verdict } = decideDrift(drawProfile(2000, 2, 1), drawProfile(60, 2, 2), settings);
  expect(verdict).toBe('inconclusive');
});

test('nothing compared is open, not a pass', () => {
  expect(decideDrift(profileOf([]), drawProfile(500, 2, 1), settings)).toMatchObject({ verdict: 'inconclusive' });
  const missing = decideDrift(drawProfile(500, 1, 1), drawProfile(500, 1, 2), { ...settings, critical: ['gone'] });
  expect(missing).toMatchObject({ verdict: 'inconclusive', reason: 'critical column gone was not compared' });
});

test('one critical column decides alone; others only past the share', () => {
  const [reference, shifted] = [drawProfile(5000, 4, 1), drawProfile(5000, 4, 2, [1.8])];
  expect(decideDrift(reference, shifted, settings).verdict).toBe('pass');
  expect(decideDrift(reference, shifted, { ...settings, critical: ['c0'] }).verdict).toBe('fail');
  expect(decideDrift(reference, drawProfile(5000, 4, 2, [1.8, 1.8]), settings).verdict).toBe('fail');
});

test('a rising share of nulls is drift', () => {
  const column = drawColumn('c0', 5000, createRandom(3));
  const current = profileOf([{ ...column, nulls: 2000 }]);
  const { columns } = decideDrift(profileOf([column]), current, settings);
  expect(columns[0]).toMatchObject({ verdict: 'fail' });
  expect(columns[0]!.move).toMatch(/nulls from 0 % to 28.6 %/);
});
