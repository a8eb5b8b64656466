/** Run keys are equal for equal inputs alone, and metrics are sorted by the rows they are about. */

import { expect, test } from 'vitest';
import { type PythonMap, parsePythonYaml } from '../../formats/python-value.ts';
import { digestCode, formatRunId, formatRunKey } from './run-key.ts';
import { readRunMetrics } from './run-metrics.ts';

const values = (text: string) => parsePythonYaml(text, 'm.json', { code: 'metrics', noun: 'file' }) as PythonMap;
const inputs = { code: 'c', data: { b: '1', a: '2' }, commands: { t: 'run' }, params: { 'params.yaml': { lr: 0.1 } } };

test('the order of inputs does not matter, each of them does', () => {
  const key = formatRunKey(inputs);
  expect(formatRunKey({ ...inputs, data: { a: '2', b: '1' } })).toBe(key);
  for (const change of [{ code: 'd' }, { data: { a: '2' } }, { commands: { t: 'x' } }, { params: {} }]) {
    expect(formatRunKey({ ...inputs, ...change })).not.toBe(key);
  }
  expect(formatRunId(key, '7-1')).toBe(`${key.slice(0, 8)}-7-1`);
});

test('a changed file stands in for the committed one, a removed one is left out', () => {
  const committed = [
    { path: 'a', content: '1' },
    { path: 'b', content: '2' },
  ];
  const code = digestCode(committed, []);
  expect(digestCode([...committed].reverse(), [])).toBe(code);
  expect(digestCode(committed, [{ path: 'a', content: 'md5:9' }])).not.toBe(code);
  expect(digestCode(committed, [{ path: 'b', content: null }])).toBe(digestCode([committed[0]!], []));
});

test('numbers are taken at any depth; words of name or file say train or test', () => {
  const metrics = readRunMetrics([
    { path: 'metrics.json', values: values('{"train": {"auc": 0.8}, "test": {"auc": 0.7, "rows": 10}, "note": "x"}') },
    { path: 'eval/test.yaml', values: values('auc: 0.6\nbad: .nan\nlist: [1]') },
    { path: 'other.json', values: values('{"auc": 1, "latest": 2}') },
  ]);
  expect(metrics).toEqual({
    all: {
      'train.auc': 0.8,
      'test.auc': 0.7,
      'test.rows': 10,
      'eval/test.yaml:auc': 0.6,
      'other.json:auc': 1,
      latest: 2,
    },
    train: { 'train.auc': 0.8 },
    test: { 'test.auc': 0.7, 'test.rows': 10, 'eval/test.yaml:auc': 0.6 },
  });
});
