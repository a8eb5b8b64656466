import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, formatBytes, formatCount, formatNumber, nearestOf, plural } from './text.ts';

describe('editDistance', () => {
  it.each([
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['flaw', 'lawn', 2],
  ])('%s to %s is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('is a metric', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        const ab = editDistance(a, b);
        expect(ab === 0).toBe(a === b);
        expect(editDistance(b, a)).toBe(ab);
        expect(editDistance(a, c)).toBeLessThanOrEqual(ab + editDistance(b, c));
      }),
    );
  });
});

it('proposes the nearest known word, or none', () => {
  const known = ['datasets', 'models', 'stages'];
  expect(nearestOf('dataset', known)).toBe('datasets');
  expect(nearestOf('Stage', known)).toBe('stages');
  expect(nearestOf('modles', known)).toBe('models');
  expect(nearestOf('pipelines', known)).toBeUndefined();
  expect(nearestOf('x', [])).toBeUndefined();
});

it('counts', () => {
  expect([plural(1, 'row'), plural(0, 'row'), plural(1234, 'row'), plural(2, 'entry', 'entries')]).toEqual([
    '1 row',
    '0 rows',
    '1,234 rows',
    '2 entries',
  ]);
  expect(formatCount(1_234_567)).toBe('1,234,567');
});

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [1024 ** 2 - 1, '1.0 MiB'],
  [5 * 1024 ** 4, '5.0 TiB'],
  [5 * 1024 ** 5, '5120.0 TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it.each([
  [0.695_66, '0.6957'],
  [12.4, '12.4'],
  [1234, '1,234'],
  [1234.56, '1,235'],
  [-0.000_123_456, '-0.0001235'],
  [0.000_000_123_456, '1.235e-7'],
  [Number.NaN, 'n/a'],
  [Infinity, 'n/a'],
  [0, '0'],
  [-0, '0'],
  [0.1 + 0.2, '0.3'],
  [999.999, '1,000'],
])('%d is shown as %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});
