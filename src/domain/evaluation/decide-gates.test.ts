/** The gate on made rows: each verdict, each refusal, and that more rows never turn a pass into a fail. */

import { expect, test } from 'vitest';
import { createRandom } from '../../base/random.ts';
import type { Gate } from '../../formats/config.ts';
import { parseBytes } from './decide-budget.ts';
import { decideGates, type EvaluationRows } from './decide-gates.ts';
import type { Predictions } from './metrics.ts';

const options = { confidence: 0.95, seed: 1, resamples: 300, budgets: {} };

/** Logistic rows whose scores see `signal` of the truth; the same seed gives the same labels. */
function makeRows(n: number, signal: number, seed = 1): Predictions {
  const random = createRandom(seed);
  const label = new Float64Array(n);
  const score = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const truth = random.next() * 2 - 1;
    const noise = random.next() * 2 - 1;
    label[i] = random.next() < 1 / (1 + Math.exp(-3 * truth)) ? 1 : 0;
    score[i] = 1 / (1 + Math.exp(-3 * signal * truth - 3 * (1 - signal) * noise));
  }
  return { label, score };
}

function rowsOf(candidate: Predictions, champion?: Predictions): EvaluationRows {
  return { candidate, ...(champion === undefined ? {} : { champion }), slices: {} };
}

const auc = (requirement: object): Gate => ({ metric: 'roc-auc', ...requirement }) as Gate;

test('no gate is an error and never a pass', () => {
  expect(() => decideGates([], 'binary', rowsOf(makeRows(500, 1)), options)).toThrowError(
    expect.objectContaining({ code: 'gates-missing' }),
  );
});

test('a candidate that is clearly better passes superiority, a worse one fails it, an equal one is open', () => {
  const [good, poor] = [makeRows(4000, 0.9), makeRows(4000, 0.3)];
  const verdictOf = (candidate: Predictions, champion: Predictions) =>
    decideGates([auc({ 'min-improvement': 0 })], 'binary', rowsOf(candidate, champion), options).results[0]!.verdict;
  expect(verdictOf(good, poor)).toBe('pass');
  expect(verdictOf(poor, good)).toBe('fail');
  expect(verdictOf(good, good)).toBe('inconclusive');
});

test('a metric that is better when lower is turned round', () => {
  const gates = [{ metric: 'log-loss', 'max-regression': 0.01 }] as Gate[];
  const [good, poor] = [makeRows(4000, 1), makeRows(4000, 0.3)];
  expect(decideGates(gates, 'binary', rowsOf(good, poor), options).results[0]!.verdict).toBe('pass');
  expect(decideGates(gates, 'binary', rowsOf(poor, good), options).results[0]!.verdict).toBe('fail');
});

test('a first model must beat the naive baseline, change gates are skipped with a note, absolute gates stand', () => {
  const gates = [auc({ min: 0.5 }), auc({ 'min-improvement': 0 })];
  const skilled = decideGates(gates, 'binary', rowsOf(makeRows(4000, 1)), options);
  expect(skilled.skipped).toEqual([{ rule: 'roc-auc better than the champion', reason: 'there is no champion yet' }]);
  expect(skilled.results.map(({ kind, verdict }) => [kind, verdict])).toEqual([
    ['min', 'pass'],
    ['baseline', 'pass'],
  ]);
  const clueless = decideGates(gates, 'binary', rowsOf(makeRows(4000, 0)), options);
  expect(clueless.results.find(({ kind }) => kind === 'baseline')!.verdict).not.toBe('pass');
});

test('only change gates and no champion: the baseline still decides', () => {
  const { results } = decideGates([auc({ 'min-improvement': 0 })], 'binary', rowsOf(makeRows(4000, 1)), options);
  expect(results).toHaveLength(1);
});

test('the same effect goes from open to decided with rows, and never from pass to fail', () => {
  const verdicts = [200, 1000, 5000, 25_000].map((n) => {
    const { results } = decideGates([auc({ min: 0.7 })], 'binary', rowsOf(makeRows(n, 0.85)), options);
    return results[0]!.verdict;
  });
  expect(verdicts.at(-1)).toBe('pass');
  expect(verdicts).not.toContain('fail');
});

test('slices: a named one without rows fails, a thin one stays open, a bad one fails after correction', () => {
  const n = 6000;
  const [candidate, champion] = [makeRows(n, 0.9), makeRows(n, 0.8)];
  const spoiled = candidate.score.map((score, row) => (row % 3 === 0 ? 1 - score : score));
  const slices = { origin: Array.from({ length: n }, (_, row) => (row < 10 ? 'thin' : ['a', 'b', 'c'][row % 3]!)) };
  const gates = [
    auc({ slice: { by: 'origin', values: ['a', 'b', 'gone', 'thin'], 'min-rows': 30 }, 'max-regression': 0.02 }),
  ];
  const rows = { candidate: { label: candidate.label, score: spoiled }, champion, slices };
  const found = decideGates(gates, 'binary', rows, options).results.map(({ slice, verdict }) => [slice, verdict]);
  expect(Object.fromEntries(found)).toEqual({
    'origin = a': 'fail',
    'origin = b': 'pass',
    'origin = gone': 'fail',
    'origin = thin': 'inconclusive',
  });
});

test('a slice of one class cannot be computed and is open, not passed', () => {
  const rows = makeRows(500, 1);
  const constant = { label: new Float64Array(500).fill(1), score: rows.score };
  const { results } = decideGates([auc({ min: 0.5 })], 'binary', rowsOf(constant, constant), options);
  expect(results[0]!.verdict).toBe('inconclusive');
});

test('budgets: under, over, and not measured', () => {
  const gates = [{ budget: 'artifact-bytes', max: '1KB' }] as Gate[];
  const measured = (value: number) => ({ 'artifact-bytes': { value, low: value, high: value, n: 1, note: '' } });
  const decide = (budgets: object) =>
    decideGates(gates, 'binary', rowsOf(makeRows(300, 1), makeRows(300, 1)), { ...options, budgets: { ...budgets } })
      .results[0]!.verdict;
  expect(decide(measured(1000))).toBe('pass');
  expect(decide(measured(1001))).toBe('fail');
  expect(decide({})).toBe('inconclusive');
});

test('superiority of an equal model passes no more often than the error says', () => {
  let passed = 0;
  const trials = 400;
  for (let trial = 0; trial < trials; trial++) {
    const rows = makeRows(300, 0.6, trial + 1);
    const random = createRandom(10_000 + trial);
    const jitter = (score: number): number => score + 0.4 * (random.next() - 0.5);
    const [a, b] = [rows.score.map(jitter), rows.score.map(jitter)];
    const compared = rowsOf({ label: rows.label, score: a }, { label: rows.label, score: b });
    if (decideGates([auc({ 'min-improvement': 0 })], 'binary', compared, options).results[0]!.verdict === 'pass')
      passed++;
  }
  // One side of a 95 % interval errs in 2.5 %; 4.5 % is over three standard errors above that.
  expect(passed / trials).toBeLessThan(0.045);
});

test('a handful of perfect rows proves nothing', () => {
  const perfect = (n: number): Predictions => {
    const label = Float64Array.from({ length: n }, (_, row) => row % 2);
    return { label, score: label.map((value) => 0.1 + 0.8 * value) };
  };
  const gates = [auc({ min: 0.9 }), { metric: 'accuracy', min: 0.9 }] as Gate[];
  const verdicts = (n: number) =>
    decideGates(gates, 'binary', rowsOf(perfect(n)), options).results.map(({ verdict }) => verdict);
  expect(new Set(verdicts(4))).toEqual(new Set(['inconclusive']));
  expect(verdicts(40).slice(0, 1)).toEqual(['inconclusive']);
  expect(new Set(verdicts(400))).toEqual(new Set(['pass']));
});

test('a first model is held against the baseline on a metric that a constant can be judged by', () => {
  const gates = [{ metric: 'ece', max: 0.5 }, auc({ min: 0.5 })] as Gate[];
  const { results } = decideGates(gates, 'binary', rowsOf(makeRows(4000, 1)), options);
  expect(results.find(({ kind }) => kind === 'baseline')).toMatchObject({ metric: 'roc-auc', verdict: 'pass' });
});

test('metrics that do not fit are refused by name', () => {
  expect(() => decideGates([auc({ min: 0.5 })], 'regression', rowsOf(makeRows(300, 1)), options)).toThrowError(
    expect.objectContaining({ code: 'metric-unfit' }),
  );
  const ratio = [{ metric: 'observed-to-expected', 'max-regression': 0.1 }] as Gate[];
  expect(() => decideGates(ratio, 'binary', rowsOf(makeRows(300, 1)), options)).toThrowError(/best at 1/);
});

test.each([
  ['50MB', 50e6],
  ['2 KiB', 2048],
  [17, 17],
] as const)('%s is %d bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});
