/** A work tree with one pushed commit and a bare remote beside it, in a temporary folder. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Variables that make git independent of the machine's own config. */
export const gitVariables = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Tester',
  GIT_AUTHOR_EMAIL: 'tester@example.com',
  GIT_COMMITTER_NAME: 'Tester',
  GIT_COMMITTER_EMAIL: 'tester@example.com',
};

export function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', folder, ...args], { env: { ...process.env, ...gitVariables }, encoding: 'utf8' });
}

/** The work tree; its remote `origin` is `../remote.git`. */
export function scratchRepository(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const top = mkdtempSync(join(tmpdir(), 'mlops-scratch-'));
  const work = join(top, 'work');
  mkdirSync(work);
  git(top, 'init', '-q', '--bare', '-b', 'main', join(top, 'remote.git'));
  git(work, 'init', '-q', '-b', 'main');
  git(work, 'remote', 'add', 'origin', join(top, 'remote.git'));
  for (const [path, data] of Object.entries(files)) {
    mkdirSync(dirname(join(work, path)), { recursive: true });
    writeFileSync(join(work, path), data);
  }
  git(work, 'add', '-A');
  git(work, 'commit', '-q', '--allow-empty', '-m', 'start');
  git(work, 'push', '-q', 'origin', 'main');
  return work;
}
