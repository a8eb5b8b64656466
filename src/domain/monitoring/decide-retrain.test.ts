/** When a retrain starts: k of n with the newest, the cool-down, once per cause, and never from inside a retrain. */

import { expect, test } from 'vitest';
import type { Verdict } from '../../base/verdict.ts';
import type { WindowResult } from '../../formats/drift-report.ts';
import { decideRetrain, type RetrainFacts } from './decide-retrain.ts';

const rule = { on: ['decay', 'drift'], fails: '2 of 3', 'at-most': '1 per week' };
const now = new Date('2001-05-01T00:00:00Z');

function windowsOf(...verdicts: readonly Verdict[]): readonly WindowResult[] {
  return verdicts.map((verdict, index) => ({
    window: `2001-0${index + 1}`,
    rows: 1000,
    verdict,
    drift: { verdict: 'pass', reason: '', columns: [] },
    performance: { metric: 'roc-auc', verdict, rows: 1000, value: 0.7, low: 0.6, high: 0.8, reason: '' },
  }));
}

function decide(
  windows: readonly WindowResult[],
  facts: Partial<RetrainFacts> = {},
  change: Partial<typeof rule> = {},
) {
  const all = { model: 'm', windows, earlier: [], newRows: 0, now, insideRetrain: false, ...facts };
  return decideRetrain({ ...rule, ...change }, all);
}

test.each([
  [['fail', 'pass', 'fail'], true],
  [['fail', 'fail', 'pass'], false],
  [['pass', 'pass', 'fail'], false],
  [['fail', 'inconclusive', 'fail'], true],
  [['fail', 'pass', 'pass', 'fail'], false],
  [[], false],
] as const)('%j under 2 of 3: %s', (verdicts, retrain) => {
  expect(decide(windowsOf(...verdicts)).retrain).toBe(retrain);
});

test('the key names model, cause and window, and a cause is handled once', () => {
  const first = decide(windowsOf('fail', 'fail'));
  expect(first).toMatchObject({ retrain: true, cause: 'decay', key: 'm/decay/2001-02' });
  const again = decide(windowsOf('fail', 'fail'), { earlier: [{ key: first.key, time: new Date('2001-01-01') }] });
  expect(again).toMatchObject({ retrain: false, cause: 'decay' });
  expect(again.reason).toMatch(/before/);
});

test('the cool-down holds a new cause back, and ends', () => {
  const earlier = [{ key: 'm/decay/2001-01', time: new Date('2001-04-28T00:00:00Z') }];
  expect(decide(windowsOf('fail', 'fail'), { earlier })).toMatchObject({ retrain: false });
  const later = { earlier, now: new Date('2001-05-06T00:00:01Z') };
  expect(decide(windowsOf('fail', 'fail'), later)).toMatchObject({ retrain: true });
});

test('a run started by a retrain starts none', () => {
  const inside = decide(windowsOf('fail', 'fail'), { insideRetrain: true });
  expect(inside).toMatchObject({ retrain: false });
  expect(inside.reason).toMatch(/cannot start another/);
});

test('new rows past the number are a cause of their own', () => {
  const on = ['new-rows > 100'];
  expect(decide(windowsOf('pass'), { newRows: 100 }, { on })).toMatchObject({ retrain: false });
  expect(decide(windowsOf('pass'), { newRows: 101 }, { on })).toMatchObject({ retrain: true, cause: 'new-rows' });
});
