/** Which windows are looked at, and what is refused. */

import { expect, test } from 'vitest';
import { chooseWindows, labelWindows } from './windows.ts';

const known = ['2001-02', '2001-01', '2001-03'];

test.each([
  ['all', ['2001-01', '2001-02', '2001-03']],
  ['newest', ['2001-03']],
  ['new', ['2001-02', '2001-03']],
  ['2001-02', ['2001-02']],
] as const)('%s', (wanted, chosen) => {
  expect(chooseWindows(known, wanted, new Set(['2001-01']))).toEqual(chosen);
});

test('an unknown window is named with those that exist', () => {
  expect(() => chooseWindows(known, '2002-01', new Set())).toThrowError(
    expect.objectContaining({ code: 'window-unknown', hint: expect.stringContaining('2001-03') }),
  );
});

test('a calendar window needs a time column; names are quoted', () => {
  expect(() => labelWindows('t', undefined, 'month')).toThrowError(
    expect.objectContaining({ code: 'window-without-time' }),
  );
  expect(labelWindows('t', 'a"b', 'month')).toContain('"a""b"');
});
