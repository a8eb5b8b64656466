/** Runs the git program by argument list with a fixed environment: no shell, no prompt, no hooks, no surprises from the user's config. */

import { spawn } from 'node:child_process';
import { devNull } from 'node:os';
import { KitError } from '../../base/errors.ts';

export interface GitOptions {
  readonly root: string;
  /** Added to the environment of every call, for example `GIT_CONFIG_*` with the token. */
  readonly env?: Record<string, string>;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Record<string, string>;
}

export interface GitRunner {
  readonly root: string;
  /** Resolves whatever the exit code. */
  run(args: readonly string[], options?: RunOptions): Promise<GitResult>;
  /** Stdout as text; a failure becomes the error that `explain` makes of it. */
  text(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Arguments and environment of a process that the caller starts itself. */
  command(args: readonly string[]): { readonly args: string[]; readonly env: NodeJS.ProcessEnv };
}

// Settings that would change what plumbing writes, prompts for or starts in the background.
const settings = [
  ['core.hooksPath', devNull],
  ['core.fsmonitor', 'false'],
  ['commit.gpgSign', 'false'],
  ['tag.gpgSign', 'false'],
  ['tag.forceSignAnnotated', 'false'],
  ['push.gpgSign', 'false'],
  ['push.followTags', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['push.useForceIfIncludes', 'false'],
  ['fetch.recurseSubmodules', 'no'],
  ['fetch.output', 'full'],
  ['fetch.prune', 'false'],
  ['fetch.pruneTags', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['log.showSignature', 'false'],
  ['i18n.logOutputEncoding', 'UTF-8'],
].map(([key, value]) => `${key}=${value}`);

// Variables a surrounding git (a hook, an alias) sets for its own repository.
const inherited = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_NAMESPACE', 'GIT_OBJECT_DIRECTORY'];

/** Makes the runner; nothing is started until the first call. */
export function createGitRunner(options: GitOptions): GitRunner {
  const environment = (extra: Record<string, string> = {}): NodeJS.ProcessEnv => {
    const env: NodeJS.ProcessEnv = { ...process.env };
    for (const name of inherited) delete env[name];
    return { ...env, ...options.env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', ...extra };
  };
  const withSettings = (args: readonly string[]): string[] => [...settings.flatMap((entry) => ['-c', entry]), ...args];
  const run = (args: readonly string[], { input, env }: RunOptions = {}): Promise<GitResult> =>
    new Promise((resolve, reject) => {
      const child = spawn('git', withSettings(args), { cwd: options.root, env: environment(env), windowsHide: true });
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      child.on('error', (cause) => reject(missingProgram(options.root, cause)));
      child.on('close', (code) =>
        resolve({ code: code ?? 128, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
      );
      // git may end before it has read all of its input; its exit code tells why.
      child.stdin.on('error', () => {});
      child.stdin.end(input ?? '');
    });
  return {
    root: options.root,
    run,
    async text(args, runOptions) {
      const result = await run(args, runOptions);
      if (result.code !== 0) throw explain(args[0] ?? '', result.stderr, options.root);
      return result.stdout.toString();
    },
    command: (args) => ({ args: withSettings(args), env: environment() }),
  };
}

function missingProgram(root: string, cause: Error): KitError {
  return new KitError('git-missing', `Cannot run git in "${root}": ${cause.message}`, {
    hint: 'Install git 2.34 or newer, and check that the working directory exists.',
    cause,
  });
}

/** The error of a failed call that no caller expected in particular. */
export function explain(verb: string, stderr: string, root: string): Error {
  const reason = firstReason(stderr);
  if (/not a git repository|must be run in a work tree/i.test(stderr))
    return new KitError('git-no-repository', `Cannot use git in "${root}": this is no git repository`, {
      hint: 'Run the command inside a clone, or start one with: git init',
    });
  if (/dubious ownership/i.test(stderr))
    return new KitError('git-unsafe-directory', `Cannot use git in "${root}": the repository belongs to another user`, {
      hint: `Trust it with: git config --global --add safe.directory '${root}'`,
    });
  return new Error(`git ${verb} failed: ${reason}`);
}

/** The line of git's output that says why, without its prefix. */
export function firstReason(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const telling =
    lines.find((line) => /^(fatal|error):/.test(line)) ?? lines.find((line) => !line.startsWith('hint:')) ?? lines[0];
  return (telling ?? 'no message').replace(/^(fatal|error): /, '');
}
