/** init in real repositories: what it finds, what it writes, and that what it writes works. */

import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createFiles } from '../../src/adapters/files.ts';
import { createGit } from '../../src/adapters/git/git.ts';
import { renderConfig } from '../../src/commands/init/render-config.ts';
import { renderCiWorkflow, renderTrainWorkflow } from '../../src/commands/init/render-workflows.ts';
import { command } from '../../src/commands/init.ts';
import { command as report } from '../../src/commands/report.ts';
import { parseConfig } from '../../src/formats/parse-config.ts';
import type { Ports } from '../../src/ports/ports.ts';

let root: string;
beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'init-')), 'Flight Delays');
  await mkdir(root);
  execFileSync('git', ['init', '-q', '-b', 'trunk'], { cwd: root });
});
afterEach(() => rm(dirname(root), { recursive: true, force: true }));

const put = async (path: string, text = ''): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');
const run = async (inputs: object = {}, dryRun = false) => {
  await using git = createGit({ root });
  const ports = { files: createFiles(root), git } as unknown as Ports;
  return command.run(ports, { ...command.inputs.parse(inputs), config: 'mlops.yaml', 'dry-run': dryRun });
};
const config = async () => parseConfig(await read('mlops.yaml'), 'mlops.yaml').config;

it('writes a config that parses, ignore rules and two workflows into an empty repository', async () => {
  const result = await run();
  expect(result.outputs.files).toEqual([
    'mlops.yaml',
    '.github/workflows/ml-ci.yml',
    '.github/workflows/ml-train.yml',
    '.gitignore',
  ]);
  expect(Object.keys((await config()).models)).toEqual(['Flight-Delays']);
  expect(await read('mlops.yaml')).toMatch(/^# yaml-language-server: \$schema=https:\/\//);
  expect(await read('.gitignore')).toContain('.mlops/outbox/');
  expect(parse(await read('.github/workflows/ml-ci.yml')).on.pull_request.branches).toEqual(['trunk']);
  expect(result.markdown).toContain('none was found');
});

it('takes from dvc.yaml and the data what it can', async () => {
  await put(
    'dvc.yaml',
    'stages:\n  train:\n    cmd: python train.py\n    deps: [train.py, data/flights]\n    outs: [models/flight-delay.onnx, eval/predictions.parquet]\n',
  );
  for (const month of ['01', '02', '03']) await put(`data/flights/2001-${month}.parquet`);
  await put('data/airports.csv', 'iata\n');
  await put('uv.lock');
  await run();
  const { datasets, models } = await config();
  expect(datasets).toMatchObject({ flights: { path: 'data/flights/*.parquet' } });
  expect(models).toMatchObject({
    'flight-delay': {
      artifact: 'models/flight-delay.onnx',
      pipeline: 'dvc.yaml',
      dataset: 'flights',
      predictions: { path: 'eval/predictions.parquet' },
    },
  });
  const train = await read('.github/workflows/ml-train.yml');
  expect(train).toContain('uv sync --locked');
  expect(train).toContain('command: sync-data');
});

it('never writes over what is there, and says so', async () => {
  await put('mlops.yaml', 'version: 1\n');
  await put('.github/workflows/ml-ci.yml', 'mine\n');
  await put('.gitignore', 'node_modules');
  const result = await run();
  expect(await read('mlops.yaml')).toBe('version: 1\n');
  expect(await read('.github/workflows/ml-ci.yml')).toBe('mine\n');
  expect(await read('.gitignore')).toMatch(/^node_modules\n# working files of mlops-kit\n\.mlops\/reports\/\n/);
  expect(result.outputs.files).toEqual(['.github/workflows/ml-train.yml', '.gitignore']);
  const ignore = await read('.gitignore');
  expect((await run()).outputs.files).toEqual([]);
  expect(await read('.gitignore')).toBe(ignore);
});

it('writes nothing under dry-run', async () => {
  const result = await run({}, true);
  expect(result.outputs.files).toHaveLength(4);
  expect(await readdir(root)).toEqual(['.git']);
  expect(result.markdown).toContain('would be created');
});

it('says where there is no repository', async () => {
  await rm(join(root, '.git'), { recursive: true });
  await expect(run()).rejects.toMatchObject({ name: 'KitError', code: 'git-no-repository' });
});

describe('the config', () => {
  const text = fc.oneof(
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.constantFrom(
      'true',
      '123',
      'a: b',
      'a #b',
      '"',
      '- x',
      '*.csv',
      '../up',
      '{x}',
      "it's",
      'ü',
      'null',
      '1e3',
      'a\\b',
    ),
  );
  it('holds any path and command as it was given', () => {
    const task = fc.constantFrom('binary' as const, 'multiclass' as const, 'regression' as const);
    fc.assert(
      fc.property(text, text, task, fc.boolean(), (path, trainer, kind, pipeline) => {
        const rendered = renderConfig({
          dataset: '123',
          datasetPath: path,
          model: 'true',
          artifact: 'models/m.onnx',
          task: kind,
          predictions: 'eval/p.parquet',
          pipeline: pipeline ? 'dvc.yaml' : undefined,
          command: trainer,
        });
        const parsed = parseConfig(rendered, 'mlops.yaml').config;
        expect(parsed.datasets['123']!.path).toBe(path);
        expect(parsed.models.true!.command).toBe(pipeline ? undefined : trainer);
      }),
    );
  });

  it.each([
    ['../../x', 'x'],
    ['ß & <b>', 'b'],
    ['@@', 'model'],
    ['Fluggäste 2', 'Fluggaste-2'],
  ])('makes the model name %j to %j', async (model, name) => {
    await run({ model });
    expect(Object.keys((await config()).models)).toEqual([name]);
  });
});

describe('the workflows', () => {
  const answers = { defaultBranch: '$default-branch', dvc: true, python: 'pip', node: false } as const;
  const all = [
    ['ml-ci', renderCiWorkflow(answers)],
    ['ml-train', renderTrainWorkflow(answers)],
    ['ml-ci for Node', renderCiWorkflow({ ...answers, python: undefined, node: true, dvc: false })],
    ['ml-train for uv', renderTrainWorkflow({ ...answers, python: 'uv' })],
  ] as const;

  it('stand in workflows-templates as they are rendered', async () => {
    await expect(all[0][1]).toMatchFileSnapshot('../../workflows-templates/ml-ci.yml');
    await expect(all[1][1]).toMatchFileSnapshot('../../workflows-templates/ml-train.yml');
  });

  it.each(all)('%s: least rights with a reason, time limits, no expression in a script', (_name, workflow) => {
    const parsed = parse(workflow);
    expect(parsed.permissions).toEqual({});
    expect(parsed.concurrency.group).toMatch(/^ml-/);
    for (const job of Object.values<Record<string, unknown>>(parsed.jobs)) {
      expect(job['timeout-minutes']).toBeGreaterThan(0);
      expect(job.permissions).toBeTypeOf('object');
      for (const one of job.steps as { run?: string; uses?: string; with?: Record<string, unknown> }[]) {
        expect(one.run ?? '').not.toContain('${{');
        if (one.uses?.startsWith('actions/checkout@')) expect(one.with?.['persist-credentials']).toBe(false);
        if (one.uses?.includes('/actions/report@'))
          for (const key of Object.keys(one.with ?? {}))
            expect([...Object.keys(report.inputs.shape), 'fail-on', 'github-token']).toContain(key);
      }
    }
    for (const line of workflow.split('\n')) if (/^ {6}[a-z-]+: (read|write)/.test(line)) expect(line).toMatch(/ # \w/);
  });

  it('quotes odd branch names', () => {
    for (const name of ['on', 'feature[1]', 'a,b', '1.x', "it's"]) {
      const branches = parse(renderCiWorkflow({ ...answers, defaultBranch: name })).on.pull_request.branches;
      expect(branches.map((pattern: string) => pattern.replace(/\\(.)/g, '$1'))).toEqual([name]);
    }
  });
});
