/** Every distribution against values of scipy (test/interop/oracles/distributions.py). */

import { describe, expect, it } from 'vitest';
import oracle from '../../../test/fixtures/statistics/distributions.json' with { type: 'json' };
import { adjustBenjaminiHochberg, adjustBonferroni, adjustHolm } from './adjust.ts';
import * as beta from './beta.ts';
import * as gamma from './gamma.ts';
import * as normal from './normal.ts';

const functions = { ...beta, ...gamma, ...normal } as unknown as Readonly<
  Record<string, (...args: readonly number[]) => number>
>;

const cases = oracle.values as unknown as readonly (readonly [string, readonly number[], number])[];

describe.each([...new Set(cases.map(([name]) => name))])('%s', (name) => {
  it.each(cases.filter(([other]) => other === name).map(([, args, value]) => [args, value] as const))(
    '(%s) = %s',
    (args, expected) => {
      const actual = functions[name]!(...args);
      const error = Math.abs(actual - expected) / Math.max(Math.abs(expected), Number.MIN_VALUE);
      // 1e-9 relative; values under 1e-30 matter as "tiny" only.
      expect(error, `${actual}`).toBeLessThan(Math.abs(expected) < 1e-30 ? 1e-6 : 1e-9);
    },
  );
});

it('gives NaN, never a number, for arguments out of range', () => {
  for (const value of [
    gamma.logGamma(0),
    gamma.regularizedGammaP(0, 1),
    gamma.regularizedGammaQ(1, -1),
    gamma.regularizedGammaQ(1, Number.NaN),
    beta.regularizedBeta(1.1, 1, 1),
    beta.studentTSf(1, 0),
    beta.studentTQuantile(1, 5),
    normal.normalQuantile(-0.1),
    normal.normalSf(Number.NaN),
  ]) {
    expect(value).toBeNaN();
  }
});

it.each(oracle.adjust)('adjusts $p', ({ p, benjaminiHochberg, holm, bonferroni }) => {
  const close = (actual: readonly number[], expected: readonly number[]) =>
    actual.forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index]!, 12);
    });
  close(adjustBenjaminiHochberg(p), benjaminiHochberg);
  close(adjustHolm(p), holm);
  close(adjustBonferroni(p), bonferroni);
});
