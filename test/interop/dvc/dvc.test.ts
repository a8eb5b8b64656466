/** The kit and the real DVC on the same repositories, both ways: what one writes, the other takes as up to date. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { command as train } from '../../../src/commands/train.ts';
import { createProject, type Project, sync } from '../../data/project.ts';
import { createDvc, type DvcCall, installDvc } from './dvc-client.ts';

let dvc: (cwd: string, ...args: string[]) => DvcCall;

beforeAll(() => {
  dvc = createDvc(installDvc(), mkdtempSync(join(tmpdir(), 'mlops-dvc-site-')));
});

const pipeline = `vars:
- lib.yaml
- depth: 3
stages:
  prepare:
    cmd:
    - mkdir -p work
    - cat data/foo > work/rows.txt
    deps: [data]
    outs: [work/rows.txt]
  train:
    cmd: mkdir -p models/deep && cp work/rows.txt models/deep/model.bin && echo "\${model} depth \${depth} rate \${lr} \${lib.name}" > models/notes.txt && printf '{"auc":0.7}' > metrics.json
    deps: [work/rows.txt, train.sh]
    params:
    - lr
    - nested.steps
    - other.json: [alpha]
    - whole.yaml:
    outs: [models]
    metrics: [{metrics.json: {cache: false}}]
  tool:
    wdir: tools
    cmd: printf '#!/bin/sh\\n' > run.sh && chmod +x run.sh
    deps: [../train.sh]
    outs: [run.sh]
`;

const files = {
  'mlops.yaml':
    'version: 1\ndatasets:\n  d: {path: data}\nmodels:\n  m: {artifact: models, dataset: d, task: binary}\n',
  'dvc.yaml': pipeline,
  'params.yaml': "lr: 1.0\nmodel: gbm\nnested:\n  steps: 1e-08\n  text: '2024-01-01'\nunused: 1_000\n",
  'lib.yaml': 'lib:\n  name: fast lib\n',
  'other.json': '{"alpha": 0.10, "list": [1.0, 2]}',
  'whole.yaml': "a: -1e20\nb: '2024-01-01'\nc:\nd: yes\ne: [1.0, {f: null}]\ng: 0.00001\n",
  'train.sh': '#!/bin/sh\n',
  'tools/keep': '',
};

function project(): Project {
  const at = createProject(files);
  for (const [name, text] of [
    ['foo', 'foo\n'],
    ['é 😀.txt', 'x'],
    ['sub/deep/b', 'b'],
    ['sub-x', 'c'],
    ['\uffee', 'z'],
    ['q"\\', 'q'],
  ] as const) {
    at.repository.write(`data/${name}`, text);
  }
  return at;
}

const run = (at: Project) => train.run(at.ports, { config: 'mlops.yaml', 'dry-run': false, ...train.inputs.parse({}) });

test('DVC takes what the kit added, trained and pushed as up to date', async () => {
  await using at = project();
  await sync(at, 'add', { paths: ['data'] });
  expect((await run(at)).outputs['changed-stages']).toEqual(['prepare', 'train', 'tool']);
  await sync(at, 'push');
  const status = dvc(at.root, 'status');
  const repro = dvc(at.root, 'repro', '--dry');
  const cloud = dvc(at.root, 'status', '--cloud');
  console.log({ status, repro, cloud });
  expect(status).toEqual({ code: 0, output: 'Data and pipelines are up to date.' });
  expect(repro.output).toMatch(/Data and pipelines are up to date\.$/);
  expect(cloud.output).toMatch(/in sync/);
});

test('DVC would write the same bytes: dvc.lock, .dvc file, ignore files', async () => {
  await using at = project();
  await sync(at, 'add', { paths: ['data'] });
  await run(at);
  const kit = ['dvc.lock', 'data.dvc', '.gitignore', 'tools/.gitignore', 'work/.gitignore'].map((path) =>
    at.text(path),
  );
  rmSync(join(at.root, 'dvc.lock'));
  expect(dvc(at.root, 'repro', '--force', '--no-run-cache')).toMatchObject({ code: 0 });
  expect(dvc(at.root, 'add', 'data')).toMatchObject({ code: 0 });
  const other = ['dvc.lock', 'data.dvc', '.gitignore', 'tools/.gitignore', 'work/.gitignore'].map((path) =>
    at.text(path),
  );
  expect(kit).toEqual(other);
});

test('a clone pulls with DVC what the kit pushed', async () => {
  await using at = project();
  await sync(at, 'add', { paths: ['data'] });
  await run(at);
  await sync(at, 'push');
  at.repository.git('add', '-A');
  at.repository.git('commit', '-qm', 'results');
  at.repository.git('push', '-q', 'origin', 'main');
  const other = await at.clone('other');
  const pulled = dvc(other.root, 'pull');
  console.log({ pulled });
  expect(pulled.code).toBe(0);
  expect(other.text('data/é 😀.txt')).toBe('x');
  expect(dvc(other.root, 'status').output).toBe('Data and pipelines are up to date.');
});

test('the kit takes what DVC added, reproduced and pushed as up to date, and pulls it', async () => {
  await using at = project();
  expect(dvc(at.root, 'add', 'data')).toMatchObject({ code: 0 });
  expect(dvc(at.root, 'repro')).toMatchObject({ code: 0 });
  expect(dvc(at.root, 'push')).toMatchObject({ code: 0 });
  expect(await sync(at, 'status', { check: true })).toMatchObject({
    verdict: 'pass',
    outputs: { changed: 0, missing: 0 },
  });
  expect((await sync(at, 'verify')).verdict).toBe('pass');
  expect((await run(at)).outputs['changed-stages']).toEqual([]);
  expect(at.repository.git('status', '--porcelain', 'dvc.lock')).toMatch(/^\?\? dvc\.lock$/);
  at.repository.git('add', '-A');
  at.repository.git('commit', '-qm', 'results');
  at.repository.git('push', '-q', 'origin', 'main');
  const other = await at.clone('other');
  await sync(other, 'pull');
  expect(other.text('models/deep/model.bin')).toBe(at.text('models/deep/model.bin'));
  expect(other.has('tools/run.sh')).toBe(true);
  expect((await sync(other, 'status', { check: true })).verdict).toBe('pass');
});

test('both see the same change, and DVC accepts the lock after the kit ran only that stage', async () => {
  await using at = project();
  await sync(at, 'add', { paths: ['data'] });
  expect(dvc(at.root, 'repro')).toMatchObject({ code: 0 });
  writeFileSync(join(at.root, 'params.yaml'), files['params.yaml'].replace('lr: 1.0', 'lr: 0.30'));
  expect(dvc(at.root, 'status').output).toMatch(/train:/);
  expect((await run(at)).outputs['changed-stages']).toEqual(['train']);
  expect(dvc(at.root, 'status').output).toBe('Data and pipelines are up to date.');
});
