/** Stages resolved, ordered and decided upon, from the text of dvc.yaml to the reasons to run. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are those of dvc.yaml

import { expect, test } from 'vitest';
import { parseDvcLock } from '../../formats/dvc-lock.ts';
import { parseDvcYaml } from '../../formats/dvc-yaml.ts';
import { type PythonMap, parsePythonYaml } from '../../formats/python-value.ts';
import { decideStage, formatReason, type StageFacts } from './decide-stage.ts';
import { orderStages } from './graph.ts';
import { assertParams, selectParams } from './params.ts';
import { resolveStages, type Stage } from './stage.ts';
import { fillTemplate, mergeVariables } from './templating.ts';

const values = (text: string) => parsePythonYaml(text, 'params.yaml', { code: 'params', noun: 'file' }) as PythonMap;
const stagesOf = (text: string, params = '{}', path = 'dvc.yaml') =>
  resolveStages(parseDvcYaml(text, path), () => values(params));
const fill = (text: string, params: string) => fillTemplate(text, values(params), { command: true });

test('a stage has its paths from the top and its texts as written', () => {
  const [stage] = stagesOf(
    'stages:\n  train:\n    cmd: python train.py\n    wdir: src\n    deps: [train.py, ../data/]\n    params: [lr, other.json: [a], all.yaml: ]\n    outs: [../model.pkl, log: {cache: false, persist: true}]\n    metrics: [m.json: {cache: false}]\n',
    '{}',
    'sub/dvc.yaml',
  );
  expect(stage).toMatchObject({
    directory: 'sub/src',
    deps: [
      { text: 'train.py', path: 'sub/src/train.py' },
      { text: '../data/', path: 'sub/data' },
    ],
    params: [
      { text: 'params.yaml', path: 'sub/src/params.yaml', keys: ['lr'] },
      { text: 'other.json', keys: ['a'] },
      { text: 'all.yaml', keys: [] },
    ],
    outs: [
      { path: 'sub/model.pkl', cache: true, kind: 'out' },
      { path: 'sub/src/log', cache: false, persist: true },
      { path: 'sub/src/m.json', kind: 'metric', cache: false },
    ],
  });
});

test('expressions are filled in', () => {
  expect(fill('lr ${lr} n ${deep.n} ${list[1]}', 'lr: 0.10\ndeep: {n: 3}\nlist: [a, b]')).toBe('lr 0.1 n 3 b');
});

test('booleans, floats, escapes and mappings follow the rules of DVC', () => {
  expect(fill('${a} ${b} \\${c}', 'a: true\nb: 1.0')).toBe('true 1.0 ${c}');
  expect(fill('x ${o}', 'o: {lr: 1e-08, deep: {name: "it\'s"}, on: true, off: false, l: [1, a b]}')).toBe(
    `x --lr 1e-08 --deep.name 'it'"'"'s' --on --l 1 'a b'`,
  );
  expect(() => fill('${none}', 'a: 1')).toThrow(expect.objectContaining({ code: 'pipeline-variable-unknown' }));
  expect(() => fill('${a}', 'a: [1]')).toThrow(expect.objectContaining({ code: 'pipeline-variable-unusable' }));
  expect(() => fill('${constructor}', 'a: 1')).toThrow(expect.objectContaining({ code: 'pipeline-variable-unknown' }));
});

test('variables merge deeply, and redefining one is refused', () => {
  const a = { name: 'params.yaml', values: values('x: {a: 1}') };
  expect(mergeVariables([a, { name: 'vars', values: values('x: {b: 2}') }])).toEqual({ x: { a: 1, b: 2 } });
  expect(() => mergeVariables([a, { name: 'vars', values: values('x: {a: 2}') }])).toThrow(
    expect.objectContaining({ code: 'pipeline-variable-redefined' }),
  );
});

test.each([
  ['stages:\n  a:\n    foreach: [1]\n    do: {cmd: x}', 'pipeline-unsupported'],
  ['stages:\n  a:\n    matrix: {x: [1]}\n    cmd: x', 'pipeline-unsupported'],
  ['stages:\n  a:\n    cmd: x\n    deps: ["s3://b/x"]', 'pipeline-unsupported'],
  ['stages:\n  a:\n    cmd: x\n    outs: [../../etc/passwd]', 'pipeline-path-outside'],
  ['stages:\n  a.b:\n    cmd: x', 'pipeline-stage-name'],
  ['stages:\n  a:\n    cmd: x\n    dep: [y]', 'pipeline-unknown-key'],
  ['stages:\n  a:\n    deps: [y]', 'pipeline-missing-key'],
  ['stages: [', 'pipeline-malformed'],
])('%j is refused as %s', (text, code) => {
  expect(() => stagesOf(text)).toThrow(expect.objectContaining({ code }));
});

test('stages come after those they read from, a folder holds its files', () => {
  const stages = stagesOf(
    'stages:\n  c: {cmd: c, deps: [mid/x], outs: [z]}\n  b: {cmd: b, deps: [raw], outs: [mid]}\n  a: {cmd: a, outs: [raw]}\n  d: {cmd: d, outs: [q]}',
  );
  expect(orderStages(stages).map((stage) => stage.name)).toEqual(['a', 'b', 'c', 'd']);
  expect(orderStages(stages, ['b']).map((stage) => stage.name)).toEqual(['a', 'b']);
  expect(() => orderStages(stages, ['bb'])).toThrow(expect.objectContaining({ code: 'stage-unknown' }));
});

test('a cycle is named, and two writers of one path are refused', () => {
  const cyclic = stagesOf('stages:\n  a: {cmd: a, deps: [y], outs: [x]}\n  b: {cmd: b, deps: [x], outs: [y]}');
  expect(() => orderStages(cyclic)).toThrow(/a -> b -> a/);
  const double = stagesOf('stages:\n  a: {cmd: a, outs: [x/y]}\n  m: {cmd: m, outs: [x-z]}\n  b: {cmd: b, outs: [x]}');
  expect(() => orderStages(double)).toThrow(expect.objectContaining({ code: 'pipeline-overlap' }));
});

const lock = parseDvcLock(
  `schema: '2.0'
stages:
  t:
    cmd: run
    deps:
    - {path: d, hash: md5, md5: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, size: 1}
    params:
      params.yaml:
        lr: 0.1
        n: 1
    outs:
    - {path: o, hash: md5, md5: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, size: 1}
`,
  'dvc.lock',
).stages.get('t');
const base = 'stages:\n  t:\n    cmd: run\n    deps: [d]\n    params: [lr, n]\n    outs: [o]\n';
const facts = (changes: Partial<StageFacts> = {}): StageFacts => ({
  lock,
  deps: new Map([['d', 'a'.repeat(32)]]),
  outs: new Map([['o', 'b'.repeat(32)]]),
  params: new Map([['params.yaml', values('lr: 0.1\nn: 1.0')]]),
  ...changes,
});
const decide = (stage: Stage, given: StageFacts) => decideStage(stage, given).reasons.map(formatReason);

test('a stage whose inputs and outputs are those of the lock does not run', () => {
  expect(decide(stagesOf(base)[0]!, facts())).toEqual([]);
});

test.each([
  [base.replace('cmd: run', 'cmd: other'), {}, ['command changed']],
  [base, { deps: new Map([['d', '3'.repeat(32)]]) }, ['dep d modified']],
  [base, { deps: new Map([['d', undefined]]) }, ['dep d deleted']],
  [base, { outs: new Map([['o', undefined]]) }, ['out o deleted']],
  [
    base,
    { params: new Map([['params.yaml', values('lr: 0.2\nn: 1')]]) },
    ['param params.yaml:lr modified: 0.1 to 0.2'],
  ],
  [base, { params: new Map([['params.yaml', values('n: 1')]]) }, ['param params.yaml:lr deleted']],
  [base.replace('deps: [d]', 'deps: []'), {}, ['dep d removed']],
  [base.replace('[lr, n]', '[lr]'), {}, ['param params.yaml:n removed']],
  [base.replace('    params: [lr, n]\n', ''), {}, ['param params.yaml removed']],
  [base.replace('outs: [o]', 'outs: [o, p]'), { outs: new Map([['o', 'b'.repeat(32)]]) }, ['out p new']],
  [`${base}    frozen: true\n`, { deps: new Map([['d', '3'.repeat(32)]]) }, []],
  [`${base}    always_changed: true\n`, {}, ['always runs']],
  [base, { lock: undefined }, ['never ran']],
])('%j with %j runs because of %j', (text, changes, reasons) => {
  expect(decide(stagesOf(text)[0]!, facts(changes as Partial<StageFacts>))).toEqual(reasons);
});

test('only missing outputs can be restored instead of run', () => {
  const stage = stagesOf(base)[0]!;
  expect(decideStage(stage, facts({ outs: new Map([['o', undefined]]) })).onlyOutputs).toBe(true);
  expect(decideStage(stage, facts({ deps: new Map(), outs: new Map() })).onlyOutputs).toBe(false);
});

test('parameters are picked by dotted keys', () => {
  const picked = selectParams(values('a: {b: [x, 1.0]}\nc: 1'), ['a.b.0', 'c', 'zz']);
  expect(picked).toEqual({ 'a.b.0': 'x', c: 1 });
  expect(() => assertParams('params.yaml', picked, ['zz'])).toThrow(
    expect.objectContaining({ code: 'params-missing' }),
  );
});
