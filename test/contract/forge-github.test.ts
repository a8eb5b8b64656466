/** What only GitHub does: refusals with the permission needed, retries, rate limits, and a token that never shows. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGitHubForge } from '../../src/adapters/forge/github.ts';
import type { KitError } from '../../src/base/errors.ts';
import type { Forge } from '../../src/ports/forge.ts';
import { type GitHubServer, startGitHubServer } from '../fakes/github-server.ts';

let server: GitHubServer;
let forge: Forge;
beforeEach(async () => {
  server = await startGitHubServer();
  forge = createGitHubForge({ ...server, apiUrl: server.url, retrySecond: 1 });
});
afterEach(() => server[Symbol.asyncDispose]());

const failure = (work: Promise<unknown>): Promise<KitError> =>
  work.then(
    () => expect.fail('expected a failure'),
    (error: KitError) => error,
  );
const issue = { title: 'decay', body: 'text', labels: [] };

describe('GitHub refusals', () => {
  it('names the permission of the header', async () => {
    server.replies.push({
      status: 403,
      body: { message: 'Resource not accessible by integration', documentation_url: 'https://docs.github.com/rest' },
      headers: { 'x-accepted-github-permissions': 'issues=write; pull_requests=write,contents=read' },
    });
    const error = await failure(forge.createIssue(issue));
    expect(error).toMatchObject({ name: 'KitError', code: 'forge-forbidden' });
    expect(error.message).toBe(
      'Cannot create issue "decay": the token lacks permission issues: write or pull-requests: write and contents: read (403: Resource not accessible by integration)',
    );
    expect(server.requests).toHaveLength(1);
  });

  it('knows the permission when GitHub does not say', async () => {
    server.replies.push({ status: 403, body: { message: 'Resource not accessible by integration' } });
    const run = { name: 'n', headSha: 'a'.repeat(40), conclusion: 'success', title: 't', summary: '' } as const;
    const error = await failure(forge.createCheckRun({ ...run, annotations: [] }));
    expect(error).toMatchObject({ code: 'forge-forbidden', hint: expect.stringContaining('checks: write') });
  });

  it('gives the reasons of a 422', async () => {
    await forge.createRelease({ tag: 't', name: 't', body: '' });
    const error = await failure(forge.createRelease({ tag: 't', name: 't', body: '' }));
    expect(error.message).toBe(
      'Cannot create release "t": GitHub answered 422: Validation Failed; Release tag_name already_exists',
    );
  });

  it('maps 401, 404 and 410', async () => {
    server.replies.push({ status: 401, body: { message: 'Bad credentials' } });
    expect(await failure(forge.createIssue(issue))).toMatchObject({ code: 'forge-forbidden' });
    server.replies.push({ status: 410, body: { message: 'Issues are disabled for this repo' } });
    expect(await failure(forge.createIssue(issue))).toMatchObject({
      code: 'forge-not-found',
      message: expect.stringContaining('Issues are disabled'),
    });
  });

  it('does not take a merge answer for a deployment', async () => {
    server.replies.push({ status: 202, body: { message: 'Auto-merged main into topic on deployment.' } });
    const deployment = { environment: 'production', ref: 'topic', description: '', payload: {} };
    expect(await failure(forge.createDeployment(deployment))).toMatchObject({
      code: 'forge-rejected',
      message: expect.stringContaining('Auto-merged main'),
    });
  });

  it('refuses a repository that is not owner/name', () => {
    expect(() => createGitHubForge({ ...server, repository: 'flights', apiUrl: server.url })).toThrow('owner/name');
  });
});

describe('GitHub under load', () => {
  it('retries 5xx and goes on', async () => {
    server.replies.push({ status: 502, body: { message: 'Server Error' } }, { status: 503, body: {} });
    expect(await forge.createIssue(issue)).toMatchObject({ number: 1 });
    expect(server.requests).toHaveLength(3);
  });

  it('gives up on lasting 5xx', async () => {
    for (let index = 0; index < 9; index++) server.replies.push({ status: 502, body: { message: 'Server Error' } });
    expect(await failure(forge.createIssue(issue))).toMatchObject({ code: 'forge-unreachable' });
    expect(server.requests).toHaveLength(4);
  });

  it('waits for a secondary rate limit', async () => {
    const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
    server.replies.push({ status: 403, body: { message }, headers: { 'retry-after': '30' } });
    expect(await forge.createIssue(issue)).toMatchObject({ number: 1 });
    expect(server.requests).toHaveLength(2);
  });

  it('does not sleep an hour for the primary rate limit, and says until when it holds', async () => {
    const reset = Math.floor(Date.now() / 1000) + 3000;
    server.replies.push({
      status: 403,
      body: { message: 'API rate limit exceeded for installation.' },
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) },
    });
    expect(await failure(forge.createIssue(issue))).toMatchObject({
      code: 'forge-unreachable',
      message: expect.stringContaining(new Date(reset * 1000).toISOString()),
    });
    expect(server.requests).toHaveLength(1);
  });

  it('says when nobody answers', async () => {
    await server[Symbol.asyncDispose]();
    expect(await failure(forge.createIssue(issue))).toMatchObject({ code: 'forge-unreachable' });
  });
});

it('never shows the token, even when the server sends it back', async () => {
  for (const status of [400, 401, 403, 404, 409, 422]) {
    server.replies.push({
      status,
      body: { message: `token ${server.token} is odd`, errors: [{ message: server.token }] },
    });
    const error = await failure(forge.createIssue(issue));
    expect(`${error.message} ${error.hint} ${error.stack} ${JSON.stringify(error)}`).not.toContain(server.token);
    expect(error.message).toContain('***');
  }
});

it('reads every page of issues and pull requests', async () => {
  for (let number = 1; number <= 250; number++) {
    const labels = [{ name: 'mlops' }];
    server.state.issues.push({ number, title: 't', body: '', state: 'open', labels, html_url: 'https://example.test' });
    server.state.pulls.push({
      number: 1000 + number,
      state: 'open',
      head: { sha: number === 240 ? 'a'.repeat(40) : 'b'.repeat(40), ref: 'r', repo: null },
      base: { ref: 'main', sha: 'c'.repeat(40) },
    });
  }
  expect(await forge.listIssues({ labels: ['mlops'], state: 'open' })).toHaveLength(250);
  expect((await forge.pullRequestsOf('a'.repeat(40))).map((pull) => pull.number)).toEqual([1240]);
});

it('dispatches on the default branch when no ref is given', async () => {
  await forge.dispatch({ kind: 'workflow', name: 'ml-train.yml', payload: {} });
  expect(server.state.dispatches).toEqual([{ kind: 'workflow', name: 'ml-train.yml', ref: 'main', payload: {} }]);
});
