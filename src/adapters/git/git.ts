/** The Git port over the git program: plumbing by argument list, one `cat-file --batch`, compare-and-swap pushes. */

import { KitError } from '../../base/errors.ts';
import type { Git, GitRef, RefUpdate } from '../../ports/git.ts';
import { createCatFile } from './cat-file.ts';
import { createObjectWriter } from './objects.ts';
import { decidePush, pushArguments } from './push.ts';
import { parseRefs, refFormat } from './refs.ts';
import { createRemote } from './remote.ts';
import { createGitRunner, explain, type GitOptions, type GitRunner } from './run.ts';
import { updateRefs } from './update-refs.ts';

/** Nothing is started or read until a method is called. */
export function createGit(options: GitOptions): Git & AsyncDisposable {
  const git = createGitRunner(options);
  const objects = createCatFile(git);
  const remote = createRemote(git);
  return {
    ...createReader(git, objects.read),
    ...createObjectWriter(git),
    remote: remote.name,
    remoteUrl: remote.url,
    defaultBranch: remote.defaultBranch,
    remoteRefs: remote.refs,
    fetch: remote.fetch,
    refs: (prefixes) => readRefs(git, prefixes),
    updateRefs: (updates) => updateRefs(git, updates),
    async push(updates) {
      const name = await remote.need();
      const url = await remote.shownUrl();
      const outcome = decidePush(await git.run(pushArguments(name, updates)), { remote: name, url, updates });
      if (outcome.kind === 'pushed') await follow(git, name, updates);
      return outcome;
    },
    [Symbol.asyncDispose]: () => objects.close(),
  };
}

const wholeId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

type ReadObject = (name: string) => Promise<Buffer | undefined>;

type Reader = Pick<
  Git,
  | 'top'
  | 'prefix'
  | 'resolve'
  | 'branch'
  | 'isShallow'
  | 'status'
  | 'config'
  | 'readBlob'
  | 'readBlobs'
  | 'readPath'
  | 'listTree'
  | 'log'
  | 'isAncestor'
>;

function createReader(git: GitRunner, read: ReadObject): Reader {
  const readBlob = async (oid: string): Promise<Uint8Array> => {
    const data = await read(oid);
    if (data === undefined) throw unknownRevision(git.root, oid);
    return data;
  };
  const resolve = (revision: string): Promise<string> => resolveCommit(git, revision);
  return {
    top: async () => (await git.text(['rev-parse', '--show-toplevel'])).replace(/\r?\n$/, ''),
    prefix: async () => (await git.text(['rev-parse', '--show-prefix'])).replace(/\r?\n$/, ''),
    resolve,
    async branch() {
      const result = await git.run(['symbolic-ref', '--quiet', '--short', 'HEAD']);
      if (result.code === 0) return result.stdout.toString().trim();
      if (result.code === 1) return undefined;
      throw explain('symbolic-ref', result.stderr, git.root);
    },
    isShallow: async () => (await git.text(['rev-parse', '--is-shallow-repository'])).trim() === 'true',
    async status() {
      const args = ['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all'];
      const entries = (await git.text(args)).split('\0').filter((entry) => entry !== '');
      return { clean: entries.length === 0, paths: entries.slice(0, 1000).map((entry) => entry.slice(3)) };
    },
    async config(key) {
      const result = await git.run(['config', '--get', key]);
      return result.code === 0 ? result.stdout.toString().replace(/\n$/, '') : undefined;
    },
    readBlob,
    readBlobs: (oids) => Promise.all(oids.map(readBlob)),
    async readPath(revision, path) {
      const commit = wholeId.test(revision) ? revision : await resolve(revision);
      if (!path.includes('\n')) return read(`${commit}:${path}`);
      const found = (await listTree(git, commit, path)).find((entry) => entry.path === path);
      return found === undefined ? undefined : readBlob(found.oid);
    },
    // A whole id needs no looking up first.
    listTree: async (revision, under) =>
      listTree(git, wholeId.test(revision) ? revision : await resolve(revision), under),
    log: async (revision, options) => readLog(git, await resolve(revision), options?.limit),
    async isAncestor(ancestor, descendant) {
      const result = await git.run(['merge-base', '--is-ancestor', ancestor, descendant]);
      if (result.code > 1) throw explain('merge-base', result.stderr, git.root);
      return result.code === 0;
    },
  };
}

async function resolveCommit(git: GitRunner, revision: string): Promise<string> {
  const result = await git.run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
  const oid = result.stdout.toString().trim();
  if (result.code === 0 && /^[0-9a-f]{40,64}$/.test(oid)) return oid;
  // Outside a repository this names that as the reason.
  await git.text(['rev-parse', '--git-dir']);
  throw unknownRevision(git.root, revision);
}

function unknownRevision(root: string, revision: string): KitError {
  const unborn = revision === 'HEAD';
  return new KitError(
    'git-unknown-revision',
    `Cannot resolve revision "${revision}" in "${root}": ${unborn ? 'there is no commit yet' : 'no such commit, branch, tag or object here'}`,
    {
      hint: unborn
        ? 'Commit your files first: git add . && git commit'
        : 'Check the spelling, or fetch it first: git fetch --tags',
    },
  );
}

async function listTree(
  git: GitRunner,
  commit: string,
  under?: string,
): Promise<readonly { readonly path: string; readonly oid: string; readonly mode: string }[]> {
  const args = ['ls-tree', '-r', '-z', '--full-tree', commit];
  const result = await git.run(under === undefined || under === '' ? args : [...args, '--', under]);
  if (result.code !== 0 && /not a tree object|bad object/i.test(result.stderr)) throw unknownRevision(git.root, commit);
  if (result.code !== 0) throw explain('ls-tree', result.stderr, git.root);
  return result.stdout
    .toString()
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const tab = entry.indexOf('\t');
      const [mode, , oid] = entry.slice(0, tab).split(' ') as [string, string, string];
      return { path: entry.slice(tab + 1), oid, mode };
    });
}

async function readLog(
  git: GitRunner,
  commit: string,
  limit?: number,
): Promise<readonly { readonly oid: string; readonly message: string; readonly time: Date }[]> {
  const output = await git.text([
    'log',
    '--first-parent',
    '--no-color',
    '-z',
    '--format=%H%n%ct%n%B',
    ...(limit === undefined ? [] : [`--max-count=${limit}`]),
    commit,
    '--',
  ]);
  return output
    .split('\0')
    .filter((entry) => entry.trim() !== '')
    .map((entry) => {
      const [oid, seconds, ...message] = entry.split('\n');
      return { oid: oid!, message: message.join('\n').trimEnd(), time: new Date(Number(seconds) * 1000) };
    });
}

async function readRefs(git: GitRunner, prefixes: readonly string[]): Promise<readonly GitRef[]> {
  const { refs, nested } = parseRefs(await git.text(['for-each-ref', `--format=${refFormat}`, ...prefixes]));
  if (nested.length === 0) return refs;
  const commits = new Map<string, string>();
  for (const name of nested) {
    const result = await git.run(['rev-parse', '--verify', '--quiet', `${name}^{commit}`]);
    commits.set(name, result.code === 0 ? result.stdout.toString().trim() : '');
  }
  return refs.map((ref) => (commits.has(ref.name) ? { ...ref, commit: commits.get(ref.name)! } : ref));
}

/** Local copies of what was pushed: branches as remote-tracking refs, all else under its own name. */
async function follow(git: GitRunner, remote: string, updates: readonly RefUpdate[]): Promise<void> {
  const lines = updates.map(({ ref, target }) => {
    const local = ref.startsWith('refs/heads/') ? `refs/remotes/${remote}/${ref.slice('refs/heads/'.length)}` : ref;
    return target === null ? `delete ${local}\0\0` : `update ${local}\0${target}\0\0`;
  });
  const result = await git.run(['update-ref', '--stdin', '-z'], { input: lines.join('') });
  // A fetch that runs at the same time may hold a lock; the next fetch brings the refs.
  if (result.code !== 0 && !/lock/i.test(result.stderr)) throw explain('update-ref', result.stderr, git.root);
}
