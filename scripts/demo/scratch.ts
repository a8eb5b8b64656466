/** Makes the scratch repository: the example as a user's work tree, a bare remote beside it, and a folder as data remote. */

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { kitRoot, run } from './children.ts';

export interface Scratch {
  readonly top: string;
  /** The work tree. */
  readonly work: string;
  readonly remote: string;
}

const marker = '.mlops-kit-demo';

/** A demo cannot wait hours for a rollout, nor months for a second bad one. Nothing else of the example's config is changed. */
export const shorter: readonly (readonly [string, string])[] = [
  ['{analysis: 10m}', '{analysis: 3s}'],
  ['{analysis: 1h}', '{analysis: 3s}'],
  ['fails: 2 of 5', 'fails: 1 of 1'],
];

/** Removes the folder only if an earlier demo made it. */
export async function makeScratch(top: string): Promise<Scratch> {
  if (existsSync(top)) {
    if (!existsSync(join(top, marker))) {
      throw new Error(`Cannot play the demo in "${top}": it exists and was not made by a demo`);
    }
    rmSync(top, { recursive: true });
  }
  const scratch = { top, work: join(top, 'flight-delays'), remote: join(top, 'remote.git') };
  mkdirSync(top, { recursive: true });
  writeFileSync(join(top, marker), 'Made by npm run demo, and removed by the next one.\n');
  await git(top, 'init', '--quiet', '--bare', '--initial-branch=main', scratch.remote);
  const example = join(kitRoot, 'examples/flight-delays');
  const skipped = new Set(
    ['node_modules', 'test', 'data', 'models', 'eval', 'metrics', '.mlops'].map((name) => join(example, name)),
  );
  cpSync(example, scratch.work, { recursive: true, filter: (path) => !skipped.has(path) });
  if (relative(kitRoot, top).startsWith('..')) symlinkSync(join(kitRoot, 'node_modules'), join(top, 'node_modules'));
  shorten(join(scratch.work, 'mlops.yaml'));
  mkdirSync(join(scratch.work, '.dvc'));
  mkdirSync(join(top, 'data-remote'));
  writeFileSync(
    join(scratch.work, '.dvc/config'),
    `[core]\n    remote = storage\n['remote "storage"']\n    url = ../../data-remote\n`,
  );
  await git(scratch.work, 'init', '--quiet', '--initial-branch=main');
  await git(scratch.work, 'config', 'user.name', 'Demo');
  await git(scratch.work, 'config', 'user.email', 'demo@example.com');
  await git(scratch.work, 'remote', 'add', 'origin', scratch.remote);
  await commit(scratch, 'chore: flight delays');
  return scratch;
}

function shorten(path: string): void {
  let text = readFileSync(path, 'utf8');
  for (const [from, to] of shorter) {
    if (!text.includes(from)) throw new Error(`Cannot shorten the config: "${from}" is not in ${path}`);
    text = text.replaceAll(from, to);
  }
  writeFileSync(path, text);
}

/** Commits everything and pushes the branch that is checked out, on top of what a rollout pushed meanwhile. */
export async function commit(scratch: Scratch, message: string): Promise<void> {
  await git(scratch.work, 'add', '--all');
  await git(scratch.work, 'commit', '--quiet', '--allow-empty', '-m', message);
  const branch = await git(scratch.work, 'branch', '--show-current');
  if ((await git(scratch.work, 'ls-remote', '--heads', 'origin', branch)) !== '') {
    await git(scratch.work, 'pull', '--quiet', '--rebase', 'origin', branch);
  }
  await git(scratch.work, 'push', '--quiet', 'origin', 'HEAD');
}

/** Standard output of a git command that must succeed. */
export async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run('git', args, cwd);
  if (code !== 0) throw new Error(`Cannot run git ${args.join(' ')} in ${dirname(cwd)}: ${stderr.trim()}`);
  return stdout.trimEnd();
}
