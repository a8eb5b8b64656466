/** Small decisions of the shell: Node version, forge, git credentials, test settings, endings, error texts. */

import { expect, test } from 'vitest';
import { z } from 'zod';
import { KitError } from '../base/errors.ts';
import { defineCommand } from '../commands/command.ts';
import type { Ports } from '../ports/ports.ts';
import type { ConvertedInputs } from './convert-inputs.ts';
import { executeCommand } from './execute.ts';
import { decideForgePlace } from './forge-place.ts';
import { basicOf, gitCredentials } from './git-credentials.ts';
import { errorDocument, renderBug, renderError } from './messages.ts';
import { refuseNode } from './node-gate.ts';
import { readTestSettings } from './test-settings.ts';

test.each([
  ['20.20.2', false],
  ['22.12.9', false],
  ['22.13.0', true],
  ['22.13.1', true],
  ['24.0.0', true],
  ['18.0.0', false],
  ['v24.1.0-nightly', false],
])('Node %s is accepted: %s', (version, accepted) => {
  expect(refuseNode(version) === undefined).toBe(accepted);
  if (!accepted)
    expect(refuseNode(version)).toBe(`mlops-kit needs Node 22.13.0 or newer, and this is Node ${version}.`);
});

const place = (remoteUrl: string | undefined, variables: Record<string, string> = {}, token?: string) =>
  decideForgePlace({ variables, token, remoteUrl, folder: 'work' });

test.each([
  ['https://github.com/acme/ml.git', 'acme/ml'],
  ['https://github.com/acme/ml', 'acme/ml'],
  ['https://user:x@github.com/acme/ml.git', 'acme/ml'],
  ['git@github.com:acme/ml.git', 'acme/ml'],
  ['ssh://git@github.com:22/acme/ml.git', 'acme/ml'],
])('%s is on GitHub', (url, repository) => {
  expect(place(url, {}, 't')).toEqual({ kind: 'github', token: 't', repository, apiUrl: 'https://api.github.com' });
  expect(() => place(url)).toThrow('there is no token');
});

test.each([
  ['/srv/git/ml.git', 'local/ml'],
  ['file:///srv/git/ml.git/', 'local/ml'],
  ['https://gitlab.com/acme/ml.git', 'local/ml'],
  ['https://evil.example/github.com/acme/ml', 'local/ml'],
  ['https://github.com.evil.example/acme/ml', 'local/ml'],
  [undefined, 'local/work'],
])('%s is the embedded forge', (url, repository) => {
  expect(place(url, {}, 't')).toEqual({ kind: 'local', repository });
});

test('in Actions the runner says which repository, and Enterprise Server has its own API', () => {
  const variables = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'a/b', GITHUB_API_URL: 'https://ghe.x/api/v3' };
  expect(place('/local/remote', variables, 't')).toMatchObject({ repository: 'a/b', apiUrl: 'https://ghe.x/api/v3' });
  expect(() => place(undefined, variables)).toThrow(KitError);
  expect(place('git@ghe.x:a/b.git', { GITHUB_SERVER_URL: 'https://ghe.x' }, 't')).toMatchObject({
    apiUrl: 'https://ghe.x/api/v3',
  });
});

test('the token goes to git by environment, after what is there, and resets the header of checkout', () => {
  expect(gitCredentials('tok', 'https://github.com', { GIT_CONFIG_COUNT: '1' })).toEqual({
    GIT_CONFIG_COUNT: '3',
    GIT_CONFIG_KEY_1: 'http.https://github.com/.extraheader',
    GIT_CONFIG_VALUE_1: '',
    GIT_CONFIG_KEY_2: 'http.https://github.com/.extraheader',
    GIT_CONFIG_VALUE_2: `AUTHORIZATION: basic ${basicOf('tok')}`,
  });
  expect(Buffer.from(basicOf('tok'), 'base64').toString()).toBe('x-access-token:tok');
});

test('test settings warn, and are refused in Actions unless the API is on this machine', () => {
  expect(readTestSettings({})).toEqual({});
  expect(readTestSettings({ MLOPS_TEST_CLOCK: '/t', MLOPS_TEST_SEED: '7' })).toMatchObject({ timeFile: '/t', seed: 7 });
  expect(readTestSettings({ MLOPS_TEST_SEED: '7' }).warning).toContain('never do this');
  const actions = { MLOPS_TEST_SEED: '7', GITHUB_ACTIONS: 'true' };
  expect(() => readTestSettings(actions)).toThrow('this is GitHub Actions');
  expect(() => readTestSettings({ ...actions, GITHUB_API_URL: 'https://api.github.com' })).toThrow(KitError);
  expect(() => readTestSettings({ ...actions, GITHUB_API_URL: 'http://127.0.0.1.evil.example' })).toThrow(KitError);
  for (const url of ['http://127.0.0.1:8080', 'http://localhost:1', 'http://[::1]:3']) {
    expect(readTestSettings({ ...actions, GITHUB_API_URL: url }).seed).toBe(7);
  }
  expect(() => readTestSettings({ MLOPS_TEST_SEED: '1x' })).toThrow('expected a whole number');
});

const inputs = {
  inputs: { config: 'mlops.yaml', 'dry-run': false },
  workingDirectory: '.',
  failOn: 'fail',
} as ConvertedInputs;
const noPorts = async () => ({ ports: {} as Ports, [Symbol.asyncDispose]: async () => {} });
const ends = (run: () => Promise<object>, change: Partial<ConvertedInputs> = {}) =>
  executeCommand(
    defineCommand({
      name: 'x',
      summary: '',
      description: '',
      inputs: z.strictObject({}),
      outputs: z.strictObject({ a: z.string().optional() }),
      writes: false,
      run: async () => ({ outputs: {}, document: {}, markdown: '', ...(await run()) }),
    }),
    { ...inputs, ...change },
    noPorts,
  );

test.each([
  ['pass', 'fail', 0],
  ['pass', 'inconclusive', 0],
  ['fail', 'fail', 1],
  ['fail', 'inconclusive', 1],
  ['fail', 'never', 0],
  ['inconclusive', 'fail', 0],
  ['inconclusive', 'inconclusive', 3],
  ['inconclusive', 'never', 0],
] as const)('verdict %s under fail-on %s exits %i', async (verdict, failOn, exitCode) => {
  expect(await ends(async () => ({ verdict }), { failOn })).toMatchObject({ kind: 'result', exitCode });
});

test('an outcome with its own exit code, an error, a bug, and outputs that are not declared', async () => {
  expect(await ends(async () => ({ exitCode: 3 }))).toMatchObject({ kind: 'result', exitCode: 3 });
  expect(await ends(async () => ({ exitCode: 3 }), { failOn: 'never' })).toMatchObject({ exitCode: 0 });
  expect(await ends(() => Promise.reject(new KitError('a', 'b')))).toMatchObject({ kind: 'error', exitCode: 2 });
  expect(await ends(() => Promise.reject(new TypeError('b')))).toMatchObject({ kind: 'bug', exitCode: 70 });
  expect(await ends(async () => ({ outputs: { b: 1 } }))).toMatchObject({ kind: 'bug', exitCode: 70 });
});

test('errors print code, message, place and hint; several print all', () => {
  const problem = { code: 'a-b', message: 'm', hint: 'h.', at: { path: 'p', line: 2, column: 3 } };
  const one = new KitError('a-b', 'Cannot x', { hint: 'h.', at: problem.at });
  expect(renderError(one)).toBe('Error (a-b): Cannot x\n  at p:2:3\n  h.');
  const two = new KitError('c', 'Cannot y: 2 problems', { problems: [problem, { code: 'd', message: 'n' }] });
  expect(renderError(two)).toBe('Error: Cannot y: 2 problems\n\nError (a-b): m\n  at p:2:3\n  h.\n\nError (d): n');
  expect(errorDocument(two)).toMatchObject({
    schema: 'error/v1',
    code: 'c',
    exitCode: 2,
    problems: [problem, { code: 'd' }],
  });
});

test('a bug asks for a report, with its stack when wanted', () => {
  const bug = new TypeError('boom & bust', { cause: new Error('under') });
  expect(renderBug(bug, { stack: false, tool: 'mlops-kit 1' })).toContain(
    'issues/new?title=mlops-kit%201%3A%20boom%20%26%20bust',
  );
  expect(renderBug(bug, { stack: false, tool: 't' })).not.toContain('decisions.test');
  expect(renderBug(bug, { stack: true, tool: 't' })).toMatch(/decisions\.test[\s\S]*Caused by: Error: under/);
});
