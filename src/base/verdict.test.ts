import fc from 'fast-check';
import { expect, it } from 'vitest';
import { combineVerdicts, exitCodeOf, type Verdict } from './verdict.ts';

const verdict = fc.constantFrom<Verdict>('pass', 'fail', 'inconclusive');

it('takes nothing checked for inconclusive, never for pass', () => {
  expect(combineVerdicts([])).toBe('inconclusive');
});

it('is the worst of all, in any order and grouping', () => {
  const rank = { pass: 0, inconclusive: 1, fail: 2 };
  fc.assert(
    fc.property(fc.array(verdict, { minLength: 1 }), fc.nat(), (verdicts, at) => {
      const combined = combineVerdicts(verdicts);
      expect(rank[combined]).toBe(Math.max(...verdicts.map((one) => rank[one])));
      const split = at % (verdicts.length + 1);
      const parts = [verdicts.slice(0, split), verdicts.slice(split)].filter((part) => part.length > 0);
      expect(combineVerdicts(parts.map(combineVerdicts))).toBe(combined);
    }),
  );
});

it.each([
  ['pass', 'fail', 0],
  ['pass', 'inconclusive', 0],
  ['pass', 'never', 0],
  ['fail', 'fail', 1],
  ['fail', 'inconclusive', 1],
  ['fail', 'never', 0],
  ['inconclusive', 'fail', 0],
  ['inconclusive', 'inconclusive', 3],
  ['inconclusive', 'never', 0],
] as const)('%s under fail-on %s exits %d', (one, failOn, code) => {
  expect(exitCodeOf(one, failOn)).toBe(code);
});
