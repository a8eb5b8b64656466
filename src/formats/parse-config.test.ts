/** Parsing of mlops.yaml: the annotated example of the product, every kind of problem with its place, all at once. */

import { expect, test } from 'vitest';
import { KitError, type Problem } from '../base/errors.ts';
import { parseConfig } from './parse-config.ts';
import { parseYamlDocument } from './yaml-document.ts';

const example = `# yaml-language-server: $schema=./schemas/mlops.schema.json
version: 1
datasets:
  flights:
    path: data/flights/*.parquet
    contract: contracts/flights.odcs.yaml
    profile: profiles/flights.json
    time: date
    window: month
    split: {train: expanding, test: last-window}
models:
  flight-delay:
    artifact: models/flight-delay.onnx
    pipeline: dvc.yaml
    runs-on: ubuntu-latest
    dataset: flights
    task: binary
    predictions: {path: eval/predictions.parquet, id: id, label: late, score: p_late}
    gates:
      - {metric: roc-auc, min: 0.6}
      - {metric: roc-auc, min-improvement: 0}
      - {metric: log-loss, max-regression: 0.005}
      - {metric: roc-auc, slice: {by: origin, top: 20}, max-regression: 0.02}
      - {budget: latency-p99, max: 20ms}
    inconclusive: {pull-request: neutral, register: fail}
    pull-request: {rows: 50000}
    monitor:
      every: 1d
      drift: {floor: 0.1, critical: [distance]}
      performance: {labels: data/labels/*.parquet, metric: observed-to-expected, min: 0.9, max: 1.1}
    retrain: {on: [decay, drift, new-rows > 100000], fails: 2 of 5, at-most: 1 per week}
    owners: ["@acme/ml"]
stages:
  staging: {}
  production:
    after: staging
    approvals: 1
    require: [validation, evaluation]
    deploy:
      target: {reference: "deploy/production/{artifact}.yaml"}
      steps: [{setWeight: 10}, {analysis: 10m}, {setWeight: 50}, {analysis: 1h}]
      guard: [{metric: error-rate, max-regression: 0.005}, {metric: latency-p99, max: 50ms}]
`;

function problemsOf(text: string): readonly Problem[] {
  try {
    parseConfig(text, 'mlops.yaml');
  } catch (error) {
    if (error instanceof KitError) return error.problems;
    throw error;
  }
  return [];
}

function linesOf(text: string): readonly string[] {
  return problemsOf(text).map(
    ({ code, message, at, hint }) => `${at?.line}:${at?.column} ${code}: ${message} | ${hint ?? ''}`,
  );
}

/** The example with one piece of text replaced; the replacement must be there to replace. */
function changed(from: string, to: string): string {
  expect(example).toContain(from);
  return example.replace(from, to);
}

test('the annotated example is a config, with defaults filled', () => {
  const { config, document } = parseConfig(example, 'mlops.yaml');
  expect(config.models['flight-delay']?.retrain.fails).toBe('2 of 5');
  expect(config.models['flight-delay']?.timeout).toBe('6h');
  expect(config.stages.production?.deploy?.inconclusive).toBe('hold');
  expect(Object.keys(config.stages)).toEqual(['staging', 'production']);
  expect(document.locate(['models', 'flight-delay', 'gates', 1])).toEqual({ path: 'mlops.yaml', line: 21, column: 9 });
  expect(document.locate(['models', 'flight-delay', 'task'], 'value')).toEqual({
    path: 'mlops.yaml',
    line: 17,
    column: 11,
  });
  expect(document.locate(['models', 'flight-delay', 'timeout'])).toEqual({ path: 'mlops.yaml', line: 12, column: 3 });
  expect(document.has(['models', 'flight-delay', 'timeout'])).toBe(false);
});

test.each([
  [
    '    task: binary',
    '    tusk: binary',
    [
      '12:3 config-missing-key: models.flight-delay.task is required | Write one of binary, multiclass, regression, scored, metrics.',
      '17:5 config-unknown-key: models.flight-delay.tusk is not a known key | Did you mean "task"?',
    ],
  ],
  [
    '{metric: roc-auc, min: 0.6}',
    '{metric: roc-auc, mn: 0.6}',
    ['20:27 config-unknown-key: models.flight-delay.gates[0].mn is not a known key | Did you mean "min"?'],
  ],
  [
    '{metric: roc-auc, min: 0.6}',
    '{metric: roc-auc, min: high}',
    ['20:32 config-invalid-value: models.flight-delay.gates[0].min must be a number, not "high" | '],
  ],
  [
    '{metric: roc-auc, min: 0.6}',
    '{metric: roc-auc}',
    [
      '20:9 config-gate: models.flight-delay.gates[0] has no requirement, so it could never fail | Give it exactly one of min, max, min-improvement, max-regression; write two gates for two limits.',
    ],
  ],
  [
    '{metric: roc-auc, min: 0.6}',
    '{metric: auc-roc, min: 0.6}',
    [
      '20:10 config-unknown-metric: models.flight-delay.gates[0].metric names an unknown metric "auc-roc" | Known: roc-auc, average-precision, log-loss, brier, accuracy, balanced-accuracy, precision, recall, f1, mcc, ece, observed-to-expected, mae, rmse, mape, r2, macro-f1.',
    ],
  ],
  [
    '{metric: roc-auc, min: 0.6}',
    '{metric: roc-acu, min: 0.6}',
    [
      '20:10 config-unknown-metric: models.flight-delay.gates[0].metric names an unknown metric "roc-acu" | Did you mean "roc-auc"?',
    ],
  ],
  [
    '{analysis: 10m}',
    '{anaylsis: 10m}',
    [
      '41:33 config-unknown-key: stages.production.deploy.steps[1].anaylsis is not a known key | Did you mean "analysis"?',
    ],
  ],
  [
    '{setWeight: 10}',
    '{setWeight: 10, pause: 1m}',
    [
      '41:15 config-invalid-value: stages.production.deploy.steps[0] must have one form, by exactly one of the keys setWeight, pause, analysis, approve | ',
    ],
  ],
  [
    '{analysis: 10m}',
    '{analysis: 10 minutes}',
    [
      '41:33 config-duration: stages.production.deploy.steps[1].analysis is no duration: Cannot parse duration "10 minutes": expected forms are 20ms, 30s, 10m, 1h30m, 7d | Write 20ms, 30s, 10m, 1h30m or 7d.',
    ],
  ],
  [
    'dataset: flights',
    'dataset: flihgts',
    [
      '16:5 config-unknown-dataset: models.flight-delay.dataset names an unknown dataset "flihgts" | Did you mean "flights"?',
    ],
  ],
  [
    'after: staging',
    'after: stagin',
    ['36:5 config-unknown-stage: stages.production.after names an unknown stage "stagin" | Did you mean "staging"?'],
  ],
  [
    'staging: {}',
    'staging: {after: production}',
    [
      '34:13 config-stage-cycle: stages.staging.after makes a circle: "production" itself comes after "staging" | Let the first stage have no "after".',
      '36:5 config-stage-cycle: stages.production.after makes a circle: "staging" itself comes after "production" | Let the first stage have no "after".',
    ],
  ],
  [
    '    predictions: {path: eval/predictions.parquet, id: id, label: late, score: p_late}\n',
    '',
    [
      '18:5 config-predictions: models.flight-delay.gates need predictions to be computed from, and the model has none | Add "predictions: {path: ...}" to the model.',
    ],
  ],
  [
    ', score: p_late',
    '',
    [
      '18:5 config-predictions: models.flight-delay.predictions names no score column, and the gate on roc-auc needs the predicted probability | Add "score: <column>" to the predictions.',
    ],
  ],
  [
    'fails: 2 of 5',
    'fails: 6 of 5',
    [
      '31:54 config-invalid-value: models.flight-delay.retrain.fails must be "<k> of <n>" with 1 <= k <= n, not "6 of 5" | ',
    ],
  ],
  [
    'contracts/flights.odcs.yaml',
    '../flights.odcs.yaml',
    [
      '6:5 config-path-outside: datasets.flights.contract leaves the repository: "../flights.odcs.yaml" | Write a path inside the repository, without "..".',
    ],
  ],
  [
    'max-regression: 0.005}, {metric: latency-p99, max: 50ms}',
    'max-regression: 0.005}, {metric: latency-p99}',
    [
      '42:60 config-guard: stages.production.deploy.guard[1] has no limit, so it could never fail | Give it exactly one of max, max-regression; write two guards for two limits.',
    ],
  ],
  [
    'window: month',
    'window: monthly',
    ['9:13 config-invalid-value: datasets.flights.window must be hour, day, week, month or "<n> rows" | '],
  ],
  [
    '  flights:',
    '  "fl ights":',
    [
      '4:3 config-invalid-key: datasets."fl ights" the name must start and end with a letter or digit and hold only letters, digits, "-", "_" and "/" | ',
    ],
  ],
  [
    'version: 1',
    'version: 1\nversion: 1',
    ['3:1 config-malformed: Map keys must be unique | Correct the YAML at this place.'],
  ],
])('"%s" as "%s" is reported at its place', (from, to, expected) => {
  expect(linesOf(changed(from, to))).toEqual(expected);
});

test('all problems of a file are reported at once, in file order, as one error', () => {
  const text = changed('version: 1', 'version: 2')
    .replace('path: data', 'pth: data')
    .replace('setWeight: 50', 'setWeight: 500');
  const problems = problemsOf(text);
  expect(problems.map((problem) => problem.at?.line)).toEqual([2, 4, 5, 41]);
  expect(() => parseConfig(text, 'mlops.yaml')).toThrow('Cannot read config "mlops.yaml": 4 problems');
});

test.each([
  ['', 'the file must be a mapping of keys, not empty'],
  ['[', 'Flow sequence'],
  ['a: &a [*a]', 'Cannot read config'],
  ['version: !!js/function x', 'Unresolved tag'],
  [`${'['.repeat(5000)}`, 'Cannot read config'],
  [
    'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]',
    'Excessive alias count',
  ],
  ['---\na: 1\n---\nb: 2', 'multiple documents'],
])('hostile or broken text %# ends in a KitError', (text, message) => {
  expect(() => parseConfig(text, 'mlops.yaml')).toThrow(KitError);
  const said = [...problemsOf(text).map((problem) => problem.message), 'Cannot read config'].join('\n');
  expect(said).toContain(message);
});

test('a key named __proto__ is an unknown key, not a prototype', () => {
  expect(problemsOf(`${example}__proto__: {polluted: true}\n`).map((problem) => problem.code)).toEqual([
    'config-unknown-key',
  ]);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('values behind an alias are located where they are written', () => {
  const document = parseYamlDocument('base: &base {x: 1}\nother: *base\n', 'a.yaml');
  expect(document.locate(['other', 'x'])).toEqual({ path: 'a.yaml', line: 1, column: 14 });
  expect(document.locate(['nowhere'])).toEqual({ path: 'a.yaml', line: 1, column: 1 });
});
