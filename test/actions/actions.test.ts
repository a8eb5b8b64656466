/** Every action folder as the runner starts it: bundle, inputs, outputs, summary, annotations, exit code. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { commandTable } from '../../src/commands/table.ts';
import { type ActionStart, runActionBundle } from '../fakes/action-runner.ts';
import { builtDist, repositoryRoot } from '../fakes/built-dist.ts';

let dist: string;
beforeAll(async () => {
  dist = await builtDist();
});

const actions = readdirSync(join(repositoryRoot, 'actions'));
const goodConfig = 'version: 1\ndatasets:\n  flights: {path: data/*.csv}\n';

function workspace(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'mlops-workspace-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const front = (start: Omit<ActionStart, 'dist'>) => runActionBundle('action', { dist, ...start });

test('every command with an action has a folder, and no folder is without its command', () => {
  const withAction = commandTable.filter((entry) => entry.action !== false).map((entry) => entry.name);
  expect([...actions].sort()).toEqual([...withAction].sort());
});

describe.each(actions)('%s', (name) => {
  test('its action.yml starts a bundle that is built', () => {
    const yml = parse(readFileSync(join(repositoryRoot, 'actions', name, 'action.yml'), 'utf8'));
    expect(yml.runs).toEqual({ using: 'node24', main: `../../dist/${name}.js` });
    expect(readFileSync(join(dist, `${name}.js`), 'utf8').length).toBeGreaterThan(100);
  });

  test('an unknown input ends in exit code 2 and an annotation that proposes the right one', async () => {
    const run = await runActionBundle(name, { dist, cwd: workspace(), inputs: { confg: 'x' } });
    expect(run.exitCode).toBe(2);
    const errors = run.commands.filter((command) => command.name === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.properties).toContain('title=input-unknown');
    expect(errors[0]?.message).toContain('Did you mean "config"?');
    expect(run.outputs).toEqual({});
  });
});

describe('the front action', () => {
  test('runs a command, writes outputs, result and summary, and exits 0', async () => {
    const run = await front({
      cwd: workspace({ 'mlops.yaml': goodConfig }),
      inputs: { command: 'config', args: '--explain' },
    });
    expect(run.log).toContain('mlops.yaml is a valid config');
    expect(run.exitCode).toBe(0);
    expect(JSON.parse(run.outputs.datasets ?? '')).toEqual(['flights']);
    expect(JSON.parse(run.outputs.result ?? '')).toMatchObject({ schema: 'config-check/v1', datasets: ['flights'] });
    expect(run.summary).toContain('| `datasets.flights.path` |');
    expect(run.log).toContain('::add-mask::ghs_tokenoftherun');
  });

  test('takes config and working-directory, and annotates problems with paths from the workspace', async () => {
    const cwd = workspace({ 'sub/other.yaml': 'version: 1\ndatasets:\n  f: {pth: "50 %\\nx"}\n' });
    const run = await front({ cwd, inputs: { command: 'config', config: 'other.yaml', 'working-directory': 'sub' } });
    expect(run.exitCode).toBe(2);
    const errors = run.commands.filter((command) => command.name === 'error');
    expect(errors[0]?.properties).toBe('title=config-missing-key,file=sub/other.yaml,line=3,col=3');
    expect(errors[1]?.properties).toBe('title=config-unknown-key,file=sub/other.yaml,line=3,col=7');
    expect(errors[1]?.message).toBe('datasets.f.pth is not a known key\nDid you mean "path"?');
    expect(errors[2]?.message).toContain('2 problems');
    expect(JSON.parse(run.outputs.result ?? '')).toMatchObject({
      schema: 'error/v1',
      code: 'config-invalid',
      exitCode: 2,
    });
  });

  test('shows at most ten errors; the last says how many more, and the log has them all', async () => {
    const keys = Array.from({ length: 30 }, (_, index) => `key${index}: 1`).join('\n');
    const run = await front({
      cwd: workspace({ 'mlops.yaml': `version: 1\n${keys}\n` }),
      inputs: { command: 'config' },
    });
    const errors = run.commands.filter((command) => command.name === 'error');
    expect(errors).toHaveLength(10);
    expect(errors[9]?.message).toContain('21 more findings');
    for (let index = 0; index < 30; index++) expect(run.log).toContain(`key${index} is not a known key`);
  });

  test.each([
    ['confg', 'command-unknown', 'Did you mean "config"?'],
    ['', 'command-unknown', 'Known:'],
  ])('command "%s" is refused with a proposal', async (command, code, hint) => {
    const run = await front({ cwd: workspace(), inputs: { command } });
    expect(run.exitCode).toBe(2);
    expect(run.commands).toMatchObject([{ name: 'error', properties: `title=${code}` }]);
    expect(run.commands[0]?.message).toContain(hint);
  });

  test('an input of the command given beside args is refused with where it goes', async () => {
    const run = await front({ cwd: workspace(), inputs: { command: 'config', explain: 'true' } });
    expect(run.exitCode).toBe(2);
    expect(run.commands.at(-1)?.message).toContain('go into "args"');
  });

  test('hostile text in a config becomes neither a workflow command nor a broken annotation', async () => {
    const hostile = 'x\\n::set-output name=verdict::pass\\n##[error]y%0A::stop-commands::z';
    const run = await front({
      cwd: workspace({ 'mlops.yaml': `version: 1\n"${hostile}": 1\n` }),
      inputs: { command: 'config' },
    });
    expect(run.exitCode).toBe(2);
    expect(run.commands.map((command) => command.name)).toEqual(['add-mask', 'add-mask', 'error']);
    // Data of a command is read as data; any other line must not look like one.
    for (const line of run.log.split('\n'))
      expect(line).not.toMatch(/^\s*::(set-output|stop-commands)|^(?!::error ).*##\[/);
    expect(run.outputs).not.toHaveProperty('verdict');
  });

  test('test settings are refused in Actions unless the API is on this machine', async () => {
    const cwd = workspace({ 'mlops.yaml': goodConfig });
    const env = { MLOPS_TEST_SEED: '1' };
    const refused = await front({
      cwd,
      inputs: { command: 'config' },
      env: { ...env, GITHUB_API_URL: 'https://api.github.com' },
    });
    expect(refused.exitCode).toBe(2);
    expect(refused.log).toContain('test-settings-refused');
    const allowed = await front({ cwd, inputs: { command: 'config' }, env });
    expect(allowed.exitCode).toBe(0);
    expect(allowed.log).toContain('never do this outside of tests');
  });
});
