/** Posts what the reports say: one sticky comment and one check run, from report files treated as hostile data. */

import { z } from 'zod';
import { KitError } from '../base/errors.ts';
import { plural } from '../base/text.ts';
import { combineVerdicts, type Verdict } from '../base/verdict.ts';
import type { CheckConclusion, Forge } from '../ports/forge.ts';
import type { Ports } from '../ports/ports.ts';
import { defineCommand } from './command.ts';
import { findTarget, type ReportTarget, readEvent } from './report/find-target.ts';
import { type ReadReports, readReports } from './report/read-reports.ts';
import { type CommentInput, renderCheckTitle, renderComment, renderCommentPage } from './report/render-comment.ts';
import { markerLength, type PostedComment, postStickyComment } from './report/sticky-comment.ts';

const defaultPath = '.mlops/reports';
/** GitHub's limits in UTF-16 units: comment, check output. */
const limits = { comment: 65_536 - markerLength, check: 65_535 };

const inputs = z.strictObject({
  paths: z
    .array(z.string())
    .default([])
    .describe('Report files, or folders of them. Default: .mlops/reports, or the downloaded artifact.')
    .meta({ positional: 0 }),
  artifact: z
    .string()
    .optional()
    .describe('Artifact to download the reports from; in workflow_run, of the run that ended.'),
  id: z
    .string()
    .regex(/^[A-Za-z0-9._/-]{1,100}$/, 'must hold only letters, digits, ".", "_", "/" and "-"')
    .default('default')
    .describe('Names the sticky comment; reports of another id get a comment of their own.'),
  title: z.string().min(1).default('mlops-kit').describe('Title of the comment and name of the check run.'),
  'pull-request': z
    .int()
    .positive()
    .optional()
    .describe('Number of the pull request. Default: from the event, or by the head commit of the run.'),
  expect: z
    .array(z.string())
    .default([])
    .describe('Commands whose report must be there, for example validate-data; a missing one is inconclusive.'),
  inconclusive: z
    .enum(['neutral', 'warn', 'fail', 'needs-approval'])
    .default('neutral')
    .describe('What an inconclusive verdict means for the check run.'),
  comment: z.boolean().default(true).describe('Post the comment.'),
  check: z.boolean().default(true).describe('Create the check run.'),
  author: z
    .string()
    .optional()
    .describe('Login whose comment is updated. Default: any bot; needed with the token of a person.'),
  preview: z
    .boolean()
    .default(false)
    .describe('Only print the comment, and write it to .mlops/reports/comment.md and .html.'),
});

export const command = defineCommand({
  name: 'report',
  summary: 'Posts or updates the sticky comment and check run from report files.',
  description:
    'Reads the reports that other commands wrote, also those of a job without permissions, renders one comment that is updated ' +
    'from run to run, and one check run with annotations. Report files are data: nothing in them can mention people, load images, ' +
    'or choose the pull request.',
  inputs,
  outputs: z.strictObject({
    'comment-url': z.string().describe('URL of the comment; empty when none was posted.'),
    'check-url': z.string().describe('URL of the check run; empty when none was made.'),
    verdict: z.enum(['pass', 'fail', 'inconclusive']).describe('The worst verdict of the reports.'),
  }),
  writes: true,
  async run(ports, given) {
    const event = await readEvent(ports);
    const offline = given.preview || given['dry-run'];
    const forge = offline ? undefined : await ports.forge();
    const target = forge === undefined ? undefined : await findTarget(ports, forge, given['pull-request'], event);
    const runId = event.workflow_run === undefined ? undefined : String(event.workflow_run.id);
    const { paths, missing } = await locateReports(ports, given, runId);
    const read = await readReports(ports.files, paths);
    const notes = [...missing, ...notesOf(read, given.expect, event.workflow_run?.conclusion ?? undefined)];
    const verdict = decide(read, notes);
    const comment: CommentInput = {
      ...read,
      title: given.title,
      verdict,
      notes,
      commit:
        target?.headSha ??
        event.workflow_run?.head_sha ??
        event.pull_request?.head.sha ??
        ports.environment.actions?.sha,
      runUrl: target?.runUrl ?? ports.environment.actions?.runUrl,
      tool: ports.environment.tool,
    };
    const body = renderComment(comment, limits.comment);
    await ports.files.write(`${defaultPath}/comment.md`, `${body}\n`);
    await ports.files.write(`${defaultPath}/comment.html`, renderCommentPage(given.title, body));
    const posted =
      forge === undefined || target === undefined
        ? nothing
        : await post(ports, forge, target, given, { ...comment, body });
    const outputs = { 'comment-url': posted.comment?.url ?? '', 'check-url': posted.checkUrl, verdict };
    return {
      verdict,
      outputs,
      document: {
        schema: 'report-result/v1',
        verdict,
        commentUrl: outputs['comment-url'],
        checkUrl: outputs['check-url'],
        comment: posted.comment?.outcome ?? 'none',
        pullRequests: target?.pullRequests ?? [],
        reports: read.reports.map(({ path, title, verdict: own }) => ({ path, title, verdict: own })),
        unreadable: read.unreadable.map((entry) => ({ ...entry })),
      },
      markdown: offline ? body : describe(posted, target, body),
      // The check run shows them already.
      annotations: posted.checkUrl === '' ? read.reports.flatMap((report) => report.annotations) : [],
    };
  },
});

interface Posted {
  readonly comment: PostedComment | undefined;
  readonly checkUrl: string;
}
const nothing: Posted = { comment: undefined, checkUrl: '' };

/** Where the reports are, after the artifact was downloaded into a folder that held nothing before; a run may have left none. */
async function locateReports(
  ports: Ports,
  given: z.output<typeof inputs>,
  runId: string | undefined,
): Promise<{ readonly paths: readonly string[]; readonly missing: readonly string[] }> {
  if (given.artifact === undefined) return { paths: given.paths.length > 0 ? given.paths : [defaultPath], missing: [] };
  if (given.paths.length > 0)
    throw new KitError('input-conflict', 'Cannot take input paths together with artifact: give one of them');
  const directory = `.mlops/cache/report/${ports.clock.randomHex(8)}`;
  try {
    await (await ports.artifacts()).download(given.artifact, directory, runId === undefined ? {} : { runId });
  } catch (error) {
    if (!(error instanceof KitError) || error.code !== 'artifact-missing') throw error;
    return { paths: [], missing: [error.message] };
  }
  const inside = `${directory}/${defaultPath}`;
  return { paths: [(await ports.files.exists(inside)) ? inside : directory], missing: [] };
}

function notesOf(read: ReadReports, expected: readonly string[], conclusion: string | undefined): readonly string[] {
  const missing = expected.filter(
    (name) => !read.reports.some((report) => report.command === name && report.verdict !== undefined),
  );
  return [
    ...(read.reports.length === 0 ? ['No report was found, so nothing was checked.'] : []),
    ...missing.map((name) => `The report of ${name} is missing, so its checks count as not made.`),
    ...(conclusion !== undefined && conclusion !== 'success'
      ? [`The run that made these reports ended with ${conclusion}.`]
      : []),
  ];
}

/** The worst verdict; what is missing or unreadable is never a pass. */
function decide(read: ReadReports, notes: readonly string[]): Verdict {
  const verdicts = read.reports.flatMap((report) => report.verdict ?? []);
  const doubts: readonly Verdict[] = notes.length + read.unreadable.length > 0 ? ['inconclusive'] : [];
  return combineVerdicts([...verdicts, ...doubts]);
}

async function post(
  ports: Ports,
  forge: Forge,
  target: ReportTarget,
  given: z.output<typeof inputs>,
  comment: CommentInput & { readonly body: string },
): Promise<Posted> {
  const annotations = comment.reports.flatMap((report) => report.annotations);
  const check = given.check
    ? await forge.createCheckRun({
        name: given.title,
        headSha: target.headSha,
        conclusion: conclusionOf(comment.verdict, given.inconclusive),
        title: renderCheckTitle(comment),
        summary: renderComment(comment, limits.check),
        annotations,
      })
    : undefined;
  const posted: PostedComment[] = [];
  if (given.comment)
    for (const pullRequest of target.pullRequests.slice(0, 5))
      posted.push(
        await postStickyComment(forge, {
          pullRequest,
          id: given.id,
          run: target.order,
          body: comment.body,
          author: given.author,
        }),
      );
  if (given.comment && target.pullRequests.length === 0)
    ports.progress.info(`No open pull request has head ${target.headSha.slice(0, 12)}: no comment was posted.`);
  return { comment: posted[0], checkUrl: check?.url ?? '' };
}

function conclusionOf(verdict: Verdict, policy: z.output<typeof inputs>['inconclusive']): CheckConclusion {
  if (verdict === 'pass') return 'success';
  if (verdict === 'fail') return 'failure';
  return ({ neutral: 'neutral', warn: 'neutral', fail: 'failure', 'needs-approval': 'action_required' } as const)[
    policy
  ];
}

function describe(posted: Posted, target: ReportTarget | undefined, body: string): string {
  const words = { created: 'Posted', updated: 'Updated', superseded: 'Kept, because a newer run wrote it,' };
  const where =
    target === undefined || target.pullRequests.length === 0
      ? 'no pull request'
      : plural(target.pullRequests.length, 'pull request');
  const lines = [
    ...(posted.comment === undefined
      ? [`No comment: ${where}.`]
      : [`${words[posted.comment.outcome]} the comment: ${posted.comment.url}`]),
    ...(posted.checkUrl === '' ? [] : [`Check run: ${posted.checkUrl}`]),
  ];
  return `${lines.join('\n\n')}\n\n${body}`;
}
