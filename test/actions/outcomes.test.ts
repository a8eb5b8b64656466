/** What each action gives for a small real case, as the runner sees it: outputs, summary, exit code. */

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/formats/parse-config.ts';
import { type ActionRun, runActionBundle } from '../fakes/action-runner.ts';
import { builtDist } from '../fakes/built-dist.ts';
import { git, gitVariables, scratchRepository } from '../fakes/scratch-repository.ts';

let dist: string;
beforeAll(async () => {
  dist = await builtDist();
});

const act = (name: string, cwd: string, inputs: Record<string, string> = {}): Promise<ActionRun> =>
  runActionBundle(name, { dist, cwd, inputs, env: gitVariables });

/** 400 rows whose score tells the label. */
const rows = Array.from({ length: 400 }, (_, id) => {
  const label = (id * 7) % 3 === 0 ? 1 : 0;
  return `${id},${(id * 37) % 101},${label},${((label === 1 ? 0.7 : 0.2) + ((id * 13) % 17) / 60).toFixed(4)}`;
});
const csv = `id,value,label,score\n${rows.join('\n')}\n`;

const config = (gate = '{metric: roc-auc, min: 0.6}'): string => `version: 1
datasets:
  rows: {path: data.csv}
models:
  m:
    artifact: model.txt
    dataset: rows
    task: binary
    predictions: {path: predictions.csv, score: score}
    gates: [${gate}]
stages:
  production: {}
`;
const project = { 'mlops.yaml': config(), 'data.csv': csv, 'predictions.csv': csv, 'model.txt': 'weights' };

describe('what the runner sees', () => {
  test('init writes a config that is valid, and workflows', async () => {
    const cwd = scratchRepository({ 'data.csv': csv });
    const run = await act('init', cwd, {
      dataset: 'data.csv',
      artifact: 'model.txt',
      command: 'cp data.csv model.txt',
    });
    expect(run.exitCode).toBe(0);
    const files = JSON.parse(run.outputs.files ?? '') as readonly string[];
    expect(files).toContain('mlops.yaml');
    for (const file of files) expect(existsSync(join(cwd, file))).toBe(true);
    const checked = await runActionBundle('action', { dist, cwd, inputs: { command: 'config' }, env: gitVariables });
    expect(checked.exitCode).toBe(0);
    expect(run.summary).toContain('mlops.yaml');
  });

  test('sync-data status of a repository that tracks nothing', async () => {
    const run = await act('sync-data', scratchRepository(project));
    expect([run.exitCode, run.outputs]).toEqual([0, { changed: '0', missing: '0', 'transferred-bytes': '0' }]);
    expect(run.summary).not.toBe('');
  });

  test('evaluate passes a good first model, and refuses under a limit it misses', async () => {
    const good = await act('evaluate', scratchRepository(project), { champion: 'none' });
    expect([good.exitCode, good.outputs.verdict]).toEqual([0, 'pass']);
    const cwd = scratchRepository({ ...project, 'mlops.yaml': config('{metric: log-loss, max: 0.001}') });
    const bad = await act('evaluate', cwd, { champion: 'none' });
    expect([bad.exitCode, bad.outputs.verdict]).toEqual([1, 'fail']);
    expect(bad.commands.filter((command) => command.name === 'error').at(-1)?.message).toContain('Verdict fail');
    expect(bad.summary).toContain('log-loss');
    expect(existsSync(join(cwd, bad.outputs['report-path'] ?? ''))).toBe(true);
    const tolerated = await act('evaluate', cwd, { champion: 'none', 'fail-on': 'never' });
    expect([tolerated.exitCode, tolerated.outputs.verdict]).toEqual([0, 'fail']);
  });

  test('register refuses without evidence and writes no tag', async () => {
    const cwd = scratchRepository(project);
    const run = await act('register', cwd, { dispatch: 'false' });
    expect(run.exitCode).toBe(2);
    expect(run.commands.at(-1)).toMatchObject({ name: 'error', properties: 'title=evidence-missing' });
    expect(git(cwd, 'ls-remote', '--tags', 'origin')).toBe('');
  });

  test('promote and deploy name what is missing', async () => {
    const cwd = scratchRepository(project);
    expect((await act('promote', cwd, { dispatch: 'false' })).log).toContain('artifact-unknown');
    const deploy = await act('deploy', cwd);
    expect(deploy.exitCode).toBe(2);
    expect(deploy.commands.at(-1)?.properties).toContain('file=mlops.yaml');
  });

  test('registry and runs of an empty repository', async () => {
    const cwd = scratchRepository(project);
    const registry = await act('registry', cwd);
    expect([registry.exitCode, registry.outputs.count]).toEqual([0, '0']);
    const runs = await act('runs', cwd);
    expect([runs.exitCode, runs.outputs.count]).toEqual([0, '0']);
  });

  test('report of no report is inconclusive, and fails where that counts', async () => {
    const cwd = scratchRepository(project);
    const run = await act('report', cwd, { preview: 'true' });
    expect([run.exitCode, run.outputs.verdict]).toEqual([0, 'inconclusive']);
    expect((await act('report', cwd, { preview: 'true', 'fail-on': 'inconclusive' })).exitCode).toBe(3);
  });

  test('serve without anything to serve', async () => {
    const run = await act('serve', scratchRepository(project));
    expect(run.exitCode).toBe(2);
    expect(run.log).toContain('serve-what');
  });

  test('validate-data infers a contract, passes the same data, and stops broken data with findings', async () => {
    const cwd = scratchRepository(project);
    const inferred = await act('validate-data', cwd, { infer: 'true' });
    expect(inferred.exitCode).toBe(0);
    expect(existsSync(join(cwd, 'contracts/rows.odcs.yaml'))).toBe(true);
    const same = await act('validate-data', cwd);
    expect([same.exitCode, same.outputs.verdict]).toEqual([0, 'pass']);
    writeFileSync(join(cwd, 'data.csv'), csv.replaceAll(/^(\d*[05]),\d+,/gm, '$1,,'));
    const broken = await act('validate-data', cwd);
    expect([broken.exitCode, broken.outputs.verdict]).toEqual([1, 'fail']);
    expect(Number(broken.outputs.findings)).toBeGreaterThan(0);
    expect(broken.summary).toContain('value');
    expect(existsSync(join(cwd, broken.outputs['report-path'] ?? ''))).toBe(true);
  });

  test('train runs the pipeline once, then has nothing to do, and names a stage that fails', async () => {
    const dvcYaml = 'stages:\n  fit:\n    cmd: cp data.csv model.txt\n    deps: [data.csv]\n    outs: [model.txt]\n';
    const { 'model.txt': _, ...sources } = project;
    const cwd = scratchRepository({ ...sources, 'dvc.yaml': dvcYaml });
    const first = await act('train', cwd);
    expect([first.exitCode, first.outputs.verdict]).toEqual([0, 'pass']);
    expect(JSON.parse(first.outputs['changed-stages'] ?? '')).toEqual(['fit']);
    expect(existsSync(join(cwd, 'dvc.lock'))).toBe(true);
    const second = await act('train', cwd);
    expect(JSON.parse(second.outputs['changed-stages'] ?? '')).toEqual([]);
    writeFileSync(join(cwd, 'dvc.yaml'), dvcYaml.replace('cp data.csv', 'false; cp no-such'));
    const failing = await act('train', cwd);
    expect(failing.exitCode).toBe(2);
    expect(failing.commands.some((command) => command.name === 'error' && command.message.includes('fit'))).toBe(true);
  });

  test('check-drift without what it needs is never a pass', async () => {
    const run = await act('check-drift', scratchRepository(project), { alert: 'false', dispatch: 'false' });
    expect(run.exitCode).not.toBe(0);
    expect(run.outputs.verdict).not.toBe('pass');
  });

  test('the config of these cases is a config', () => {
    expect(parseConfig(config(), 'mlops.yaml').config.stages).toHaveProperty('production');
  });
});
