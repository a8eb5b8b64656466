import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from './random.ts';

const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);

describe('createRandom', () => {
  it('gives the same stream for the same seed, another for another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (seed) => {
        const one = draw(20, createRandom(seed).uint32);
        expect(draw(20, createRandom(seed).uint32)).toEqual(one);
        expect(draw(20, createRandom((seed + 1) >>> 0).uint32)).not.toEqual(one);
      }),
    );
  });

  it('keeps its stream over versions: reports quote the seed', () => {
    expect(draw(4, createRandom(42).uint32)).toMatchInlineSnapshot(`
      [
        660444221,
        3652823732,
        77672526,
        910233633,
      ]
    `);
  });

  it('stays in range', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 0xffff_ffff }), (seed, bound) => {
        const random = createRandom(seed);
        for (let index = 0; index < 50; index++) {
          const unit = random.next();
          expect(unit >= 0 && unit < 1).toBe(true);
          const below = random.below(bound);
          expect(Number.isInteger(below) && below >= 0 && below < bound).toBe(true);
        }
      }),
    );
  });

  it('is uniform: chi-squared of 100 cells and 100,000 draws, and of single bits', () => {
    const random = createRandom(7);
    const cells = new Array<number>(100).fill(0);
    for (let index = 0; index < 100_000; index++) cells[Math.floor(random.next() * 100)]!++;
    const chi2 = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 99 degrees of freedom: 0.0001 and 0.9999 quantiles.
    expect(chi2).toBeGreaterThan(53);
    expect(chi2).toBeLessThan(161);
    const ones = new Array<number>(32).fill(0);
    for (let index = 0; index < 10_000; index++) {
      const word = random.uint32();
      for (let bit = 0; bit < 32; bit++) ones[bit]! += (word >>> bit) & 1;
    }
    for (const count of ones) expect(Math.abs(count - 5000)).toBeLessThan(250);
  });
});
