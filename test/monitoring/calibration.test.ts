/** Seeded simulation: without drift the false alarms stay at or under alpha for windows of 100 to 10,000 rows, and a real shift is found. */

import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/base/random.ts';
import { compareCounts } from '../../src/base/statistics/homogeneity.ts';
import { type DriftSettings, decideDrift } from '../../src/domain/monitoring/decide-drift.ts';
import type { Profile, ProfileColumn } from '../../src/formats/profile.ts';

const alpha = 0.05;
const settings: DriftSettings = { alpha, floor: 0.1, minRows: 100, maxShare: 0.3, critical: [] };

/** Rows drawn by their shares. */
function draw(random: Random, shares: readonly number[], rows: number): readonly number[] {
  const counts = new Array<number>(shares.length).fill(0);
  for (let row = 0; row < rows; row++) {
    let rest = random.next();
    let bin = 0;
    while (bin < shares.length - 1 && rest >= shares[bin]!) rest -= shares[bin++]!;
    counts[bin]!++;
  }
  return counts;
}

/** Shares of k values, from equal to long-tailed. */
const shapes: Readonly<Record<string, readonly number[]>> = {
  'two values': [0.8, 0.2],
  'ten equal bins': Array.from({ length: 10 }, () => 0.1),
  'fifty values with a long tail': normalise(Array.from({ length: 50 }, (_, index) => 1 / (index + 1))),
};

function normalise(weights: readonly number[]): readonly number[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / all);
}

/** Binomial chance leaves the measured rate within three standard errors above alpha. */
const allowed = (tests: number): number => alpha + 3 * Math.sqrt((alpha * (1 - alpha)) / tests);

describe.each(Object.entries(shapes))('no drift, %s', (_, shares) => {
  it.each([
    [100, 1500],
    [1000, 600],
    [10_000, 150],
  ])('windows of %i rows are called different at most alpha of the time', (rows, tests) => {
    const random = createRandom(rows + shares.length);
    let alarms = 0;
    for (let test = 0; test < tests; test++) {
      const [reference, current] = [draw(random, shares, 2000), draw(random, shares, rows)];
      const bins = shares.map((_, bin) => ({ label: String(bin), reference: reference[bin]!, current: current[bin]! }));
      if (compareCounts(bins, 'unordered').pValue < alpha) alarms++;
    }
    expect(alarms / tests).toBeLessThan(allowed(tests));
  });
});

function profileOf(random: Random, columns: readonly (readonly number[])[], rows: number): Profile {
  return {
    schema: 'profile/v1',
    dataset: 'd',
    source: 's',
    rows,
    columns: columns.map((shares, index): ProfileColumn => {
      const counts = draw(random, shares, rows);
      const values = counts.map((count, bin) => ({ value: `v${bin}`, count }));
      return { name: `c${index}`, type: 'VARCHAR', kind: 'categorical', nulls: 0, values, other: 0, complete: true };
    }),
  };
}

describe.each([100, 1000, 10_000])('twenty columns in a window of %i rows', (rows) => {
  const tests = rows === 10_000 ? 15 : 60;
  const same = Array.from({ length: 20 }, () => shapes['ten equal bins']!);
  // Few rows find a large shift only: PSI 0.46 at 100 rows, 0.16 above.
  const tilted = normalise(Array.from({ length: 10 }, (_, bin) => (rows === 100 ? 1 + bin * 2 : 1 + bin / 3)));

  it('no column fails more often than alpha without drift, and the dataset passes', () => {
    const random = createRandom(rows);
    const reference = profileOf(random, same, 2000);
    let failed = 0;
    for (let test = 0; test < tests; test++) {
      const result = decideDrift(reference, profileOf(random, same, rows), settings);
      failed += result.columns.filter(({ verdict }) => verdict === 'fail').length > 0 ? 1 : 0;
      expect(result.verdict).not.toBe('fail');
    }
    expect(failed / tests).toBeLessThan(allowed(tests));
  });

  it('a real shift of half of the columns is found', () => {
    const random = createRandom(rows + 1);
    const reference = profileOf(random, same, 2000);
    const moved = same.map((shares, index) => (index % 2 === 0 ? tilted : shares));
    const verdicts = Array.from(
      { length: tests },
      () => decideDrift(reference, profileOf(random, moved, rows), settings).verdict,
    );
    const found = verdicts.filter((verdict) => verdict === 'fail').length / tests;
    expect(found).toBeGreaterThan(0.95);
  });
});
