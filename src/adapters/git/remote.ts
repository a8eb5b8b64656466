/** The remote side: which remote, its default branch, its refs, and fetching without ever overwriting a local tag. */

import { setTimeout as sleep } from 'node:timers/promises';
import { KitError } from '../../base/errors.ts';
import type { Git } from '../../ports/git.ts';
import { unreachable } from './push.ts';
import { explain, type GitResult, type GitRunner } from './run.ts';

export interface Remote {
  readonly name: Git['remote'];
  readonly url: Git['remoteUrl'];
  readonly defaultBranch: Git['defaultBranch'];
  readonly refs: Git['remoteRefs'];
  readonly fetch: Git['fetch'];
  /** @throws KitError `git-no-remote` */
  need(): Promise<string>;
  /** The url without credentials, for messages. */
  shownUrl(): Promise<string>;
}

export function createRemote(git: GitRunner): Remote {
  let known: Promise<string | undefined> | undefined;
  let branch: Promise<string | undefined> | undefined;
  const name = (): Promise<string | undefined> => {
    known ??= findRemote(git);
    return known;
  };
  const url = async (): Promise<string | undefined> => {
    const remote = await name();
    return remote === undefined ? undefined : (await git.text(['remote', 'get-url', remote])).trim();
  };
  const need = async (): Promise<string> => {
    const remote = await name();
    if (remote !== undefined) return remote;
    throw new KitError('git-no-remote', `Cannot reach a remote of "${git.root}": the repository has none`, {
      hint: 'Add one: git remote add origin <url>',
    });
  };
  let shown: Promise<string> | undefined;
  const shownUrl = (): Promise<string> => {
    shown ??= url().then((text) => (text ?? '').replace(/^([a-z+]+:\/\/)[^/@]*@/, '$1'));
    return shown;
  };
  return {
    name,
    url,
    need,
    shownUrl,
    defaultBranch: () => {
      branch ??= name().then((remote) => findDefaultBranch(git, remote));
      return branch;
    },
    async refs(patterns) {
      const result = await git.run(['ls-remote', '--refs', await need(), ...patterns]);
      if (result.code !== 0) throw unreachable(await shownUrl(), result.stderr);
      const lines = result.stdout.toString().split('\n');
      return new Map(
        lines
          .filter((line) => line.includes('\t'))
          .map((line) => line.split('\t') as [string, string])
          .map(([oid, ref]) => [ref, oid]),
      );
    },
    async fetch(refspecs, options = {}) {
      const args = ['fetch', '--no-progress', '--no-write-fetch-head', '--no-tags'];
      const depth = options.depth === undefined ? [] : [`--depth=${options.depth}`];
      const tags = options.tags === true ? ['refs/tags/*:refs/tags/*'] : [];
      const result = await runPastLocks(git, [...args, ...depth, await need(), ...refspecs, ...tags]);
      const kept = keptTags(result.stderr);
      const failed = result.code !== 0 && (kept.length === 0 || /^fatal:/m.test(result.stderr));
      if (failed) throw unreachable(await shownUrl(), result.stderr);
      return { kept };
    },
  };
}

/** Two processes in one clone may fetch at once: the lock of the other is waited for, at most about two seconds. */
async function runPastLocks(git: GitRunner, args: readonly string[]): Promise<GitResult> {
  for (let attempt = 1; ; attempt++) {
    const result = await git.run(args);
    const locked = /cannot lock ref|\.lock': File exists|shallow file has changed/i.test(result.stderr);
    if (result.code === 0 || !locked || attempt === 8) return result;
    await sleep(50 * attempt);
  }
}

/** Tags that git left alone because the local one differs from the remote one. */
function keptTags(stderr: string): readonly string[] {
  return stderr
    .split('\n')
    .map((line) => /^ ! \[rejected\]\s+(\S+)\s+-> .*would clobber existing tag/.exec(line)?.[1])
    .filter((tag) => tag !== undefined);
}

async function findRemote(git: GitRunner): Promise<string | undefined> {
  const remotes = (await git.text(['remote'])).split('\n').filter((line) => line !== '');
  if (remotes.length <= 1) return remotes[0];
  if (remotes.includes('origin')) return 'origin';
  const chosen = await git.run(['config', '--get', 'checkout.defaultRemote']);
  const wanted = chosen.stdout.toString().trim();
  if (remotes.includes(wanted)) return wanted;
  throw new KitError('git-remote-ambiguous', `Cannot choose a remote of "${git.root}": it has ${remotes.join(', ')}`, {
    hint: `Name the one to write to: git config checkout.defaultRemote ${remotes[0]}`,
  });
}

async function findDefaultBranch(git: GitRunner, remote: string | undefined): Promise<string | undefined> {
  if (remote !== undefined) {
    const known = await git.run(['symbolic-ref', '--quiet', `refs/remotes/${remote}/HEAD`]);
    if (known.code === 0) return known.stdout.toString().trim().slice(`refs/remotes/${remote}/`.length);
    const asked = await git.run(['ls-remote', '--symref', remote, 'HEAD']);
    const found = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(asked.stdout.toString())?.[1];
    if (found !== undefined) return found;
  }
  const branches = (await git.text(['for-each-ref', '--format=%(refname:lstrip=2)', 'refs/heads']))
    .split('\n')
    .filter((line) => line !== '');
  const configured = (await git.run(['config', '--get', 'init.defaultBranch'])).stdout.toString().trim();
  const choices = [configured, 'main', 'master'].filter((choice) => branches.includes(choice));
  if (choices[0] !== undefined) return choices[0];
  const head = await git.run(['symbolic-ref', '--quiet', '--short', 'HEAD']);
  if (head.code > 1) throw explain('symbolic-ref', head.stderr, git.root);
  const current = head.stdout.toString().trim();
  return current === '' || current === 'mlops-metadata' ? undefined : current;
}
