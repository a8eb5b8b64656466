/** Which paths ignore files hide. */

import { expect, test } from 'vitest';
import { createIgnoreRules, dvcIgnoreDefaults } from './ignore-rules.ts';

const rules = createIgnoreRules(
  [
    { directory: '', text: '*.log\n# comment\n/only-root\n!keep.log\nbuild/' },
    { directory: 'a b/sub', text: '*.csv\n/here.txt\nx/y\n!important.csv' },
  ],
  dvcIgnoreDefaults,
);

test.each([
  ['x.log', true],
  ['deep/x.log', true],
  ['keep.log', false],
  ['only-root', true],
  ['deep/only-root', false],
  ['a b/sub/1.csv', true],
  ['a b/sub/deep/1.csv', true],
  ['other/1.csv', false],
  ['a b/sub/important.csv', false],
  ['a b/sub/here.txt', true],
  ['a b/sub/deep/here.txt', false],
  ['a b/sub/x/y', true],
  ['build', false],
  ['X.LOG', false],
])('the file %s is hidden: %s', (path, hidden) => {
  expect(rules.ignores(path, false)).toBe(hidden);
});

test.each([
  ['build', true],
  ['.git', true],
  ['sub/.dvc', true],
  ['data', false],
])('the folder %s is hidden: %s', (path, hidden) => {
  expect(rules.ignores(path, true)).toBe(hidden);
});
