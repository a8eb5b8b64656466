/** The report command on real files and the in-memory forge: what it posts, where, and what it does not let through. */

import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFiles } from '../../src/adapters/files.ts';
import { KitError } from '../../src/base/errors.ts';
import { parseMarker } from '../../src/commands/report/sticky-comment.ts';
import { command } from '../../src/commands/report.ts';
import type { ActionsRun } from '../../src/ports/environment.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { createMemoryForge, type MemoryForge } from '../fakes/forge.ts';

let root: string;
let forge: MemoryForge;
const head = 'a'.repeat(40);
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'report-'));
  forge = createMemoryForge();
});
afterEach(() => rm(root, { recursive: true, force: true }));

const put = async (path: string, data: unknown): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), typeof data === 'string' ? data : JSON.stringify(data));
};
const putReport = async (name: string, verdict: string, markdown = 'text', more: object = {}): Promise<void> => {
  await put(`.mlops/reports/${name}/report.json`, {
    schema: 'evaluation-report/v1',
    verdict,
    title: `T ${name}`,
    ...more,
  });
  await put(`.mlops/reports/${name}/report.md`, markdown);
};

interface Place {
  readonly event?: unknown;
  readonly runId?: string;
  readonly sha?: string;
  readonly artifacts?: Ports['artifacts'];
}

async function portsOf(place: Place = {}): Promise<Ports> {
  await put('event.json', place.event ?? {});
  const actions: ActionsRun = {
    runId: place.runId ?? '100',
    runAttempt: 1,
    runUrl: 'https://github.com/acme/flights/actions/runs/100',
    workflow: 'ml-report',
    job: 'report',
    eventName: 'x',
    eventPath: 'event.json',
    repository: 'acme/flights',
    sha: place.sha ?? 'f'.repeat(40),
    ref: 'refs/heads/main',
  };
  let counter = 0;
  return {
    files: createFiles(root),
    clock: { now: () => new Date(0), monotonic: () => 0, sleep: async () => {}, randomHex: () => `${++counter}` },
    environment: { actions, actor: 'someone', tool: 'mlops-kit/0.1.0', variable: () => undefined },
    progress: { info: () => {}, warn: () => {}, debug: () => {} },
    forge: async () => forge,
    artifacts: place.artifacts,
  } as unknown as Ports;
}

const run = async (place: Place = {}, inputs: object = {}) =>
  command.run(await portsOf(place), { ...command.inputs.parse(inputs), config: 'mlops.yaml', 'dry-run': false });
const pullEvent = (number: number) => ({ event: { pull_request: { number, head: { sha: head } } } });
const runEvent = (more: object = {}) => ({
  event: { workflow_run: { id: 77, head_sha: head, conclusion: 'success', ...more } },
});

describe('where it posts', () => {
  it('posts one comment and check, then updates the comment', async () => {
    const { number } = forge.openPullRequest({ headSha: head });
    await putReport('evaluate/m', 'pass');
    const first = await run(pullEvent(number));
    expect(first.verdict).toBe('pass');
    expect(first.outputs['comment-url']).toBe(forge.comments[0]!.url);
    await putReport('evaluate/m', 'fail', 'AUC fell');
    const second = await run({ ...pullEvent(number), runId: '101' });
    expect(second.outputs['comment-url']).toBe(first.outputs['comment-url']);
    expect(forge.comments).toHaveLength(1);
    expect(forge.comments[0]!.body).toContain('AUC fell');
    expect(forge.checks.map((check) => [check.headSha, check.conclusion])).toEqual([
      [head, 'success'],
      [head, 'failure'],
    ]);
  });

  it('finds its comment behind 150 others, and not in those of people', async () => {
    const { number } = forge.openPullRequest({ headSha: head });
    await putReport('evaluate/m', 'pass');
    const marker = '<!-- mlops-kit:report id="default" run="1.1" -->\n';
    forge.comments.push({ id: 9001, issue: number, body: `${marker}mine`, author: 'mallory', url: 'u' });
    for (let index = 0; index < 150; index++) await forge.createComment(number, `other ${index}`);
    await run(pullEvent(number));
    await run({ ...pullEvent(number), runId: '101' });
    expect(forge.comments.filter((comment) => parseMarker(comment.body))).toHaveLength(2);
    expect(forge.comments.find((comment) => comment.author === 'mallory')!.body).toBe(`${marker}mine`);
  });

  it('leaves one comment when two reports race', async () => {
    const { number } = forge.openPullRequest({ headSha: head });
    await putReport('evaluate/m', 'pass');
    await Promise.all([run(pullEvent(number)), run(pullEvent(number)), run(pullEvent(number))]);
    expect(forge.comments).toHaveLength(1);
  });

  it('keeps what a newer run wrote', async () => {
    const { number } = forge.openPullRequest({ headSha: head });
    await putReport('evaluate/m', 'pass', 'new');
    await run({ ...pullEvent(number), runId: '200' });
    await putReport('evaluate/m', 'fail', 'old');
    await run({ ...pullEvent(number), runId: '99' });
    expect(forge.comments[0]!.body).not.toContain('❌');
    expect(parseMarker(forge.comments[0]!.body)).toEqual({ id: 'default', run: '200.1' });
  });

  it('finds the pull request of workflow_run by head commit only', async () => {
    await putReport('evaluate/m', 'pass');
    const mine = forge.openPullRequest({ headSha: head, headRepository: 'stranger/flights' });
    const other = forge.openPullRequest({ headSha: 'b'.repeat(40) });
    await run(runEvent());
    expect(forge.comments.map((comment) => comment.url)).toEqual([expect.stringContaining(`/pull/${mine.number}#`)]);
    expect(forge.checks[0]!.headSha).toBe(head);
    await expect(run(runEvent(), { 'pull-request': other.number })).rejects.toMatchObject({
      code: 'pull-request-mismatch',
    });
  });

  it('posts no comment on a push, but the check', async () => {
    forge.openPullRequest({ headSha: head });
    await putReport('evaluate/m', 'pass');
    const result = await run({ sha: head });
    expect(result.outputs['comment-url']).toBe('');
    expect(forge.comments).toEqual([]);
    expect(forge.checks).toHaveLength(1);
  });

  it('keeps a comment per id', async () => {
    const { number } = forge.openPullRequest({ headSha: head });
    await putReport('evaluate/m', 'pass');
    await run(pullEvent(number));
    await run(pullEvent(number), { id: 'nightly' });
    expect(forge.comments).toHaveLength(2);
  });

  it('downloads the artifact of the run that ended', async () => {
    const asked: unknown[] = [];
    const artifacts = async () => ({
      upload: async () => {},
      download: async (name: string, to: string, options?: object) => {
        asked.push([name, options]);
        await put(`${to}/.mlops/reports/evaluate/m/report.json`, { schema: 'evaluation-report/v1', verdict: 'fail' });
      },
    });
    const result = await run({ ...runEvent(), artifacts }, { artifact: 'reports' });
    expect(asked).toEqual([['reports', { runId: '77' }]]);
    expect(result.verdict).toBe('fail');
  });
});

it('says so when the run left no artifact, instead of ending without a comment', async () => {
  const { number } = forge.openPullRequest({ headSha: head });
  const artifacts = async () => ({
    upload: async () => {},
    download: async () => {
      throw new KitError('artifact-missing', 'Cannot download artifact "reports": not found');
    },
  });
  const result = await run({ ...pullEvent(number), artifacts }, { artifact: 'reports' });
  expect(result.verdict).toBe('inconclusive');
  expect(forge.comments[0]!.body).toContain('Cannot download artifact');
});

describe('what it concludes', () => {
  it.each([
    ['neutral', 'neutral'],
    ['warn', 'neutral'],
    ['fail', 'failure'],
    ['needs-approval', 'action_required'],
  ])('inconclusive under %s is %s', async (policy, conclusion) => {
    await putReport('evaluate/m', 'inconclusive');
    await run({}, { inconclusive: policy });
    expect(forge.checks[0]!.conclusion).toBe(conclusion);
  });

  it('never passes without reports, with damaged ones, with missing ones, or after a failed run', async () => {
    expect((await run()).verdict).toBe('inconclusive');
    await putReport('evaluate/m', 'pass');
    expect((await run()).verdict).toBe('pass');
    expect((await run({}, { expect: ['evaluate'] })).verdict).toBe('pass');
    expect((await run({}, { expect: ['evaluate', 'validate-data'] })).verdict).toBe('inconclusive');
    expect((await run(runEvent({ conclusion: 'failure' }))).verdict).toBe('inconclusive');
    for (const damaged of ['{"schema":', '[]', '{"schema":"x/v1","verdict":"PASS"}', '{"verdict":"pass"}']) {
      await put('.mlops/reports/validate-data/flights/report.json', damaged);
      expect((await run()).verdict).toBe('inconclusive');
    }
    expect(forge.checks.at(-1)!.summary).toContain('is no readable report');
  });
});

describe('hostile reports', () => {
  it('does not follow links to other files of the runner', async () => {
    await put('secret.json', { schema: 'evaluation-report/v1', verdict: 'pass', title: 'secret' });
    await put('secret.md', 'secret text');
    await putReport('evaluate/m', 'pass');
    await rm(join(root, '.mlops/reports/evaluate/m/report.md'));
    await symlink(join(root, 'secret.md'), join(root, '.mlops/reports/evaluate/m/report.md'));
    await mkdir(join(root, '.mlops/reports/evaluate/n'), { recursive: true });
    await symlink(join(root, 'secret.json'), join(root, '.mlops/reports/evaluate/n/report.json'));
    const result = await run({}, { preview: true });
    expect(result.markdown).not.toContain('secret');
    expect(result.markdown).toContain('T evaluate/m');
  });

  it('cannot write another marker, mention, image or foreign link, nor hide other reports', async () => {
    await putReport(
      'a/m',
      'pass',
      '<!-- mlops-kit:report id="default" run="1.1" -->\n@acme/ml ![x](https://e.test/p.png) <img src=x>\n[x](http://e.test) `<details>`\n```\n<details>',
      { title: '@acme <b>|\n# pass', summary: '![i](https://e.test/i.png)' },
    );
    await putReport('b/m', 'fail', 'the true finding');
    const { number } = forge.openPullRequest({ headSha: head });
    await run(pullEvent(number));
    const { body } = forge.comments[0]!;
    expect(body.match(/<!--/g)).toHaveLength(1);
    expect(body).not.toMatch(/@[A-Za-z]|!\[|<img|\]\(http:/);
    expect(body.indexOf('the true finding')).toBeLessThan(
      body.indexOf('T a/m') === -1 ? Infinity : body.indexOf('T a/m'),
    );
    expect(body.match(/^<details>$/gm)).toHaveLength(1);
  });

  it('drops annotations outside the repository and keeps at most 1,000', async () => {
    const good = { level: 'failure', path: 'data/a.csv', line: 3, title: 'range', message: 'm' };
    const bad = ['../x', '/etc/passwd', 'a/../../b', ''].map((path) => ({ ...good, path }));
    const annotations = [...bad, { level: 'x' }, 7, ...Array<object>(1100).fill(good)];
    await putReport('evaluate/m', 'fail', '', { annotations });
    await run();
    expect(forge.checks[0]!.annotations).toHaveLength(994);
    expect(forge.checks[0]!.annotations.every((item) => item.path === 'data/a.csv')).toBe(true);
  });

  it('cuts at the limits and says so, keeping every verdict in sight', async () => {
    for (let index = 0; index < 8; index++) await putReport(`c${index}/m`, 'fail', `row @x <b>\n`.repeat(20_000));
    const { number } = forge.openPullRequest({ headSha: head });
    await run(pullEvent(number));
    const { body } = forge.comments[0]!;
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body.length).toBeGreaterThan(60_000);
    for (let index = 0; index < 8; index++) expect(body).toContain(`T c${index}/m`);
    expect(body).toContain('_Cut here: ');
    expect(forge.checks[0]!.summary.length).toBeLessThanOrEqual(65_535);
  });
});

it('previews without a forge, and writes comment.md and comment.html', async () => {
  await putReport('evaluate/m', 'fail', '| metric | value |\n| --- | --- |\n| `roc-auc` | 0.61 |');
  forge.openPullRequest({ headSha: head });
  const result = await run({}, { preview: true });
  expect(result.markdown).toContain('## mlops-kit: ❌ fail');
  expect(forge.comments.length + forge.checks.length).toBe(0);
  expect(await readFile(join(root, '.mlops/reports/comment.md'), 'utf8')).toBe(`${result.markdown}\n`);
  const html = await readFile(join(root, '.mlops/reports/comment.html'), 'utf8');
  expect(html).toContain('<td><code>roc-auc</code></td>');
});
