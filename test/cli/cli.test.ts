/** The command line as a process of its own: bundles under this Node and an older one, help, JSON, exit codes, signals. */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { commandTable } from '../../src/commands/table.ts';
import { version } from '../../src/shell/version.ts';
import { builtDist, repositoryRoot } from '../fakes/built-dist.ts';
import { gitVariables, scratchRepository } from '../fakes/scratch-repository.ts';

let cli: string;
beforeAll(async () => {
  cli = join(await builtDist(), 'cli.js');
});

function workspace(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'mlops-cli-'));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  return folder;
}

function run(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string>; readonly node?: string } = {},
) {
  const env = { PATH: process.env.PATH ?? '', HOME: tmpdir(), ...options.env };
  const result = spawnSync(options.node ?? process.execPath, [cli, ...args], {
    cwd: options.cwd ?? workspace(),
    env,
    encoding: 'utf8',
  });
  return { exitCode: result.status, stdout: result.stdout, stderr: result.stderr };
}

/** A Node on the PATH that is older than the kit needs; the one npm puts first is in node_modules. */
function oldNode(): string | undefined {
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/usr/bin'];
  return places
    .filter((place) => !place.includes('node_modules'))
    .map((place) => join(place, 'node'))
    .find((path) => {
      if (!existsSync(path)) return false;
      const [major = 0, minor = 0] = execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' })
        .split('.')
        .map(Number);
      return major >= 12 && (major < 22 || (major === 22 && minor < 13));
    });
}

test('--version prints the version of package.json', () => {
  const { version: expected } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
  expect(version).toBe(expected);
  expect(run(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

test.skipIf(oldNode() === undefined)('an old Node prints one line that says which Node it needs', () => {
  const old = oldNode()!;
  for (const args of [[], ['--version'], ['validate-data', '--help']]) {
    const result = run(args, { node: old });
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(/^mlops-kit needs Node 22\.13\.0 or newer, and this is Node [\d.]+\.\n$/);
    expect(result.exitCode).toBe(2);
  }
});

test('--help and no arguments list every command', () => {
  const help = run(['--help']);
  expect(help.exitCode).toBe(0);
  for (const entry of commandTable) expect(help.stdout).toMatch(new RegExp(`^  ${entry.name} +\\S`, 'm'));
  const bare = run([]);
  expect([bare.exitCode, bare.stdout]).toEqual([2, '']);
  expect(bare.stderr).toBe(help.stdout);
});

describe.each(commandTable.map((entry) => entry.name))('%s', (name) => {
  test('--help shows its usage and flags', () => {
    const help = run([name, '--help']);
    expect(help.exitCode).toBe(0);
    expect(help.stderr).toBe('');
    expect(help.stdout).toContain(`Usage: mlops-kit ${name}`);
    expect(help.stdout).toContain('--json');
    expect(run(['help', name]).stdout).toBe(help.stdout);
  });

  test('an unknown flag under --json is one JSON document on stdout and exit code 2', () => {
    const result = run([name, '--jsn-no-such-flag', '--json']);
    expect(result.exitCode).toBe(2);
    expect(JSON.parse(result.stdout)).toMatchObject({ schema: 'error/v1', code: 'input-unknown', exitCode: 2 });
    expect(result.stderr).toContain('Error (input-unknown)');
  });
});

test('an unknown command proposes the nearest', () => {
  const result = run(['confgi']);
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain('Cannot run command "confgi"');
  expect(result.stderr).toContain('Did you mean "config"?');
});

const config = 'version: 1\ndatasets:\n  flights: {path: data.csv, window: week}\n';

test('config prints text or one JSON document, and says where each value comes from', () => {
  const cwd = workspace({ 'mlops.yaml': config });
  expect(run(['config'], { cwd })).toEqual({
    exitCode: 0,
    stdout: 'mlops.yaml is a valid config: 1 dataset, 0 models, 0 stages.\n',
    stderr: '',
  });
  const explained = run(['config', '--explain'], { cwd }).stdout;
  expect(explained).toMatch(/^datasets\.flights\.window +"week" +mlops\.yaml:3:37$/m);
  expect(explained).toMatch(/^datasets\.flights\.contract +"contracts\/flights\.odcs\.yaml" +default$/m);
  const json = JSON.parse(run(['config', '--explain', '--json'], { cwd }).stdout);
  expect(json).toMatchObject({ schema: 'config-check/v1', datasets: ['flights'], models: [] });
  expect(json.values).toContainEqual({ key: 'datasets.flights.window', value: 'week', source: 'mlops.yaml:3:37' });
});

test('a missing config names init, a wrong one every problem with its place', () => {
  const missing = run(['config']);
  expect(missing.exitCode).toBe(2);
  expect(missing.stderr).toContain('mlops-kit init');
  const wrong = run(['config', '--json'], { cwd: workspace({ 'mlops.yaml': 'version: 2\ndatasetz: {}\n' }) });
  expect(wrong.exitCode).toBe(2);
  expect(JSON.parse(wrong.stdout).problems).toEqual([
    expect.objectContaining({ code: 'config-invalid-value', at: { path: 'mlops.yaml', line: 1, column: 10 } }),
    expect.objectContaining({
      code: 'config-unknown-key',
      at: { path: 'mlops.yaml', line: 2, column: 1 },
      hint: 'Did you mean "datasets"?',
    }),
  ]);
  expect(wrong.stderr).toContain('at mlops.yaml:2:1');
});

test('--working-directory that is not there, and test settings outside of Actions', () => {
  expect(run(['config', '--working-directory', 'nowhere']).stderr).toContain('directory-missing');
  const cwd = workspace({ 'mlops.yaml': config });
  expect(run(['config'], { cwd, env: { MLOPS_TEST_SEED: '1' } }).stderr).toContain('never do this outside of tests');
});

/** Nobody may have collected it yet, so a zombie counts as ended. */
function isRunning(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

test('Ctrl-C ends what a stage started, and the command says so', async () => {
  const cwd = scratchRepository({
    'mlops.yaml':
      'version: 1\ndatasets: {d: {path: d.csv}}\nmodels: {m: {artifact: m.txt, dataset: d, task: binary}}\n',
    'dvc.yaml':
      'stages:\n  fit:\n    cmd: "sleep 60 & echo $! > child.pid; wait; cp d.csv m.txt"\n    deps: [d.csv]\n    outs: [m.txt]\n',
    'd.csv': 'a\n1\n',
  });
  const child = spawn(process.execPath, [cli, 'train'], {
    cwd,
    stdio: 'ignore',
    env: { ...process.env, ...gitVariables },
  });
  const pidFile = join(cwd, 'child.pid');
  const started = Date.now();
  while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '') {
    expect(Date.now() - started, 'the stage did not start').toBeLessThan(20_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGINT');
  const exitCode = await new Promise((resolve) => child.on('close', resolve));
  expect(exitCode).not.toBe(0);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  await expect.poll(() => isRunning(pid), { timeout: 5000 }).toBe(false);
  expect(existsSync(join(cwd, 'dvc.lock'))).toBe(false);
});

test('a reader that goes away is no error', async () => {
  const cwd = workspace({ 'mlops.yaml': config });
  const child = spawn(process.execPath, [cli, 'config', '--explain', '--json'], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
  const exitCode = await new Promise((resolve) => child.on('close', resolve));
  expect([exitCode, stderr]).toEqual([0, '']);
});

test('the package can be imported by a program', async () => {
  const library = await import(join(cli, '..', 'index.js'));
  expect(library.version).toBe(version);
  expect(() => library.parseConfig('version: 2', 'mlops.yaml')).toThrow(library.KitError);
});
