/** Runs commands of the kit and of git as child processes in the scratch repository, as a user would type them. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

export const kitRoot = dirname(dirname(import.meta.dirname));

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing of the place may leak in: no Actions, no tokens, no git settings but the repository's own. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(GITHUB_|ACTIONS_|RUNNER_|INPUT_|GIT_|MLOPS_|CI$)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    NO_COLOR: '1',
  };
}

export function start(file: string, args: readonly string[], cwd: string): ChildProcess {
  return spawn(file, args, { cwd, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs to the end; never rejects for an exit code. */
export async function run(file: string, args: readonly string[], cwd: string): Promise<Ended> {
  const child = start(file, args, cwd);
  const output = { stdout: '', stderr: '' };
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 70));
  });
  return { code, ...output };
}

/** A checkout writes all files within this time, in any order. */
const checkoutTime = 60_000;

/** The command line of the kit: the bundle, or the sources when one of them was changed since. */
export function kitCommand(): readonly string[] {
  const bundle = join(kitRoot, 'dist/cli.js');
  const source = join(kitRoot, 'src');
  if (existsSync(bundle) && statSync(bundle).mtimeMs + checkoutTime >= newest(source))
    return [process.execPath, bundle];
  return [process.execPath, join(source, 'shell/cli.ts')];
}

function newest(folder: string): number {
  const times = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(...times);
}
