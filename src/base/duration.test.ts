import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

it.each([
  ['20ms', 20],
  ['30s', 30_000],
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['7d', 604_800_000],
  ['1.5h', 5_400_000],
  ['0s', 0],
  [' 10m ', 600_000],
])('%j is %d ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

it.each(['', ' ', '10', 'm', '-5m', '5 m', '10m1h', '1h1h', '1e3s', '٣s', '5min', '1,5h', 'NaNs', '10M'])(
  'refuses %j',
  (text) => {
    expect(() => parseDuration(text)).toThrow(
      expect.objectContaining({ name: 'KitError', code: 'duration-malformed' }),
    );
  },
);

it('round-trips every whole number of milliseconds', () => {
  fc.assert(
    fc.property(fc.nat({ max: 400 * 86_400_000 }), (milliseconds) => {
      expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
    }),
  );
});
