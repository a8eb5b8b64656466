/** The metadata store on real git: appending under races and crashes, the outbox, damage, and life without a remote. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KitError } from '../../src/base/errors.ts';
import { appendRecords, finishOutbox, type RecordDraft, readRecords } from '../../src/commands/records.ts';
import type { Git } from '../../src/ports/git.ts';
import { createTestPorts, type TestPorts } from './ports.ts';
import { createYard, type Repository, type Yard } from './repositories.ts';

let yard: Yard;
let clone: Repository;
let ports: TestPorts;
beforeEach(() => {
  yard = createYard();
  clone = yard.clone('clone');
  ports = createTestPorts(clone.root, { git: clone.port });
});
afterEach(() => yard[Symbol.asyncDispose]());

const draft = (n: number): RecordDraft => ({
  kind: 'validation',
  subject: [{ name: 'flights', digest: { md5: n.toString(16).padStart(32, '0') } }],
  verdict: 'pass',
  body: { n },
});
const append = (on: TestPorts, operation: string, n: number) =>
  appendRecords(on, operation, async () => ({ records: [draft(n)] }));
const outbox = (root: string): string[] => {
  const folder = join(root, '.mlops', 'outbox');
  return existsSync(folder) ? readdirSync(folder) : [];
};
const numbers = (records: readonly { record: { body: Record<string, unknown> } }[]): unknown[] =>
  records.map(({ record }) => record.body.n);

/** A remote that breaks `times` times, before or after the push arrived. */
function breaking(git: Git, when: 'before' | 'after', times = 1): Git {
  let left = times;
  return {
    ...git,
    async push(updates) {
      if (left === 0) return git.push(updates);
      left--;
      if (when === 'after') await git.push(updates);
      throw new Error('killed');
    },
  };
}

describe('appending', () => {
  it('stores canonical JSON under its own digest and reads it back from another clone', async () => {
    const [stored] = await append(ports, 'r1/validate-data/x', 1);
    expect(stored!.record.common).toMatchObject({ actor: 'ada', operation: 'r1/validate-data/x', verdict: 'pass' });
    expect(yard.remoteGit('ls-tree', '-r', '--name-only', 'mlops-metadata')).toBe(
      `records/validation/${stored!.id.slice(0, 2)}/${stored!.id}.json`,
    );
    const other = createTestPorts(yard.clone('other').root);
    expect(await readRecords(other)).toEqual([stored]);
    await other[Symbol.asyncDispose]();
    expect(clone.git('status', '--porcelain')).toBe('');
    expect(outbox(clone.root)).toEqual([]);
  });

  it('returns what stands for a known operation, and plans no second time', async () => {
    const first = await append(ports, 'op', 1);
    const again = await appendRecords(ports, 'op', () => {
      throw new Error('planned twice');
    });
    expect(again).toEqual(first);
    expect(yard.remoteGit('rev-list', '--count', 'mlops-metadata')).toBe('1');
  });

  it('writes nothing for an empty plan', async () => {
    expect(await appendRecords(ports, 'op', async () => ({ records: [] }))).toEqual([]);
    expect(yard.remoteGit('branch', '--list', 'mlops-metadata')).toBe('');
  });

  it('loses nothing when clones write at once', async () => {
    const clones = Array.from({ length: 6 }, (_, index) => createTestPorts(yard.clone(`c${index}`).root));
    await Promise.all(clones.flatMap((on, index) => append(on, `op-${index}`, index)));
    expect(numbers(await readRecords(ports, { fetch: true })).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(yard.remoteGit('rev-list', '--count', 'mlops-metadata')).toBe('6');
    for (const on of clones) await on[Symbol.asyncDispose]();
  });

  it('plans again after a lost race', async () => {
    const other = createTestPorts(yard.clone('other').root);
    const attempts: number[] = [];
    await appendRecords(ports, 'mine', async (attempt) => {
      attempts.push(attempt);
      if (attempt === 0) await append(other, 'theirs', 7);
      return { records: [draft((await readRecords(ports, { fetch: false })).length)] };
    });
    expect(attempts).toEqual([0, 1]);
    expect(numbers(await readRecords(ports))).toEqual([7, 1]);
    await other[Symbol.asyncDispose]();
  });

  it('forgets a plan that is refused on a later attempt', async () => {
    const failing = breaking(clone.port, 'before');
    const on = createTestPorts(clone.root, { git: failing });
    await expect(append(on, 'op', 1)).rejects.toThrow('killed');
    expect(outbox(clone.root)).toEqual(['op.json']);
    const refused = appendRecords(ports, 'op', async () => {
      throw new KitError('evidence-missing', 'Cannot');
    });
    await expect(refused).rejects.toMatchObject({ code: 'evidence-missing' });
    expect(outbox(clone.root)).toEqual([]);
  });

  it('gives up after 120 s with a clear error and keeps the outbox', async () => {
    let time = 0;
    const git: Git = { ...clone.port, push: async () => ({ kind: 'rejected', refs: [], message: 'stale info' }) };
    const sleep = async (milliseconds: number): Promise<void> => {
      time += milliseconds;
    };
    const on: TestPorts = {
      ...createTestPorts(clone.root, { git }),
      clock: { ...ports.clock, monotonic: () => time, sleep },
    };
    await expect(append(on, 'op', 1)).rejects.toMatchObject({ code: 'metadata-contended' });
    expect(time).toBeGreaterThan(100_000);
    expect(outbox(clone.root)).toEqual(['op.json']);
  });

  it('says so when the remote lost the branch', async () => {
    await append(ports, 'op-1', 1);
    yard.remoteGit('update-ref', '-d', 'refs/heads/mlops-metadata');
    await expect(append(ports, 'op-2', 2)).rejects.toMatchObject({ code: 'metadata-branch-missing' });
  });
});

describe('a process that dies', () => {
  it('before the push: the next start finishes the write, once', async () => {
    const on = createTestPorts(clone.root, { git: breaking(clone.port, 'before') });
    await expect(append(on, 'r/1', 1)).rejects.toThrow('killed');
    await finishOutbox(ports);
    await finishOutbox(ports);
    expect(numbers(await readRecords(ports))).toEqual([1]);
    expect(outbox(clone.root)).toEqual([]);
    expect(yard.remoteGit('rev-list', '--count', 'mlops-metadata')).toBe('1');
  });

  it('after the push: the next start and the same operation see that it stands', async () => {
    const on = createTestPorts(clone.root, { git: breaking(clone.port, 'after') });
    await expect(append(on, 'r/1', 1)).rejects.toThrow('killed');
    expect(numbers(await append(ports, 'r/1', 2))).toEqual([1]);
    expect(outbox(clone.root)).toEqual([]);
    expect(yard.remoteGit('rev-list', '--count', 'mlops-metadata')).toBe('1');
  });

  it('finishes old writes before it writes anew, also when others wrote in between', async () => {
    const on = createTestPorts(clone.root, { git: breaking(clone.port, 'before') });
    await expect(append(on, 'old', 1)).rejects.toThrow('killed');
    const other = createTestPorts(yard.clone('other').root);
    await append(other, 'between', 2);
    await append(ports, 'new', 3);
    expect(numbers(await readRecords(ports)).sort()).toEqual([1, 2, 3]);
    await other[Symbol.asyncDispose]();
  });

  it('sets aside a write whose tag another writer took, and one that cannot be read', async () => {
    const head = await clone.port.resolve('HEAD');
    const refs = [{ ref: 'refs/tags/m@v0.0.1', expected: null, target: head }];
    const on = createTestPorts(clone.root, { git: breaking(clone.port, 'before') });
    const write = appendRecords(on, 'tagging', async () => ({ records: [draft(1)], refs }));
    await expect(write).rejects.toThrow('killed');
    clone.write('.mlops/outbox/broken.json', '{"schema":');
    yard.remoteGit('update-ref', 'refs/tags/m@v0.0.1', head);
    await finishOutbox(ports);
    expect(ports.warnings.join('\n')).toMatch(/refs\/tags\/m@v0\.0\.1 was written by someone else/);
    expect(ports.warnings.join('\n')).toMatch(/broken\.json.*cannot be read/);
    expect(outbox(clone.root).sort()).toEqual(['broken.json.set-aside', 'tagging.json.set-aside']);
    expect(await readRecords(ports)).toEqual([]);
  });
});

describe('reading', () => {
  it('names damaged records and leaves them out', async () => {
    const [good] = await append(ports, 'op', 1);
    const blob = await clone.port.writeBlob('{}');
    const head = clone.git('rev-parse', 'origin/mlops-metadata');
    const path = `records/validation/${good!.id.slice(0, 2)}/${good!.id}.json`;
    const text = clone.git('cat-file', 'blob', `${head}:${path}`);
    const edits = [
      { path: `records/run/ab/ab${'0'.repeat(62)}.json`, blob },
      { path: 'records/run/notes.txt', blob },
      { path: path.replace('validation', 'run'), blob: await clone.port.writeBlob(text) },
      { path: path.replace('validation', 'future'), blob: await clone.port.writeBlob(text) },
    ];
    const tree = await clone.port.writeTree(head, edits);
    const target = await clone.port.writeCommit({ tree, parents: [head], message: 'x', time: new Date() });
    await clone.port.push([{ ref: 'refs/heads/mlops-metadata', expected: head, target }]);
    expect(await readRecords(ports)).toEqual([good]);
    expect(ports.warnings).toHaveLength(4);
    for (const { path: damaged } of edits) expect(ports.warnings.join('\n')).toContain(damaged);
    expect(await readRecords(ports, { kinds: ['drift'] })).toEqual([]);
  });

  it('heals a shallow clone, and does not cut the history of a full one', async () => {
    clone.commit({ x: '1' });
    clone.git('push', '--quiet', 'origin', 'main');
    for (const n of [1, 2, 3]) await append(ports, `op-${n}`, n);
    expect(await clone.port.isShallow()).toBe(false);
    const shallow = createTestPorts(yard.clone('shallow', '--depth=1', '--no-tags', '--single-branch').root);
    expect(numbers(await readRecords(shallow))).toEqual([1, 2, 3]);
    await append(shallow, 'op-4', 4);
    expect(numbers(await readRecords(ports, { fetch: true }))).toEqual([1, 2, 3, 4]);
    expect(clone.git('rev-list', '--count', 'origin/mlops-metadata')).toBe('4');
    await shallow[Symbol.asyncDispose]();
  });
});

describe('without a remote', () => {
  it('writes the local branch by compare-and-swap and takes it along when a remote comes', async () => {
    const alone = yard.create('alone');
    alone.commit({ x: '1' });
    const on = createTestPorts(alone.root, { git: alone.port });
    await append(on, 'op-1', 1);
    await append(on, 'op-2', 2);
    expect(alone.git('rev-list', '--count', 'mlops-metadata')).toBe('2');
    expect(alone.git('status', '--porcelain')).toBe('');
    alone.git('remote', 'add', 'origin', yard.remote);
    await append(ports, 'op-3', 3);
    const later = createTestPorts(alone.root);
    await append(later, 'op-4', 4);
    expect(numbers(await readRecords(ports, { fetch: true })).sort()).toEqual([1, 2, 3, 4]);
    await later[Symbol.asyncDispose]();
  });

  it('keeps plain records in the outbox while the remote cannot be reached, and refuses tags', async () => {
    clone.git('remote', 'set-url', 'origin', `file://${yard.root}/gone.git`);
    expect(numbers(await append(ports, 'op', 1))).toEqual([1]);
    expect(ports.warnings.join('\n')).toContain('waits in .mlops/outbox');
    const head = await clone.port.resolve('HEAD');
    const tagging = appendRecords(ports, 'tag', async () => ({
      records: [draft(2)],
      refs: [{ ref: 'refs/tags/m@v0.0.1', expected: null, target: head }],
    }));
    await expect(tagging).rejects.toMatchObject({ code: 'git-remote-unreachable' });
    clone.git('remote', 'set-url', 'origin', `file://${yard.remote}`);
    await append(ports, 'op-2', 2);
    expect(numbers(await readRecords(ports)).sort()).toEqual([1, 2]);
    expect(outbox(clone.root)).toEqual([]);
  });

  it('fails in Actions, where the outbox dies with the runner', async () => {
    clone.git('remote', 'set-url', 'origin', `file://${yard.root}/gone.git`);
    const actions = {
      runId: '1',
      runAttempt: 1,
      runUrl: 'https://github.com/acme/ml/actions/runs/1',
      workflow: 'ml-train',
      job: 'train',
      eventName: 'push',
      eventPath: undefined,
      repository: 'acme/ml',
      sha: '0'.repeat(40),
      ref: 'refs/heads/main',
    };
    const on = createTestPorts(clone.root, { git: clone.port, actions });
    await expect(append(on, 'op', 1)).rejects.toMatchObject({ code: 'git-remote-unreachable' });
  });
});
