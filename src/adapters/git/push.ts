/** Pushes refs atomically with explicit leases and decides from git's porcelain output what a refusal means. */

import { KitError } from '../../base/errors.ts';
import type { PushOutcome, RefUpdate } from '../../ports/git.ts';
import { firstReason, type GitResult } from './run.ts';

/** Arguments of the one push: every ref has its lease, so nothing is overwritten that was not read before. */
export function pushArguments(remote: string, updates: readonly RefUpdate[]): string[] {
  return [
    'push',
    '--porcelain',
    '--atomic',
    '--no-verify',
    ...updates.map(({ ref, expected }) => `--force-with-lease=${ref}:${expected ?? ''}`),
    remote,
    ...updates.map(({ ref, target }) => `${target ?? ''}:${ref}`),
  ];
}

/** The same push as a person types it. */
export function pushCommandText(remote: string, updates: readonly RefUpdate[]): string {
  return `git push --atomic ${remote} ${updates.map(({ ref, target }) => `'${target ?? ''}:${ref}'`).join(' ')}`;
}

interface RejectedRef {
  readonly ref: string;
  readonly reason: string;
}

/** Lines of `--porcelain`: flag, TAB, from:to, TAB, summary (reason); `!` marks a refused ref. */
export function parseRejections(stdout: string): readonly RejectedRef[] {
  const rejected: RejectedRef[] = [];
  for (const line of stdout.split('\n')) {
    const [flag, refs, summary] = line.split('\t');
    if (flag !== '!' || refs === undefined || summary === undefined) continue;
    rejected.push({ ref: refs.slice(refs.lastIndexOf(':') + 1), reason: summary });
  }
  return rejected;
}

// What git says when another writer was first; everything else is a refusal that waiting does not heal.
const raced =
  /stale info|fetch first|non-fast-forward|already exists|failed to update ref|cannot lock ref|failed to lock|incorrect old value|remote ref updated|reference already exists|atomic transaction failed/i;
// Only echoes of another ref's refusal.
const echo = /atomic push failed|atomic push failure/i;

/** @throws KitError `git-push-forbidden`, `git-remote-unreachable` */
export function decidePush(
  result: GitResult,
  context: { readonly remote: string; readonly url: string; readonly updates: readonly RefUpdate[] },
): PushOutcome {
  if (result.code === 0) return { kind: 'pushed' };
  const rejected = parseRejections(result.stdout.toString());
  const causes = rejected.filter(({ reason }) => !echo.test(reason));
  if (rejected.length > 0 && causes.every(({ reason }) => raced.test(reason)))
    return {
      kind: 'rejected',
      refs: (causes.length > 0 ? causes : rejected).map(({ ref }) => ref),
      message: causes.map(({ ref, reason }) => `${ref}: ${reason}`).join('; ') || firstReason(result.stderr),
    };
  const said = remoteLines(result.stderr);
  const reason = causes.map(({ ref, reason: why }) => `${ref} ${why}`).join('; ') || firstReason(result.stderr);
  const message = [reason, ...said].join(' - ');
  if (rejected.length === 0 && !forbidden.test(result.stderr)) throw unreachable(context.url, result.stderr);
  throw new KitError('git-push-forbidden', `Cannot push to "${context.url}": ${message}`, {
    hint: `Give the job "permissions: contents: write" (or an App token), or let a person with permission run in this clone: ${pushCommandText(context.remote, context.updates)}`,
  });
}

// Case-insensitive words of GitHub, GitLab, ssh and plain file permissions.
const forbidden =
  /denied|forbidden|\b403\b|\b401\b|authentication failed|could not read Username|not permitted|not allowed|read-only|insufficient permission|unable to create temporary|unpack/i;

/** @returns KitError `git-remote-unreachable` */
export function unreachable(url: string, stderr: string): KitError {
  const access = /denied|forbidden|\b403\b|\b401\b|authentication failed|could not read Username|not found/i;
  return new KitError('git-remote-unreachable', `Cannot reach remote "${url}": ${firstReason(stderr)}`, {
    hint: access.test(stderr)
      ? 'Check the address and that your token or key may read it: git ls-remote'
      : 'Check the network and the address of the remote: git remote -v',
  });
}

function remoteLines(stderr: string): readonly string[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('remote: '))
    .map((line) => line.slice('remote: '.length).trim())
    .filter((line) => line !== '')
    .slice(0, 5);
}
