/** Decides which commit and pull requests a report belongs to; an untrusted job never gets to say. */

import { KitError, messageOf } from '../../base/errors.ts';
import { GitHubEvent } from '../../formats/github-event.ts';
import type { Forge } from '../../ports/forge.ts';
import type { Ports } from '../../ports/ports.ts';

export interface ReportTarget {
  readonly headSha: string;
  readonly pullRequests: readonly number[];
  /** The run that made the reports: of `workflow_run`, else this one. */
  readonly runId: string | undefined;
  readonly runUrl: string | undefined;
  /** Conclusion of the run that made the reports, when it is another one and over. */
  readonly runConclusion: string | undefined;
  /** Orders comments, see sticky-comment. */
  readonly order: string;
}

/** The pull request is the input, the event's, or found by head commit; in `workflow_run` the input must have that head commit. */
export async function findTarget(
  ports: Ports,
  forge: Forge,
  input: number | undefined,
  event: GitHubEvent,
): Promise<ReportTarget> {
  const { actions } = ports.environment;
  const run = event.workflow_run;
  const headSha = run?.head_sha ?? event.pull_request?.head.sha ?? actions?.sha ?? (await ports.git.resolve('HEAD'));
  const runId = run === undefined ? actions?.runId : String(run.id);
  const attempt = run?.run_attempt ?? actions?.runAttempt ?? 1;
  return {
    headSha,
    pullRequests: await findPullRequests(forge, input, event, headSha, actions === undefined),
    runId,
    runUrl: run?.html_url ?? actions?.runUrl,
    runConclusion: run?.conclusion ?? undefined,
    order: /^\d+$/.test(runId ?? '') ? `${runId}.${attempt}` : `${ports.clock.now().getTime()}.0`,
  };
}

async function findPullRequests(
  forge: Forge,
  input: number | undefined,
  event: GitHubEvent,
  headSha: string,
  local: boolean,
): Promise<readonly number[]> {
  if (input !== undefined) {
    if (event.workflow_run === undefined) return [input];
    const pull = await forge.getPullRequest(input);
    if (pull.headSha === headSha) return [input];
    throw new KitError(
      'pull-request-mismatch',
      `Cannot report on pull request "${input}": its head is ${pull.headSha.slice(0, 12)}, the reports are of ${headSha.slice(0, 12)}`,
      { hint: 'Leave input pull-request out; it is found by the head commit of the run.' },
    );
  }
  if (event.pull_request !== undefined) return [event.pull_request.number];
  if (event.workflow_run === undefined && !local) return [];
  return (await forge.pullRequestsOf(headSha)).map((pull) => pull.number);
}

/** @throws KitError `event-unreadable` */
export async function readEvent(ports: Ports): Promise<GitHubEvent> {
  const path = ports.environment.actions?.eventPath;
  if (path === undefined) return {};
  const text = await ports.files.readText(path);
  try {
    return GitHubEvent.parse(JSON.parse(text));
  } catch (cause) {
    throw new KitError('event-unreadable', `Cannot read event "${path}": ${messageOf(cause)}`, { cause });
  }
}
