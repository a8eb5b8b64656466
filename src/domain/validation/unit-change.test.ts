/** Units are recognised by known factors only; drift, noise and constants are not units. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../base/random.ts';
import { findUnitChange } from './unit-change.ts';

/** Quantiles of a right-skewed column, as distances or amounts have. */
const reference = Array.from({ length: 19 }, (_, index) => 100 * Math.exp((3 * (index + 1)) / 20));

describe('findUnitChange', () => {
  it.each([
    ['miles to kilometres', 1.609344, 0],
    ['kilometres to miles', 1 / 1.609344, 0],
    ['feet to metres', 1 / 3.28084, 0],
    ['hours to minutes, or minutes to seconds', 60, 0],
    ['hundredths to units', 0.01, 0],
    ['units to thousandths', 1000, 0],
    ['degrees Celsius to Fahrenheit', 1.8, 32],
    ['degrees Fahrenheit to Celsius', 1 / 1.8, -32 / 1.8],
  ])('sees %s', (name, factor, offset) => {
    const random = createRandom(1);
    const base = offset === 0 ? reference : reference.map((_, index) => index * 2 - 10);
    const current = base.map((value) => (value * factor + offset) * (1 + (random.next() - 0.5) * 0.01));
    const found = findUnitChange(base, current);
    expect(found?.name).toContain(name.split(', or ')[0]!.split(' to ')[1]!);
    expect(found!.factor).toBeCloseTo(factor, 4);
  });

  it.each([
    ['the same', 1],
    ['a little more', 1.05],
    ['half as much again, which is no unit', 1.45],
    ['twice, which is no unit either', 2],
    ['inflation', 1.2],
  ])('does not see a unit in %s', (_, factor) => {
    expect(
      findUnitChange(
        reference,
        reference.map((value) => value * factor),
      ),
    ).toBeUndefined();
  });

  it('does not see a unit in another shape, a constant, few or missing quantiles', () => {
    expect(
      findUnitChange(
        reference,
        reference.map((_, index) => 100 + index * 200),
      ),
    ).toBeUndefined();
    expect(
      findUnitChange(
        reference.map(() => 5),
        reference.map(() => 8.04672),
      ),
    ).toBeUndefined();
    expect(findUnitChange([1, 2, 3], [1.6, 3.2, 4.8])).toBeUndefined();
    expect(findUnitChange(reference, [])).toBeUndefined();
    expect(
      findUnitChange(
        reference,
        reference.map(() => Number.NaN),
      ),
    ).toBeUndefined();
  });
});
