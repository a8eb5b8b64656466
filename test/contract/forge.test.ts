/** One contract for every Forge: the in-memory fake, JSON files, and octokit against a real HTTP server. */

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createGitHubForge } from '../../src/adapters/forge/github.ts';
import { createLocalForge, readDispatches, writeLocalPullRequest } from '../../src/adapters/forge/local.ts';
import type { Annotation, Dispatch, Forge, PullRequest } from '../../src/ports/forge.ts';
import { createMemoryForge } from '../fakes/forge.ts';
import { startGitHubServer } from '../fakes/github-server.ts';

interface Subject {
  readonly forge: Forge;
  openPullRequest(pull: Omit<PullRequest, 'number' | 'state'>): Promise<PullRequest>;
  /** Messages of the annotations that a check run holds. */
  annotationsOf(id: number): Promise<readonly string[]>;
  dispatches(): Promise<readonly Dispatch[]>;
}

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const clock = {
  now: () => new Date('2026-01-02T03:04:05Z'),
  monotonic: () => 0,
  sleep: async () => {},
  randomHex: () => '00',
};

async function memorySubject(): Promise<Subject> {
  const forge = createMemoryForge();
  return {
    forge,
    openPullRequest: async (pull) => forge.openPullRequest(pull),
    annotationsOf: async (id) => forge.checks.find((run) => run.id === id)!.annotations.map((item) => item.message),
    dispatches: async () => forge.dispatches,
  };
}

async function localSubject(): Promise<Subject> {
  const directory = await mkdtemp(join(tmpdir(), 'forge-'));
  cleanups.push(async () => {
    const left = (await readdir(directory, { recursive: true })).filter((name) => /lock|\.tmp$/.test(name));
    await rm(directory, { recursive: true });
    expect(left).toEqual([]);
  });
  return {
    forge: createLocalForge({ directory, repository: 'acme/flights', clock }),
    openPullRequest: (pull) => writeLocalPullRequest(directory, pull),
    annotationsOf: async (id) => {
      const check = JSON.parse(await readFile(join(directory, 'checks', `${id}.json`), 'utf8'));
      return check.annotations.map((item: Annotation) => item.message);
    },
    dispatches: async () =>
      (await readDispatches(directory)).map(({ kind, name, ref, payload }) => ({
        kind,
        name,
        ...(ref === undefined ? {} : { ref }),
        payload,
      })),
  };
}

async function githubSubject(): Promise<Subject> {
  const server = await startGitHubServer();
  cleanups.push(async () => {
    await server[Symbol.asyncDispose]();
    expect(server.unknown).toEqual([]);
  });
  return {
    forge: createGitHubForge({ ...server, apiUrl: server.url, retrySecond: 1 }),
    async openPullRequest(pull) {
      const number = server.state.issues.length + server.state.pulls.length + 1;
      server.state.pulls.push({
        number,
        state: 'open',
        head: { sha: pull.headSha, ref: pull.headRef, repo: { full_name: pull.headRepository } },
        base: { ref: pull.baseRef, sha: pull.baseSha },
      });
      return { ...pull, number, state: 'open' };
    },
    annotationsOf: async (id) =>
      (server.state.checks.find((check) => check.id === id)!.annotations as { message: string }[]).map(
        (item) => item.message,
      ),
    dispatches: async () => server.state.dispatches as unknown as readonly Dispatch[],
  };
}

const pull = {
  headSha: 'c'.repeat(40),
  headRef: 'topic',
  headRepository: 'stranger/flights',
  baseRef: 'main',
  baseSha: 'd'.repeat(40),
};
const rejected = expect.objectContaining({ name: 'KitError', code: 'forge-rejected' });
const notFound = expect.objectContaining({ name: 'KitError', code: 'forge-not-found' });

describe.each([
  ['memory', memorySubject],
  ['local', localSubject],
  ['github', githubSubject],
] as const)('forge contract: %s', (_, open) => {
  it('keeps comments in order over more than one page, and updates and deletes by id', async () => {
    const { forge, openPullRequest } = await open();
    const { number } = await openPullRequest(pull);
    const made = [];
    for (let index = 0; index < 130; index++) made.push(await forge.createComment(number, `comment ${index} ✓`));
    expect((await forge.listComments(number)).map((comment) => comment.body)).toEqual(
      made.map((_comment, index) => `comment ${index} ✓`),
    );
    const changed = await forge.updateComment(made[128]!.id, 'changed');
    expect(changed).toMatchObject({ id: made[128]!.id, body: 'changed', author: expect.stringMatching(/\[bot\]$/) });
    await forge.deleteComment(made[129]!.id);
    const left = await forge.listComments(number);
    expect(left.length).toBe(129);
    expect(left.at(-1)).toEqual(changed);
    const again = await forge.createComment(number, 'new');
    expect(made.map((comment) => comment.id)).not.toContain(again.id);
  });

  it('says not found for what is not there', async () => {
    const { forge } = await open();
    await expect(forge.listComments(7)).rejects.toEqual(notFound);
    await expect(forge.createComment(7, 'text')).rejects.toEqual(notFound);
    await expect(forge.updateComment(7, 'text')).rejects.toEqual(notFound);
    await expect(forge.deleteComment(7)).rejects.toEqual(notFound);
    await expect(forge.updateIssue(7, { state: 'closed' })).rejects.toEqual(notFound);
    await expect(forge.getPullRequest(7)).rejects.toEqual(notFound);
    await expect(forge.setDeploymentState(7, { state: 'success', description: '' })).rejects.toEqual(notFound);
  });

  it('takes comments of 65,536 characters and not one more', async () => {
    const { forge, openPullRequest } = await open();
    const { number } = await openPullRequest(pull);
    const comment = await forge.createComment(number, 'x'.repeat(65_536));
    await expect(forge.createComment(number, 'x'.repeat(65_537))).rejects.toEqual(rejected);
    await expect(forge.updateComment(comment.id, 'x'.repeat(65_537))).rejects.toEqual(rejected);
    await expect(forge.createComment(number, '')).rejects.toEqual(rejected);
    expect((await forge.listComments(number)).length).toBe(1);
  });

  it('filters issues by all labels and by state, without pull requests', async () => {
    const { forge, openPullRequest } = await open();
    await openPullRequest(pull);
    const a = await forge.createIssue({ title: 'decay', body: 'text', labels: ['mlops', 'decay'] });
    const b = await forge.createIssue({ title: 'drift', body: 'text', labels: ['mlops'] });
    expect([a.number, b.number]).toEqual([2, 3]);
    expect(
      (await forge.listIssues({ labels: ['mlops', 'decay'], state: 'open' })).map((issue) => issue.number),
    ).toEqual([2]);
    const closed = await forge.updateIssue(2, { state: 'closed', body: 'over' });
    expect(closed).toMatchObject({
      number: 2,
      title: 'decay',
      body: 'over',
      state: 'closed',
      labels: ['mlops', 'decay'],
    });
    expect((await forge.listIssues({ labels: ['mlops'], state: 'open' })).map((issue) => issue.number)).toEqual([3]);
    expect((await forge.listIssues({ labels: [], state: 'all' })).map((issue) => issue.number)).toEqual([2, 3]);
    expect((await forge.listIssues({ labels: [], state: 'closed' })).map((issue) => issue.number)).toEqual([2]);
  });

  it('finds pull requests by head commit, of forks as well', async () => {
    const { forge, openPullRequest } = await open();
    const opened = await openPullRequest(pull);
    await openPullRequest({ ...pull, headSha: 'e'.repeat(40) });
    expect(await forge.pullRequestsOf(pull.headSha)).toEqual([opened]);
    expect(await forge.pullRequestsOf('f'.repeat(40))).toEqual([]);
    expect(await forge.getPullRequest(opened.number)).toEqual(opened);
  });

  it('keeps every annotation of a check run, past 50 and on several lines', async () => {
    const { forge, annotationsOf } = await open();
    const annotations = Array.from(
      { length: 120 },
      (_item, index): Annotation => ({
        level: 'warning',
        path: 'data/flights.csv',
        line: index + 1,
        ...(index % 2 === 0 ? { endLine: index + 3 } : {}),
        column: 2,
        title: 'range',
        message: `finding ${index}`,
      }),
    );
    const run = {
      name: 'mlops',
      headSha: pull.headSha,
      conclusion: 'failure',
      title: 'failed',
      summary: 'text',
    } as const;
    const { id, url } = await forge.createCheckRun({ ...run, annotations });
    expect(url).not.toBe('');
    expect(await annotationsOf(id)).toEqual(annotations.map((item) => item.message));
    await forge.createCheckRun({ ...run, summary: 'x'.repeat(65_535), annotations: [] });
    await expect(forge.createCheckRun({ ...run, summary: 'x'.repeat(65_536), annotations: [] })).rejects.toEqual(
      rejected,
    );
    await expect(forge.createCheckRun({ ...run, title: '', annotations: [] })).rejects.toEqual(rejected);
  });

  it('shows the newest state of each deployment of an environment, newest first', async () => {
    const { forge } = await open();
    const make = (environment: string, ref: string) =>
      forge.createDeployment({ environment, ref, description: 'd'.repeat(140), payload: { rollout: 'r1', n: 1 } });
    const first = await make('production', 'v1');
    await make('staging', 'v1');
    const second = await make('production', 'v2');
    expect(first).toMatchObject({ environment: 'production', ref: 'v1', state: 'pending' });
    await forge.setDeploymentState(first.id, { state: 'in_progress', description: 'canary 10 %' });
    await forge.setDeploymentState(first.id, {
      state: 'success',
      description: 'done',
      logUrl: 'https://example.test/log',
    });
    expect(await forge.listDeployments('production')).toEqual([
      { ...second, state: 'pending' },
      { ...first, state: 'success' },
    ]);
    await expect(
      forge.createDeployment({ environment: 'e', ref: 'r', description: 'd'.repeat(141), payload: {} }),
    ).rejects.toEqual(rejected);
    await expect(
      forge.setDeploymentState(first.id, { state: 'failure', description: 'd'.repeat(141) }),
    ).rejects.toEqual(rejected);
  });

  it('records dispatches, workflow inputs as strings', async () => {
    const { forge, dispatches } = await open();
    await forge.dispatch({ kind: 'workflow', name: 'ml-deploy.yml', ref: 'main', payload: { weight: 10, dry: false } });
    await forge.dispatch({
      kind: 'repository',
      name: 'mlops-retrain',
      payload: { model: 'm', evidence: ['a', { b: 1 }] },
    });
    expect(await dispatches()).toEqual([
      { kind: 'workflow', name: 'ml-deploy.yml', ref: 'main', payload: { weight: '10', dry: 'false' } },
      { kind: 'repository', name: 'mlops-retrain', payload: { model: 'm', evidence: ['a', { b: 1 }] } },
    ]);
  });

  it('refuses dispatches over the limits', async () => {
    const { forge, dispatches } = await open();
    const keys = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_item, index) => [`k${index}`, 'v']));
    const send = (dispatch: Partial<Dispatch>) =>
      forge.dispatch({ kind: 'repository', name: 'event', ref: 'main', payload: {}, ...dispatch });
    await send({ payload: keys(10), name: 'x'.repeat(100) });
    await send({ kind: 'workflow', payload: keys(25) });
    const over: Partial<Dispatch>[] = [
      { payload: keys(11) },
      { name: 'x'.repeat(101) },
      { payload: { text: 'ü'.repeat(32_768) } },
      { kind: 'workflow', payload: keys(26) },
      { kind: 'workflow', payload: { nested: { a: 1 } } },
    ];
    for (const dispatch of over) await expect(send(dispatch)).rejects.toEqual(rejected);
    expect((await dispatches()).length).toBe(2);
  });

  it('makes one release of a tag', async () => {
    const { forge } = await open();
    const release = await forge.createRelease({ tag: 'm@v1.0.0', name: 'm 1.0.0', body: 'card' });
    expect(release.id).toBeGreaterThan(0);
    await expect(forge.createRelease({ tag: 'm@v1.0.0', name: 'again', body: '' })).rejects.toEqual(rejected);
  });
});
