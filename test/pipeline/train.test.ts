/** train on real stages: what runs and why, what a failure leaves, what the record says. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KitError } from '../../src/base/errors.ts';
import { readRecords } from '../../src/commands/records.ts';
import { command as train } from '../../src/commands/train.ts';
import { RunBody } from '../../src/formats/run-record.ts';
import { createProject, type Project, sync } from '../data/project.ts';
import type { TestPortsOptions } from '../registry/ports.ts';

const config = `version: 1
datasets:
  flights: {path: data/*.csv, time: date}
models:
  delay:
    artifact: models/delay.txt
    dataset: flights
    task: binary
stages:
  production: {}
`;

const pipeline = `stages:
  prepare:
    cmd: mkdir -p work && cat data/*.csv | sort > work/rows.txt
    deps: [data]
    outs: [work/rows.txt]
  train:
    cmd: mkdir -p models && (cat work/rows.txt; echo lr \${lr}) > models/delay.txt && echo '{"train":{"auc":0.8},"test":{"auc":0.7}}' > metrics.json
    deps: [work/rows.txt, train.sh]
    params: [lr]
    outs: [models/delay.txt]
    metrics: [{metrics.json: {cache: false}}]
artifacts:
  delay:
    path: models/delay.txt
    type: model
    meta: {architecture: lines, pretrained: [base-1]}
`;

const files = {
  'mlops.yaml': config,
  'dvc.yaml': pipeline,
  'params.yaml': 'lr: 1.0\nepochs: 3\n',
  'train.sh': '#!/bin/sh\n',
  'data/1.csv': 'b\na\n',
};

const project = (changes: Record<string, string> = {}, options: TestPortsOptions = {}) =>
  createProject({ ...files, ...changes }, options);
const run = (at: Project, inputs: Record<string, unknown> = {}) =>
  train.run(at.ports, { config: 'mlops.yaml', 'dry-run': false, ...train.inputs.parse({}), ...inputs } as never);
const recordsOf = async (at: Project) => await readRecords(at.ports, { kinds: ['run'] });

test('a first run runs all stages, and writes lock, cache, ignore entries, report and record', async () => {
  await using at = project();
  const result = await run(at);
  expect(result.outputs).toMatchObject({ verdict: 'pass', 'changed-stages': ['prepare', 'train'] });
  expect(JSON.parse(result.outputs.metrics)).toEqual({ 'train.auc': 0.8, 'test.auc': 0.7 });
  expect(at.text('models/delay.txt')).toBe('a\nb\nlr 1.0\n');
  expect(at.text('dvc.lock')).toMatchInlineSnapshot(`
    "schema: '2.0'
    stages:
      prepare:
        cmd: mkdir -p work && cat data/*.csv | sort > work/rows.txt
        deps:
        - path: data
          hash: md5
          md5: 6bf20a15894e044755b4cfdb0895313c.dir
          size: 4
          nfiles: 1
        outs:
        - path: work/rows.txt
          hash: md5
          md5: dd8c6a395b5dd36c56d23275028f526c
          size: 4
      train:
        cmd: mkdir -p models && (cat work/rows.txt; echo lr 1.0) > models/delay.txt 
          && echo '{"train":{"auc":0.8},"test":{"auc":0.7}}' > metrics.json
        deps:
        - path: train.sh
          hash: md5
          md5: 3e2b31c72181b87149ff995e7202c0e3
          size: 10
        - path: work/rows.txt
          hash: md5
          md5: dd8c6a395b5dd36c56d23275028f526c
          size: 4
        params:
          params.yaml:
            lr: 1.0
        outs:
        - path: metrics.json
          hash: md5
          md5: 5c0b8cd8d53c7e12aaaefd958bbad5cd
          size: 41
        - path: models/delay.txt
          hash: md5
          md5: 7e857b5d8cd33d164f2225deb79b06a3
          size: 11
    "
  `);
  expect(at.text('models/.gitignore')).toBe('/delay.txt\n');
  expect(JSON.parse(at.text('.mlops/reports/train/delay/report.json')).schema).toBe('train-report/v1');
  const [stored] = await recordsOf(at);
  const body = RunBody.parse(stored?.record.body);
  expect(body).toMatchObject({
    runId: result.outputs['run-id'],
    commit: at.repository.git('rev-parse', 'HEAD'),
    code: { dirty: false, paths: [] },
    architecture: { type: 'model', architecture: 'lines', pretrained: ['base-1'] },
    params: { 'params.yaml': { lr: 1 } },
    split: { dataset: 'flights', time: 'date', test: 'last-window' },
    validation: { train: { 'train.auc': 0.8 }, test: { 'test.auc': 0.7 }, files: ['metrics.json'] },
    previousModel: null,
  });
  expect(body.deps[0]).toMatchObject({ name: 'flights', path: 'data/*.csv' });
  expect(body.deps.map((dep) => dep.path)).toEqual(['data/*.csv', 'data', 'train.sh']);
  expect(body.steps.map((step) => [step.name, step.status])).toEqual([
    ['prepare', 'ran'],
    ['train', 'ran'],
  ]);
  for (const key of Object.keys(RunBody.shape)) {
    const { [key]: _, ...rest } = body as unknown as Record<string, unknown>;
    expect(RunBody.safeParse(rest).success).toBe(false);
  }
});

test('the same commit, data and parameters run nothing, keep the key, and write no second record', async () => {
  await using at = project();
  const first = await run(at);
  const second = await run(at);
  expect(second.outputs['changed-stages']).toEqual([]);
  expect(second.outputs['run-id']).toBe(first.outputs['run-id']);
  expect(second.markdown).toContain('Nothing changed');
  expect(await recordsOf(at)).toHaveLength(1);
});

test('only what a change reaches runs again', async () => {
  await using at = project();
  await run(at);
  at.repository.write('params.yaml', 'lr: 1.0\nepochs: 9\n');
  expect((await run(at)).outputs['changed-stages']).toEqual([]);
  at.repository.write('params.yaml', 'lr: 0.5\nepochs: 9\n');
  expect((await run(at)).outputs['changed-stages']).toEqual(['train']);
  at.repository.write('data/1.csv', 'a\nb\n');
  expect((await run(at)).outputs['changed-stages']).toEqual(['prepare']);
  at.repository.write('data/2.csv', 'c\n');
  expect((await run(at)).outputs['changed-stages']).toEqual(['prepare', 'train']);
});

test('outputs that only miss in the work tree come back from the cache without a run', async () => {
  await using at = project();
  await run(at);
  rmSync(join(at.root, 'work'), { recursive: true });
  rmSync(join(at.root, 'models/delay.txt'));
  const result = await run(at);
  expect(result.outputs['changed-stages']).toEqual([]);
  expect(at.text('models/delay.txt')).toBe('a\nb\nlr 1.0\n');
  expect((result.document as { stages: { status: string }[] }).stages.map((stage) => stage.status)).toEqual([
    'restored',
    'restored',
  ]);
});

test('force runs all, a target runs what it needs, a dry run writes nothing', async () => {
  await using at = project();
  const dry = await run(at, { 'dry-run': true });
  expect(dry.verdict).toBeUndefined();
  expect(at.has('dvc.lock') || at.has('work')).toBe(false);
  const part = await run(at, { stage: ['prepare'] });
  expect(part.outputs).toMatchObject({ 'run-id': '', 'changed-stages': ['prepare'] });
  expect((await run(at)).outputs['changed-stages']).toEqual(['train']);
  expect((await run(at, { force: true })).outputs['changed-stages']).toEqual(['prepare', 'train']);
});

test('a failing stage keeps what finished, and leaves no half-written output', async () => {
  await using at = project({
    'dvc.yaml': pipeline.replace(
      'mkdir -p models && ',
      'mkdir -p models && echo half > models/delay.txt && echo broken >&2 && exit 7; ',
    ),
  });
  const failed = await run(at).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(KitError);
  expect(failed).toMatchObject({ code: 'stage-failed' });
  expect(String(failed)).toMatch(/stage "train".*exit code 7\nbroken/s);
  expect(at.text('dvc.lock')).toContain('prepare:');
  expect(at.text('dvc.lock')).not.toContain('  train:');
  expect(at.has('models/delay.txt')).toBe(false);
  expect(at.text('.mlops/failed/train/models/delay.txt')).toBe('half\n');
  expect(await recordsOf(at)).toHaveLength(0);
});

test('a stage that is killed, that runs too long, and that does not write its output', async () => {
  await using at = project({ 'dvc.yaml': pipeline.replace('mkdir -p models', () => 'kill -9 $$; mkdir -p models') });
  await expect(run(at)).rejects.toThrow(/killed by SIGKILL/);
  at.repository.write('dvc.yaml', pipeline.replace('mkdir -p models', 'sleep 30; mkdir -p models'));
  at.repository.write('mlops.yaml', config.replace('    task', '    timeout: 500ms\n    task'));
  await expect(run(at)).rejects.toThrow(/no end within/);
  at.repository.write('mlops.yaml', config);
  at.repository.write('dvc.yaml', pipeline.replace('> models/delay.txt', '> models/other.txt'));
  await expect(run(at)).rejects.toMatchObject({ code: 'output-missing' });
});

test('missing inputs, parameters, pipeline and an artifact nobody writes are told before anything runs', async () => {
  await using at = project();
  rmSync(join(at.root, 'data'), { recursive: true });
  await expect(run(at)).rejects.toMatchObject({ code: 'dep-missing' });
  at.repository.write('data/1.csv', 'a\n');
  at.repository.write('dvc.yaml', pipeline.replace('params: [lr]', 'params: [lr, gone]'));
  await expect(run(at)).rejects.toMatchObject({ code: 'params-missing' });
  at.repository.write('dvc.yaml', pipeline.replaceAll('models/delay.txt', 'models/x.txt'));
  await expect(run(at)).rejects.toMatchObject({ code: 'artifact-unwritten', at: { path: 'mlops.yaml', line: 6 } });
  rmSync(join(at.root, 'dvc.yaml'));
  await expect(run(at)).rejects.toMatchObject({ code: 'pipeline-missing' });
});

test('a dirty work tree is allowed, said, and stands in the record', async () => {
  await using at = project();
  const clean = await run(at);
  at.repository.write('train.sh', '#!/bin/sh\n# edited\n');
  const result = await run(at);
  expect(at.ports.warnings.join()).toContain('train.sh');
  const body = RunBody.parse((await recordsOf(at)).at(-1)?.record.body);
  expect(body.code).toMatchObject({ dirty: true, paths: ['train.sh'] });
  expect(result.outputs['run-id'].slice(0, 8)).not.toBe(clean.outputs['run-id'].slice(0, 8));
});

test('pull requests and --no-record write no record', async () => {
  const actions = {
    runId: '77',
    runAttempt: 2,
    runUrl: 'https://example.org',
    workflow: 'ml-ci',
    job: 'train',
    eventName: 'pull_request',
    eventPath: undefined,
    repository: 'acme/ml',
    sha: '',
    ref: '',
  };
  await using at = project({}, { actions });
  const result = await run(at);
  expect(result.outputs['run-id']).toMatch(/^[0-9a-f]{8}-77-2$/);
  expect(await recordsOf(at)).toHaveLength(0);
  await using other = project();
  await run(other, { record: false });
  expect(await recordsOf(other)).toHaveLength(0);
});

test('a command of the config trains without dvc.yaml, and runs again when code or data change', async () => {
  await using at = project({
    'mlops.yaml': config.replace(
      '    task',
      '    command: mkdir -p models && cat data/*.csv train.sh > models/delay.txt\n    task',
    ),
  });
  rmSync(join(at.root, 'dvc.yaml'));
  at.repository.git('commit', '-qam', 'no pipeline');
  expect((await run(at)).outputs['changed-stages']).toEqual(['train']);
  expect((await run(at)).outputs['changed-stages']).toEqual([]);
  expect(at.has('dvc.lock')).toBe(false);
  at.repository.commit({ 'train.sh': '# other\n' });
  expect((await run(at)).outputs['changed-stages']).toEqual(['train']);
  at.repository.write('data/2.csv', 'new\n');
  expect((await run(at)).outputs['changed-stages']).toEqual(['train']);
});

test('outputs of a pipeline are pushed, and another clone has nothing to run after a pull', async () => {
  await using at = project();
  await run(at);
  await sync(at, 'push');
  at.repository.git('add', '-A');
  at.repository.git('commit', '-qm', 'results');
  at.repository.git('push', '-q', 'origin', 'main');
  const other = await at.clone('other');
  await sync(other, 'pull');
  expect(other.text('models/delay.txt')).toBe('a\nb\nlr 1.0\n');
  expect((await run(other)).outputs['changed-stages']).toEqual([]);
  expect(readdirSync(other.root)).toContain('metrics.json');
});

test('a project in a folder of its repository trains with paths from that folder', async () => {
  await using at = createProject(
    Object.fromEntries(Object.entries({ ...files }).map(([path, text]) => [`sub/${path}`, text])),
  );
  const { createDataPorts } = await import('../data/project.ts');
  await using ports = createDataPorts(join(at.root, 'sub'));
  const result = await train.run(ports, { config: 'mlops.yaml', 'dry-run': false, ...train.inputs.parse({}) });
  expect(result.outputs['changed-stages']).toEqual(['prepare', 'train']);
  expect(at.text('sub/dvc.lock')).toContain('- path: data\n');
  expect(at.has('.dvc/cache') && !at.has('sub/.dvc')).toBe(true);
  const again = await train.run(ports, { config: 'mlops.yaml', 'dry-run': false, ...train.inputs.parse({}) });
  expect(again.outputs['run-id']).toBe(result.outputs['run-id']);
});

test('Ctrl-C ends the stage and its children, and keeps the lock of what finished', async () => {
  await using at = project({
    'dvc.yaml': pipeline.replace('mkdir -p models', 'echo started; sleep 60; mkdir -p models'),
  });
  const source = (path: string) => JSON.stringify(join(import.meta.dirname, path));
  const script = `
    import { createDataPorts } from ${source('../data/project.ts')};
    import { command } from ${source('../../src/commands/train.ts')};
    const ports = createDataPorts(${JSON.stringify(at.root)});
    ports.progress.info = (line) => console.log(line);
    await command.run(ports, { config: 'mlops.yaml', 'dry-run': false, ...command.inputs.parse({}) })
      .catch((error) => console.log(error.code, error.message));
    await ports[Symbol.asyncDispose]();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let told = false;
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (output.includes('started') && !told) told = child.kill('SIGINT');
  });
  await once(child, 'close');
  expect(output).toMatch(/stage-failed .*killed by SIGINT/s);
  expect(at.text('dvc.lock')).toContain('prepare:');
});
