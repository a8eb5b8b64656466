/** Real git repositories in temporary folders for tests: a bare remote, clones of it, and plain git calls. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createGit } from '../../src/adapters/git/git.ts';
import type { Git } from '../../src/ports/git.ts';

const env = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  LC_ALL: 'C',
};

export interface Repository {
  readonly root: string;
  readonly port: Git & AsyncDisposable;
  /** Runs git in the repository and gives its trimmed stdout. */
  git(...args: string[]): string;
  write(path: string, text: string | Uint8Array): void;
  /** Writes, adds and commits; gives the commit id. */
  commit(files: Record<string, string>, message?: string): string;
}

export interface Yard extends AsyncDisposable {
  readonly root: string;
  readonly remote: string;
  readonly remoteGit: (...args: string[]) => string;
  /** A clone with `git clone` options, for example `--depth=1`. */
  clone(name: string, ...options: string[]): Repository;
  /** A repository without remote. */
  create(name: string): Repository;
}

/** A folder with a bare remote that has one commit on main. */
export function createYard(files: Record<string, string> = { 'README.md': 'hello\n' }): Yard {
  const root = mkdtempSync(join(tmpdir(), 'mlops-yard-'));
  const remote = join(root, 'remote.git');
  const opened: Repository[] = [];
  run(root, ['init', '--quiet', '--bare', '--initial-branch=main', remote]);
  const open = (name: string): Repository => {
    const repository = openRepository(join(root, name));
    opened.push(repository);
    return repository;
  };
  const create = (name: string): Repository => {
    run(root, ['init', '--quiet', '--initial-branch=main', join(root, name)]);
    return open(name);
  };
  const seed = create('seed');
  seed.commit(files, 'start');
  seed.git('remote', 'add', 'origin', remote);
  seed.git('push', '--quiet', 'origin', 'main');
  return {
    root,
    remote,
    remoteGit: (...args) => run(remote, args),
    create,
    clone(name, ...options) {
      run(root, ['clone', '--quiet', ...options, `file://${remote}`, name]);
      return open(name);
    },
    async [Symbol.asyncDispose]() {
      for (const repository of opened) await repository.port[Symbol.asyncDispose]();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export function openRepository(root: string): Repository {
  const git = (...args: string[]): string => run(root, args);
  const write = (path: string, text: string | Uint8Array): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  return {
    root,
    port: createGit({ root, env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } }),
    git,
    write,
    commit(files, message = 'change') {
      for (const [path, text] of Object.entries(files)) write(path, text);
      git('add', '--', ...Object.keys(files));
      git('commit', '--quiet', '--message', message);
      return git('rev-parse', 'HEAD');
    },
  };
}

function run(cwd: string, args: readonly string[]): string {
  return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}
