/** Holds metrics and DeLong to scikit-learn and to the definition, on rows made by test/interop/oracles/evaluation.py. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compareAucs } from '../../src/domain/evaluation/delong.ts';
import { metricDefinitions, sortPredictions } from '../../src/domain/evaluation/metrics.ts';
import type { MetricName } from '../../src/formats/config.ts';

const fixture = JSON.parse(readFileSync(new URL('../fixtures/evaluation/metrics.json', import.meta.url), 'utf8')) as {
  rows: Record<string, number[]>;
  binary: Record<'ones' | 'weighted', Partial<Record<MetricName, number>>>;
  regression: Partial<Record<MetricName, number>>;
  multiclass: Partial<Record<MetricName, number>>;
  delong: Record<string, number>;
};
const column = (name: string): Float64Array => Float64Array.from(fixture.rows[name]!);
const ones = new Float64Array(fixture.rows.label!.length).fill(1);
/** Made with ties, which the ranking metrics must handle. */
const tied: readonly string[] = ['roc-auc', 'average-precision'];

const cases = [
  ...Object.entries(fixture.binary.ones).map(([name, expected]) => ['ones', name, expected] as const),
  ...Object.entries(fixture.binary.weighted).map(([name, expected]) => ['weighted', name, expected] as const),
];

test.each(cases)('binary, %s: %s is scikit-learn’s', (weighting, name, expected) => {
  const rows = sortPredictions({ label: column('label'), score: column(tied.includes(name) ? 'b' : 'a') });
  const weight = weighting === 'ones' ? ones : column('weight');
  expect(metricDefinitions[name as MetricName].compute(rows, weight)).toBeCloseTo(expected, 10);
});

test.each(Object.entries(fixture.regression))('regression: %s is scikit-learn’s', (name, expected) => {
  const rows = sortPredictions({ label: column('truth'), score: column('guess') });
  expect(metricDefinitions[name as MetricName].compute(rows, column('weight'))).toBeCloseTo(expected, 10);
});

test.each(Object.entries(fixture.multiclass))('multiclass: %s is scikit-learn’s', (name, expected) => {
  const rows = sortPredictions({ label: column('classes'), score: column('predicted') });
  expect(metricDefinitions[name as MetricName].compute(rows, column('weight'))).toBeCloseTo(expected, 10);
});

test('DeLong in the fast form equals the definition over all pairs', () => {
  const compared = compareAucs(
    { label: column('label'), score: column('a') },
    { label: column('label'), score: column('b') },
  );
  expect(compared.candidate.auc).toBeCloseTo(fixture.delong.aucA!, 12);
  expect(compared.champion.auc).toBeCloseTo(fixture.delong.aucB!, 12);
  expect(compared.candidate.variance).toBeCloseTo(fixture.delong.varianceA!, 12);
  expect(compared.champion.variance).toBeCloseTo(fixture.delong.varianceB!, 12);
  expect(compared.variance).toBeCloseTo(fixture.delong.varianceDifference!, 12);
});
