/** The Git port on real repositories: objects, refs, compare-and-swap, pushes, and every error a user can fix. */

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGit } from '../../src/adapters/git/git.ts';
import { createYard, type Repository, type Yard } from '../registry/repositories.ts';

const time = new Date('2026-01-02T03:04:05Z');
const tagger = { name: 'Ada\n<x>', email: 'ada@example.org' };

let yard: Yard;
let clone: Repository;
beforeEach(() => {
  yard = createYard({ 'README.md': 'hello\n', 'src/a b.txt': 'a\n' });
  clone = yard.clone('clone');
});
afterEach(() => yard[Symbol.asyncDispose]());

async function tag(repository: Repository, name: string, message = 'text\n'): Promise<string> {
  const target = await repository.port.resolve('HEAD');
  return repository.port.writeTag({ name, target, message, tagger, time });
}

describe('reading', () => {
  it('knows the place', async () => {
    expect(await clone.port.top()).toBe(clone.git('rev-parse', '--show-toplevel'));
    expect(await clone.port.branch()).toBe('main');
    expect(await clone.port.defaultBranch()).toBe('main');
    expect(await clone.port.remote()).toBe('origin');
    expect(await clone.port.remoteUrl()).toBe(`file://${yard.remote}`);
    expect(await clone.port.isShallow()).toBe(false);
    expect(await clone.port.config('no.such')).toBeUndefined();
  });

  it('reads blobs, paths and trees, absent ones too', async () => {
    const entries = await clone.port.listTree('HEAD', 'src');
    expect(entries.map(({ path }) => path)).toEqual(['src/a b.txt']);
    expect(Buffer.from(await clone.port.readBlob(entries[0]!.oid)).toString()).toBe('a\n');
    expect(Buffer.from((await clone.port.readPath('HEAD', 'src/a b.txt'))!).toString()).toBe('a\n');
    expect(await clone.port.readPath('HEAD', 'no/such')).toBeUndefined();
    expect(await clone.port.readPath('HEAD', 'no\nsuch')).toBeUndefined();
    await expect(clone.port.readBlob('0'.repeat(40))).rejects.toMatchObject({ code: 'git-unknown-revision' });
  });

  it('reads objects written after the reader started, big ones and binary ones', async () => {
    const big = new Uint8Array(3_000_000).map((_, index) => index % 251);
    const oids = [
      await clone.port.writeBlob('first'),
      await clone.port.writeBlob(big),
      await clone.port.writeBlob(''),
      await clone.port.writeBlob('x missing\n'),
    ];
    const blobs = await clone.port.readBlobs(oids);
    expect(Buffer.from(blobs[0]!).toString()).toBe('first');
    expect(Buffer.compare(blobs[1]!, big)).toBe(0);
    expect(blobs[2]).toHaveLength(0);
    expect(Buffer.from(blobs[3]!).toString()).toBe('x missing\n');
    const later = await clone.port.writeBlob('later');
    expect(Buffer.from(await clone.port.readBlob(later)).toString()).toBe('later');
  });

  it('reports the state of the work tree', async () => {
    expect(await clone.port.status()).toEqual({ clean: true, paths: [] });
    clone.write('README.md', 'changed\n');
    clone.write('new/ä b.txt', 'new\n');
    expect(await clone.port.status()).toEqual({ clean: false, paths: ['README.md', 'new/ä b.txt'] });
  });

  it('sees a detached HEAD, the log and ancestry', async () => {
    const first = clone.git('rev-parse', 'HEAD');
    const second = clone.commit({ x: '1' }, 'subject\n\nbody\n\nKey: value');
    clone.git('checkout', '--quiet', '--detach');
    expect(await clone.port.branch()).toBeUndefined();
    const log = await clone.port.log('HEAD');
    expect(log.map(({ oid, message }) => [oid, message])).toEqual([
      [second, 'subject\n\nbody\n\nKey: value'],
      [first, 'start'],
    ]);
    expect(await clone.port.log('HEAD', { limit: 1 })).toHaveLength(1);
    expect(await clone.port.isAncestor(first, second)).toBe(true);
    expect(await clone.port.isAncestor(second, first)).toBe(false);
  });
});

describe('writing objects', () => {
  it('writes a commit whose tree is another tree with edits, without touching index or work tree', async () => {
    const blob = await clone.port.writeBlob('x\n');
    const tree = await clone.port.writeTree('HEAD', [
      { path: 'README.md', blob: null },
      { path: 'deep/er/x.txt', blob },
      { path: 'src', blob },
      { path: 'src/a b.txt', blob: null },
    ]);
    const head = await clone.port.resolve('HEAD');
    const commit = await clone.port.writeCommit({ tree, parents: [head], message: 'one\n\ntwo', time, author: tagger });
    expect(clone.git('ls-tree', '-r', '--name-only', commit).split('\n')).toEqual(['deep/er/x.txt', 'src']);
    expect(clone.git('log', '-1', '--format=%P|%an|%ae|%aI|%B', commit)).toBe(
      `${head}|Adax|ada@example.org|2026-01-02T03:04:05+00:00|one\n\ntwo`,
    );
    expect(clone.git('status', '--porcelain')).toBe('');
    expect(await clone.port.writeTree(null, [])).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
  });

  it('does not sign, whatever the config says', async () => {
    clone.git('config', 'commit.gpgSign', 'true');
    clone.git('config', 'tag.gpgSign', 'true');
    clone.git('config', 'gpg.program', '/bin/false');
    const oid = await tag(clone, 'm@v1.0.0');
    const outcome = await clone.port.push([{ ref: 'refs/tags/m@v1.0.0', expected: null, target: oid }]);
    expect(outcome).toEqual({ kind: 'pushed' });
  });

  it('reads annotated tags with message, tagger and time; nested and light ones too', async () => {
    const head = await clone.port.resolve('HEAD');
    const oid = await tag(clone, 'a/b#prod#1', 'subject\nmore\n\nKey: v\u00e4lue\n');
    const moved = await clone.port.updateRefs([{ ref: 'refs/tags/a/b#prod#1', expected: null, target: oid }]);
    expect(moved).toEqual({ kind: 'pushed' });
    clone.git('tag', 'light');
    clone.git('tag', '--annotate', '--message', 'tag of a tag', 'nested', 'a/b#prod#1');
    clone.git('tag', '--annotate', '--message', 'tag of a tree', 'tree', 'HEAD^{tree}');
    const refs = await clone.port.refs(['refs/tags']);
    expect(refs.map(({ name, type, commit }) => [name, type, commit])).toEqual([
      ['refs/tags/a/b#prod#1', 'tag', head],
      ['refs/tags/light', 'commit', head],
      ['refs/tags/nested', 'tag', head],
      ['refs/tags/tree', 'tag', ''],
    ]);
    expect(refs[0]!.oid).toBe(oid);
    expect(refs[0]!.tag).toEqual({
      message: 'subject\nmore\n\nKey: v\u00e4lue\n',
      tagger: 'Adax',
      email: 'ada@example.org',
      time,
    });
  });
});

describe('moving local refs', () => {
  it('moves all or nothing, and only from the expected value', async () => {
    const first = await clone.port.resolve('HEAD');
    const second = clone.commit({ x: '1' });
    const port = clone.port;
    expect(await port.updateRefs([{ ref: 'refs/heads/b', expected: null, target: first }])).toEqual({ kind: 'pushed' });
    const lost = await port.updateRefs([
      { ref: 'refs/heads/c', expected: null, target: first },
      { ref: 'refs/heads/b', expected: second, target: second },
    ]);
    expect(lost).toMatchObject({ kind: 'rejected', refs: ['refs/heads/b'] });
    expect((await port.updateRefs([{ ref: 'refs/heads/b', expected: null, target: second }])).kind).toBe('rejected');
    expect(await port.refs(['refs/heads/c'])).toEqual([]);
    expect((await port.updateRefs([{ ref: 'refs/heads/b', expected: first, target: null }])).kind).toBe('pushed');
    expect(await port.refs(['refs/heads/b'])).toEqual([]);
  });
});

describe('pushing', () => {
  it('pushes tags and a branch at once; local copies follow', async () => {
    const head = await clone.port.resolve('HEAD');
    const oid = await tag(clone, 'm@v0.0.1');
    const outcome = await clone.port.push([
      { ref: 'refs/tags/m@v0.0.1', expected: null, target: oid },
      { ref: 'refs/heads/mlops-metadata', expected: null, target: head },
      { ref: 'refs/mlops/rollouts/prod/m/state', expected: null, target: head },
    ]);
    expect(outcome).toEqual({ kind: 'pushed' });
    expect(await clone.port.remoteRefs(['refs/tags/*', 'refs/heads/mlops-metadata', 'refs/mlops/*'])).toEqual(
      new Map([
        ['refs/heads/mlops-metadata', head],
        ['refs/mlops/rollouts/prod/m/state', head],
        ['refs/tags/m@v0.0.1', oid],
      ]),
    );
    const names = (await clone.port.refs(['refs'])).map(({ name }) => name);
    expect(names).toContain('refs/remotes/origin/mlops-metadata');
    expect(names).toContain('refs/tags/m@v0.0.1');
    expect(names).not.toContain('refs/heads/mlops-metadata');
  });

  it('rejects all refs when one lease is stale, in every way to be late', async () => {
    const other = yard.clone('other');
    const head = await clone.port.resolve('HEAD');
    const mine = await tag(clone, 'm@v0.0.1', 'mine');
    await other.port.push([
      { ref: 'refs/tags/m@v0.0.1', expected: null, target: await tag(other, 'm@v0.0.1', 'theirs') },
      { ref: 'refs/heads/store', expected: null, target: head },
    ]);
    const refused = await clone.port.push([
      { ref: 'refs/tags/m@v0.0.1', expected: null, target: mine },
      { ref: 'refs/heads/extra', expected: null, target: head },
    ]);
    expect(refused).toMatchObject({ kind: 'rejected', refs: ['refs/tags/m@v0.0.1'] });
    const second = clone.commit({ x: '1' });
    const stale = await clone.port.push([{ ref: 'refs/heads/store', expected: second, target: second }]);
    expect(stale).toMatchObject({ kind: 'rejected', refs: ['refs/heads/store'] });
    expect(await clone.port.remoteRefs(['refs/heads/extra'])).toEqual(new Map());
    expect(await clone.port.refs(['refs/tags/m@v0.0.1'])).toEqual([]);
    expect((await clone.port.push([{ ref: 'refs/heads/store', expected: head, target: second }])).kind).toBe('pushed');
    expect((await clone.port.push([{ ref: 'refs/heads/store', expected: second, target: null }])).kind).toBe('pushed');
    expect(await clone.port.remoteRefs(['refs/heads/store'])).toEqual(new Map());
  });

  it('says who may push when a server hook declines, and runs no local hook', async () => {
    const hook = join(yard.remote, 'hooks', 'pre-receive');
    writeFileSync(hook, '#!/bin/sh\necho "GH006: protected" >&2\nexit 1\n');
    chmodSync(hook, 0o755);
    const local = join(clone.root, '.git', 'hooks', 'pre-push');
    writeFileSync(local, '#!/bin/sh\necho "local hook ran" >&2\nexit 1\n');
    chmodSync(local, 0o755);
    const head = await clone.port.resolve('HEAD');
    const error = await clone.port
      .push([{ ref: 'refs/heads/x', expected: null, target: head }])
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'git-push-forbidden' });
    expect((error as Error).message).toContain('GH006: protected');
    expect((error as Error).message).not.toContain('local hook ran');
    expect((error as { hint: string }).hint).toContain(`git push --atomic origin '${head}:refs/heads/x'`);
  });
});

describe('fetching', () => {
  it('brings tags and branches, leaves a differing local tag alone and names it', async () => {
    const other = yard.clone('other');
    await other.port.push([
      { ref: 'refs/tags/m@v0.0.1', expected: null, target: await tag(other, 'm@v0.0.1', 'theirs') },
      { ref: 'refs/tags/m@v0.0.2', expected: null, target: await tag(other, 'm@v0.0.2') },
    ]);
    clone.git('tag', '--annotate', '--message', 'mine', 'm@v0.0.1');
    const mine = clone.git('rev-parse', 'm@v0.0.1');
    const outcome = await clone.port.fetch(['+refs/heads/none*:refs/remotes/origin/none*'], { tags: true });
    expect(outcome).toEqual({ kept: ['m@v0.0.1'] });
    expect(clone.git('rev-parse', 'm@v0.0.1')).toBe(mine);
    expect(clone.git('tag', '--list')).toBe('m@v0.0.1\nm@v0.0.2');
  });

  it('heals a shallow clone without tags', async () => {
    const other = yard.clone('other');
    other.commit({ x: '1' });
    other.git('push', '--quiet', 'origin', 'main');
    await other.port.push([{ ref: 'refs/tags/m@v0.0.1', expected: null, target: await tag(other, 'm@v0.0.1') }]);
    const shallow = yard.clone('shallow', '--depth=1', '--no-tags');
    expect(await shallow.port.isShallow()).toBe(true);
    expect(await shallow.port.refs(['refs/tags'])).toEqual([]);
    await shallow.port.fetch([], { tags: true, depth: 1 });
    expect((await shallow.port.refs(['refs/tags'])).map(({ name }) => name)).toEqual(['refs/tags/m@v0.0.1']);
  });
});

describe('errors a user can fix', () => {
  it('no repository', async () => {
    const port = createGit({ root: yard.root });
    await expect(port.top()).rejects.toMatchObject({ code: 'git-no-repository' });
    await expect(port.resolve('HEAD')).rejects.toMatchObject({ code: 'git-no-repository' });
    await expect(port.refs(['refs/tags'])).rejects.toMatchObject({ code: 'git-no-repository' });
  });

  it('no such folder', async () => {
    await expect(createGit({ root: join(yard.root, 'gone') }).top()).rejects.toMatchObject({ code: 'git-missing' });
  });

  it('unknown revision, hostile ones too, and no commit yet', async () => {
    for (const revision of ['nope', '--help', 'a\nb', '$(touch x)', ''])
      await expect(clone.port.resolve(revision)).rejects.toMatchObject({ code: 'git-unknown-revision' });
    const empty = yard.create('empty');
    await expect(empty.port.resolve('HEAD')).rejects.toMatchObject({
      code: 'git-unknown-revision',
      message: expect.stringContaining('no commit yet'),
    });
  });

  it('no remote', async () => {
    const alone = yard.create('alone');
    expect(await alone.port.remote()).toBeUndefined();
    expect(await alone.port.remoteUrl()).toBeUndefined();
    await expect(alone.port.fetch([])).rejects.toMatchObject({ code: 'git-no-remote' });
    await expect(alone.port.push([])).rejects.toMatchObject({ code: 'git-no-remote' });
  });

  it('several remotes and none of them origin', async () => {
    const many = yard.create('many');
    many.git('remote', 'add', 'a', yard.remote);
    many.git('remote', 'add', 'b', yard.remote);
    await expect(many.port.remote()).rejects.toMatchObject({ code: 'git-remote-ambiguous' });
  });

  it('remote unreachable, without its password in the message', async () => {
    clone.git('remote', 'set-url', 'origin', `file://${yard.root}/gone.git`);
    const head = await clone.port.resolve('HEAD');
    await expect(clone.port.fetch([])).rejects.toMatchObject({ code: 'git-remote-unreachable' });
    await expect(clone.port.remoteRefs(['refs/*'])).rejects.toMatchObject({ code: 'git-remote-unreachable' });
    await expect(clone.port.push([{ ref: 'refs/heads/x', expected: null, target: head }])).rejects.toMatchObject({
      code: 'git-remote-unreachable',
    });
    const secret = yard.create('secret');
    secret.git('remote', 'add', 'origin', 'http://user:hunter2@127.0.0.1:9/x.git');
    const error = await secret.port.fetch([]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'git-remote-unreachable' });
    expect(String((error as Error).message)).not.toContain('hunter2');
  });
});
