/** Intervals: seeds reproduce, pairing is antisymmetric, ranks decide AUC, and coverage is what it says. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom } from '../../base/random.ts';
import { estimateAuc } from './delong.ts';
import { estimateMetrics } from './interval.ts';
import type { Predictions } from './metrics.ts';

const options = { confidence: 0.95, seed: 3, resamples: 400 };

function makeRows(n: number, seed: number): Predictions {
  const random = createRandom(seed);
  const score = Float64Array.from({ length: n }, () => random.next());
  return { score, label: score.map((p) => (random.next() < p ? 1 : 0)) };
}

test('the same seed gives the same interval, another seed another', () => {
  const rows = { candidate: makeRows(500, 1) };
  const once = estimateMetrics(['log-loss'], rows, options);
  expect(estimateMetrics(['log-loss'], rows, options)).toEqual(once);
  expect(estimateMetrics(['log-loss'], rows, { ...options, seed: 4 })).not.toEqual(once);
});

test('swapping the models turns the sign of the difference', () => {
  const candidate = makeRows(400, 1);
  const champion = { label: candidate.label, score: candidate.score.map((p) => p ** 2) };
  const [one] = estimateMetrics(['roc-auc'], { candidate, champion }, options);
  const [two] = estimateMetrics(['roc-auc'], { candidate: champion, champion: candidate }, options);
  expect(one!.difference!.low).toBeCloseTo(-two!.difference!.high, 12);
  expect(one!.difference!.value).toBeCloseTo(-two!.difference!.value, 12);
});

test('pairing: the difference of two like models is known better than either alone', () => {
  const candidate = makeRows(1000, 1);
  const champion = { label: candidate.label, score: candidate.score.map((p) => 0.9 * p + 0.05) };
  const [loss] = estimateMetrics(['brier'], { candidate, champion }, options);
  expect(loss!.difference!.standardError).toBeLessThan(loss!.candidate.standardError / 3);
});

test('a monotone transform of the scores changes neither AUC nor its variance', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
      const rows = makeRows(60, seed);
      const bent = { label: rows.label, score: rows.score.map((p) => Math.exp(3 * p)) };
      const [plain, transformed] = [estimateAuc(rows), estimateAuc(bent)];
      expect(transformed.auc).toBeCloseTo(plain.auc, 12);
      expect(transformed.variance).toBeCloseTo(plain.variance, 12);
    }),
    { numRuns: 50 },
  );
});

test('the observed-to-expected interval of a calibrated model covers 1 about as often as it says', () => {
  let covered = 0;
  for (let trial = 0; trial < 200; trial++) {
    const [estimate] = estimateMetrics(
      ['observed-to-expected'],
      { candidate: makeRows(200, trial + 1) },
      { ...options, resamples: 200, seed: trial },
    );
    if (estimate!.candidate.low <= 1 && estimate!.candidate.high >= 1) covered++;
  }
  expect(covered / 200).toBeGreaterThan(0.89);
});
