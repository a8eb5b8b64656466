/** Starts the bundle of an action as the runner does: defaults of action.yml, INPUT_*, file commands, event; and reads what it wrote. */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from './built-dist.ts';

export interface ActionRun {
  readonly exitCode: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Workflow commands in the log, unescaped. */
  readonly commands: readonly { readonly name: string; readonly properties: string; readonly message: string }[];
  readonly log: string;
}

export interface ActionStart {
  /** Folder with the bundles. */
  readonly dist: string;
  /** Folder of the workspace. */
  readonly cwd: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly event?: unknown;
}

/** `name` is an action folder, or `action` for the action at the root. */
export async function runActionBundle(name: string, start: ActionStart): Promise<ActionRun> {
  const files = mkdtempSync(join(tmpdir(), 'mlops-action-'));
  const at = (file: string): string => join(files, file);
  for (const file of ['output', 'summary', 'env', 'path', 'state']) writeFileSync(at(file), '');
  writeFileSync(at('event.json'), JSON.stringify(start.event ?? {}));
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: files,
    LANG: 'C.UTF-8',
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: start.cwd,
    GITHUB_REPOSITORY: 'acme/ml',
    GITHUB_RUN_ID: '1001',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_ACTOR: 'tester',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_API_URL: 'http://127.0.0.1:9',
    GITHUB_EVENT_PATH: at('event.json'),
    GITHUB_OUTPUT: at('output'),
    GITHUB_STEP_SUMMARY: at('summary'),
    GITHUB_ENV: at('env'),
    GITHUB_PATH: at('path'),
    GITHUB_STATE: at('state'),
    GIT_AUTHOR_NAME: 'Tester',
    GIT_AUTHOR_EMAIL: 'tester@example.com',
    GIT_COMMITTER_NAME: 'Tester',
    GIT_COMMITTER_EMAIL: 'tester@example.com',
    ...inputVariables(name, start.inputs ?? {}),
    ...start.env,
  };
  const child = spawn(process.execPath, [join(start.dist, `${name}.js`)], {
    cwd: start.cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => (log += chunk));
  child.stderr.on('data', (chunk: Buffer) => (log += chunk));
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    exitCode,
    log,
    outputs: parseFileCommands(readFileSync(at('output'), 'utf8')),
    summary: readFileSync(at('summary'), 'utf8'),
    commands: parseCommands(log),
  };
}

/** What `with:` and the defaults of action.yml become; expressions in defaults are evaluated for the token alone. */
function inputVariables(name: string, given: Readonly<Record<string, string>>): Record<string, string> {
  const path = name === 'action' ? 'action.yml' : `actions/${name}/action.yml`;
  const yml = parse(readFileSync(join(repositoryRoot, path), 'utf8')) as {
    readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  };
  const defaults = Object.fromEntries(
    Object.entries(yml.inputs).map(([input, { default: value = '' }]) => [
      input,
      value.replace(/^\$\{\{.*\}\}$/, 'ghs_tokenoftherun'),
    ]),
  );
  return Object.fromEntries(
    Object.entries({ ...defaults, ...given }).map(([input, value]) => [
      `INPUT_${input.replaceAll(' ', '_').toUpperCase()}`,
      value,
    ]),
  );
}

/** The file format of GITHUB_OUTPUT: `name=value` lines and `name<<delimiter` blocks. */
function parseFileCommands(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    if (line === '') continue;
    const block = /^([^=]+?)<<(.+)$/.exec(line);
    if (block === null) {
      outputs[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1);
      continue;
    }
    const end = lines.indexOf(block[2]!, index + 1);
    if (end < 0) throw new Error(`Matching delimiter not found: ${block[2]}`);
    outputs[block[1]!] = lines.slice(index + 1, end).join('\n');
    index = end;
  }
  return outputs;
}

function parseCommands(log: string): ActionRun['commands'] {
  return log.split('\n').flatMap((line) => {
    const match = /^\s*::([a-z-]+)(?: (.*?))?::(.*)$/.exec(line);
    if (match === null) return [];
    const [, name = '', properties = '', data = ''] = match;
    return [{ name, properties, message: data.replace(/%0A/g, '\n').replace(/%0D/g, '\r').replace(/%25/g, '%') }];
  });
}
