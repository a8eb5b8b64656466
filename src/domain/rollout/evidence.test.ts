import { describe, expect, it } from 'vitest';
import { createRandom } from '../../base/random.ts';
import {
  differenceInterval,
  logMoreErrorsEvidence,
  logRateEvidence,
  logSplitEvidence,
  oneSidedWidth,
  quantileInterval,
} from './evidence.ts';

const p = (logEvidence: number) => Math.min(1, Math.exp(-logEvidence));

describe('e-values of counts', () => {
  it.each([
    [3, 0, 0.05, 4.75e-4],
    [8, 20, 0.1, 0.0988],
    [4, 36, 0.1, 1],
  ])('%i canary and %i stable errors at share %f: p %f', (canary, stable, share, expected) => {
    expect(p(logRateEvidence('above', canary, canary + stable, share))).toBeCloseTo(expected, 4);
    const requests = 100_000;
    const stratum = {
      weight: share * 100,
      canary: { requests: requests * share, errors: canary },
      stable: { requests: requests * (1 - share), errors: stable },
    };
    expect(p(logMoreErrorsEvidence([stratum]))).toBeCloseTo(expected, 4);
  });

  it('multiplies strata and ignores those with nothing to compare', () => {
    const one = { weight: 5, canary: { requests: 50, errors: 3 }, stable: { requests: 950, errors: 0 } };
    const none = { weight: 100, canary: { requests: 50, errors: 9 }, stable: { requests: 0, errors: 0 } };
    expect(logMoreErrorsEvidence([one, one, none])).toBeCloseTo(2 * logMoreErrorsEvidence([one]), 10);
    expect(logMoreErrorsEvidence([none])).toBe(0);
  });

  it('needs a few hundred trials without a hit to show a rate under 1 %', () => {
    const enough = (n: number) => logRateEvidence('below', 0, n, 0.01) >= Math.log(20);
    const first = Array.from({ length: 1000 }, (_, n) => n).find(enough)!;
    // Closed form of the integral: (1 - 0.99^(n+1)) / ((n+1) 0.01 0.99^n).
    const closed = (n: number) => (1 - 0.99 ** (n + 1)) / ((n + 1) * 0.01 * 0.99 ** n);
    expect(closed(first)).toBeGreaterThanOrEqual(20);
    expect(closed(first - 1)).toBeLessThan(20);
  });

  it('alarms falsely in at most 5 % of streams looked at after every request', () => {
    const random = createRandom(7);
    let alarms = 0;
    for (let stream = 0; stream < 400; stream++) {
      let hits = 0;
      for (let n = 1; n <= 600; n++) {
        if (random.next() < 0.05) hits += 1;
        if (logRateEvidence('above', hits, n, 0.05) >= Math.log(20)) {
          alarms += 1;
          break;
        }
      }
    }
    expect(alarms / 400).toBeLessThan(0.05);
  });
});

describe('difference of error rates', () => {
  it('has the width of the published sequence', () => {
    // One-sided .05 at N* 5000: A/B sums 1396.87/3000, 2422.7/3461, GrowthBook test vector.
    const [na, nb] = [3000, 3461];
    const [ma, mb] = [1396.87 / na, 2422.7 / nb];
    const va = (52_377.9767 - na * ma * ma) / (na - 1);
    const vb = (134_698.29 - nb * mb * mb) / (nb - 1);
    const se = Math.sqrt(va / na + vb / nb);
    expect(mb - ma - se * oneSidedWidth(na + nb, 0.05)).toBeCloseTo(-0.12656844172804982, 9);
    expect(mb - ma + se * oneSidedWidth(na + nb, 0.05)).toBeCloseTo(0.5953217750613832, 9);
  });

  it('is not fooled by a base rate that rises with the weight (Simpson)', () => {
    const strata = [
      { weight: 5, canary: { requests: 500, errors: 5 }, stable: { requests: 9500, errors: 95 } },
      { weight: 50, canary: { requests: 5000, errors: 150 }, stable: { requests: 5000, errors: 150 } },
    ];
    const interval = differenceInterval(strata, 0.05)!;
    expect(Math.abs(interval.estimate)).toBeLessThan(5e-4);
    expect(logMoreErrorsEvidence(strata)).toBeLessThan(Math.log(20));
  });

  it('stays uncertain without errors, and ends without data', () => {
    const few = differenceInterval(
      [{ weight: 10, canary: { requests: 50, errors: 0 }, stable: { requests: 450, errors: 0 } }],
      0.05,
    )!;
    expect(few.upper).toBeGreaterThan(0.02);
    expect(
      differenceInterval(
        [{ weight: 100, canary: { requests: 50, errors: 0 }, stable: { requests: 0, errors: 0 } }],
        0.05,
      ),
    ).toBeUndefined();
  });
});

describe('quantileInterval', () => {
  it('has no upper end while the sample is small, and holds the quantile', () => {
    const sorted = Float64Array.from({ length: 2000 }, (_, i) => i / 2000);
    expect(quantileInterval(sorted.subarray(0, 100), 0.99, 0.05)!.upper).toBe(Number.POSITIVE_INFINITY);
    const interval = quantileInterval(sorted, 0.99, 0.05)!;
    expect(interval.lower).toBeLessThan(0.99);
    expect(interval.upper).toBeGreaterThan(0.99);
    expect(interval.upper).toBeLessThan(1);
    expect(interval.estimate).toBeCloseTo(0.9895, 6);
    expect(quantileInterval([], 0.99, 0.05)).toBeUndefined();
  });
});

it('finds a sample ratio mismatch as the published vectors do', () => {
  expect(logSplitEvidence(1000, 1100, 0.5)).toBeCloseTo(1.047833, 5);
  expect(logSplitEvidence(1000, 1200, 0.5)).toBeCloseTo(5.674285, 5);
  expect(logSplitEvidence(821_588, 815_482, 0.5)).toBeCloseTo(7.679379, 4);
});
