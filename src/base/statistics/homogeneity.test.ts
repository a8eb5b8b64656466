/** Count comparison against scipy, and the rules of merging. */

import { describe, expect, it } from 'vitest';
import oracle from '../../../test/fixtures/statistics/homogeneity.json' with { type: 'json' };
import { type CountBin, compareCounts } from './homogeneity.ts';

const bins = (reference: readonly number[], current: readonly number[]): readonly CountBin[] =>
  reference.map((count, index) => ({ label: `b${index}`, reference: count, current: current[index]! }));

it.each(oracle.tables)('agrees with scipy on $reference and $current', (table) => {
  const result = compareCounts(bins(table.reference, table.current), 'ordered');
  expect(result.method).toBe(table.least >= 20 ? 'g-test' : 'pearson');
  const [statistic, pValue] = result.method === 'g-test' ? table.g : table.pearson;
  expect(result.statistic).toBeCloseTo(statistic!, 8);
  expect(result.pValue).toBeCloseTo(pValue!, 9);
  expect(result.degrees).toBe(table.degrees);
  expect(result.psi).toBeCloseTo(table.psi, 10);
  expect(result.jsd).toBeCloseTo(table.jsd, 10);
});

describe('merging', () => {
  it('joins small ordered bins with a neighbour, also the last one', () => {
    const { bins: merged } = compareCounts(bins([1, 100, 2, 1, 100, 1], [0, 100, 1, 0, 100, 2]), 'ordered');
    expect(merged.map((bin) => bin.reference)).toEqual([101, 104]);
  });

  it('joins small categories with each other, and with the smallest large one when that is not enough', () => {
    const enough = compareCounts(bins([100, 4, 100, 4], [100, 4, 100, 4]), 'unordered');
    expect(enough.bins.map((bin) => bin.label)).toEqual(['b0', 'b2', 'rare values']);
    const few = compareCounts(bins([100, 1, 90, 1], [100, 0, 90, 1]), 'unordered');
    expect(few.bins.map((bin) => bin.reference)).toEqual([100, 92]);
  });

  it('compares nothing where all is in one bin, and never gives NaN', () => {
    for (const table of [bins([10], [12]), bins([], []), bins([0, 0], [0, 0]), bins([5, 5], [0, 0])]) {
      const result = compareCounts(table, 'unordered');
      expect(result).toMatchObject({ method: 'none', pValue: 1, psiCorrected: 0 });
    }
  });

  it('has a finite PSI when a bin is empty on one side', () => {
    const result = compareCounts(bins([1000, 0], [900, 100]), 'unordered');
    expect(result.psiCorrected).toBeGreaterThan(0.5);
    expect(Number.isFinite(result.psi)).toBe(true);
    expect(result.pValue).toBeLessThan(1e-20);
  });
});
