/** The forge on GitHub: REST through octokit, every list paged, every refusal turned into a KitError. */

import { Octokit } from 'octokit';
import { KitError } from '../../base/errors.ts';
import type { Annotation, CheckRun, Deployment, Forge } from '../../ports/forge.ts';
import {
  convertAnnotation,
  convertComment,
  convertDeployment,
  convertIssue,
  convertPullRequest,
} from './github-convert.ts';
import { attempt } from './github-errors.ts';
import {
  assertBody,
  assertCheckRun,
  assertDeploymentDescription,
  assertDispatch,
  assertReleaseBody,
  assertTitle,
  limits,
  workflowInputs,
} from './limits.ts';

export interface GitHubForgeOptions {
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
  /** For example `https://api.github.com`. */
  readonly apiUrl: string;
  /** Milliseconds that stand for one second of waiting between retries; tests shorten it. */
  readonly retrySecond?: number;
}

/** What each group of methods works with. */
interface Api {
  readonly octokit: Octokit;
  readonly at: { readonly owner: string; readonly repo: string };
  call<T>(what: string, permission: string, request: () => Promise<T>): Promise<T>;
}

export function createGitHubForge(options: GitHubForgeOptions): Forge {
  const [owner, repo, ...rest] = options.repository.split('/');
  if (!owner || !repo || rest.length > 0)
    throw new KitError('forge-rejected', `Cannot open repository "${options.repository}": expected owner/name`);
  const api: Api = {
    octokit: createOctokit(options),
    at: { owner, repo },
    call: (what, permission, request) => attempt({ what, permission, token: options.token }, request),
  };
  return {
    kind: 'github',
    repository: options.repository,
    ...commentsOf(api),
    ...issuesOf(api),
    ...pullRequestsOf(api),
    ...checksOf(api),
    ...deploymentsOf(api),
    ...dispatchesOf(api),
    ...releasesOf(api),
  };
}

/**
 * Retries and waits are octokit's plugins: 5xx three times with growing pauses, primary and secondary rate limits when the wait is short.
 * The plugins' gaps between writes (1 s, 3 s where people are notified) are GitHub's advice, and left out for a server on this machine.
 */
function createOctokit(options: GitHubForgeOptions): Octokit {
  const second = options.retrySecond ?? 1000;
  const maySleep = (seconds: number, retries: number): boolean => seconds <= 120 && retries < 2;
  const noGap = { key: () => ({ schedule: (_: unknown, task: () => Promise<unknown>) => task() }) };
  return new Octokit({
    auth: options.token,
    baseUrl: options.apiUrl.replace(/\/+$/, ''),
    userAgent: 'mlops-kit',
    request: { headers: { 'x-github-api-version': '2022-11-28' } },
    retry: { retryAfterBaseValue: second, doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451] },
    throttle: {
      retryAfterBaseValue: second,
      onRateLimit: (seconds: number, _request: object, _octokit: object, retries: number) => maySleep(seconds, retries),
      onSecondaryRateLimit: (seconds: number, _request: object, _octokit: object, retries: number) =>
        maySleep(seconds, retries),
      ...(isLoopback(options.apiUrl) ? { write: noGap, notifications: noGap } : {}),
    },
  });
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname);
}

function commentsOf({
  octokit,
  at,
  call,
}: Api): Pick<Forge, 'listComments' | 'createComment' | 'updateComment' | 'deleteComment'> {
  const permission = 'pull-requests: write';
  return {
    async listComments(issue) {
      const all = await call(`list comments of #${issue}`, 'pull-requests: read', () =>
        octokit.paginate('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
          ...at,
          issue_number: issue,
          per_page: 100,
        }),
      );
      return all.map(convertComment);
    },
    async createComment(issue, body) {
      assertBody('comment', body);
      return call(`create comment on #${issue}`, permission, async () =>
        convertComment(
          (
            await octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
              ...at,
              issue_number: issue,
              body,
            })
          ).data,
        ),
      );
    },
    async updateComment(id, body) {
      assertBody('comment', body);
      return call(`update comment "${id}"`, permission, async () =>
        convertComment(
          (
            await octokit.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
              ...at,
              comment_id: id,
              body,
            })
          ).data,
        ),
      );
    },
    async deleteComment(id) {
      await call(`delete comment "${id}"`, permission, () =>
        octokit.request('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...at, comment_id: id }),
      );
    },
  };
}

function issuesOf({ octokit, at, call }: Api): Pick<Forge, 'listIssues' | 'createIssue' | 'updateIssue'> {
  return {
    async listIssues({ labels, state }) {
      const all = await call('list issues', 'issues: read', () =>
        octokit.paginate('GET /repos/{owner}/{repo}/issues', {
          ...at,
          ...(labels.length === 0 ? {} : { labels: labels.join(',') }),
          state,
          sort: 'created',
          direction: 'asc',
          per_page: 100,
        }),
      );
      return all.filter((item) => item.pull_request === undefined).map(convertIssue);
    },
    async createIssue({ title, body, labels }) {
      assertTitle('issue', title);
      assertBody('issue', body);
      return call(`create issue "${title}"`, 'issues: write', async () =>
        convertIssue(
          (await octokit.request('POST /repos/{owner}/{repo}/issues', { ...at, title, body, labels: [...labels] }))
            .data,
        ),
      );
    },
    async updateIssue(number, change) {
      if (change.title !== undefined) assertTitle('issue', change.title);
      if (change.body !== undefined) assertBody('issue', change.body);
      return call(`update issue #${number}`, 'issues: write', async () =>
        convertIssue(
          (
            await octokit.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
              ...at,
              issue_number: number,
              ...change,
            })
          ).data,
        ),
      );
    },
  };
}

function pullRequestsOf({ octokit, at, call }: Api): Pick<Forge, 'pullRequestsOf' | 'getPullRequest'> {
  return {
    /** Lists all open pull requests: GitHub's commits/{sha}/pulls does not know heads that live in a fork. */
    async pullRequestsOf(headSha) {
      const open = await call(`find pull requests of commit "${headSha}"`, 'pull-requests: read', () =>
        octokit.paginate('GET /repos/{owner}/{repo}/pulls', {
          ...at,
          state: 'open',
          sort: 'updated',
          direction: 'desc',
          per_page: 100,
        }),
      );
      return open.filter((pull) => pull.head.sha === headSha).map(convertPullRequest);
    },
    getPullRequest: (number) =>
      call(`read pull request #${number}`, 'pull-requests: read', async () =>
        convertPullRequest(
          (await octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...at, pull_number: number })).data,
        ),
      ),
  };
}

function checksOf({ octokit, at, call }: Api): Pick<Forge, 'createCheckRun'> {
  return {
    async createCheckRun(run: CheckRun) {
      assertCheckRun(run);
      const batches: Annotation[][] = [];
      for (let first = 0; first < run.annotations.length; first += limits.annotationsPerRequest)
        batches.push(run.annotations.slice(first, first + limits.annotationsPerRequest));
      const outputOf = (batch: readonly Annotation[] = []) => ({
        title: run.title,
        summary: run.summary,
        annotations: batch.map(convertAnnotation),
      });
      return call(`create check run "${run.name}"`, 'checks: write', async () => {
        const { data } = await octokit.request('POST /repos/{owner}/{repo}/check-runs', {
          ...at,
          name: run.name,
          head_sha: run.headSha,
          status: 'completed',
          conclusion: run.conclusion,
          output: outputOf(batches[0]),
        });
        for (const batch of batches.slice(1))
          await octokit.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
            ...at,
            check_run_id: data.id,
            output: outputOf(batch),
          });
        return { id: Number(data.id), url: data.html_url ?? '' };
      });
    },
  };
}

function deploymentsOf({
  octokit,
  at,
  call,
}: Api): Pick<Forge, 'createDeployment' | 'setDeploymentState' | 'listDeployments'> {
  return {
    async createDeployment({ environment, ref, description, payload }) {
      assertDeploymentDescription(description);
      return call(`create deployment of "${ref}" to "${environment}"`, 'deployments: write', async () => {
        // The defaults would merge the default branch into the ref and demand every status check of the commit.
        const { data, status } = await octokit.request('POST /repos/{owner}/{repo}/deployments', {
          ...at,
          ref,
          environment,
          description,
          payload: { ...payload },
          auto_merge: false,
          required_contexts: [],
        });
        if (!('id' in data))
          throw new KitError(
            'forge-rejected',
            `Cannot create deployment of "${ref}": GitHub answered ${status}: ${data.message}`,
          );
        return convertDeployment(data, 'pending');
      });
    },
    async setDeploymentState(id, { state, description, logUrl, environmentUrl }) {
      assertDeploymentDescription(description);
      await call(`set deployment "${id}" to ${state}`, 'deployments: write', () =>
        octokit.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
          ...at,
          deployment_id: id,
          state,
          description,
          ...(logUrl === undefined ? {} : { log_url: logUrl }),
          ...(environmentUrl === undefined ? {} : { environment_url: environmentUrl }),
          // GitHub would only inactivate others outside production; the rollout says so itself, everywhere.
          auto_inactive: false,
        }),
      );
    },
    listDeployments: (environment) =>
      call(`list deployments of "${environment}"`, 'deployments: read', async () => {
        const all = await octokit.paginate('GET /repos/{owner}/{repo}/deployments', {
          ...at,
          environment,
          per_page: 100,
        });
        const found: Deployment[] = [];
        for (const data of all) {
          const { data: newest } = await octokit.request(
            'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
            {
              ...at,
              deployment_id: data.id,
              per_page: 1,
            },
          );
          found.push(convertDeployment(data, newest[0]?.state ?? 'pending'));
        }
        return found;
      }),
  };
}

function dispatchesOf({ octokit, at, call }: Api): Pick<Forge, 'dispatch'> {
  return {
    async dispatch(dispatch) {
      assertDispatch(dispatch);
      if (dispatch.kind === 'repository') {
        await call(`dispatch repository event "${dispatch.name}"`, 'contents: write', () =>
          octokit.request('POST /repos/{owner}/{repo}/dispatches', {
            ...at,
            event_type: dispatch.name,
            client_payload: { ...dispatch.payload },
          }),
        );
        return;
      }
      await call(`dispatch workflow "${dispatch.name}"`, 'actions: write', async () => {
        const ref = dispatch.ref ?? (await octokit.request('GET /repos/{owner}/{repo}', at)).data.default_branch;
        await octokit.request('POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches', {
          ...at,
          workflow_id: dispatch.name,
          ref,
          inputs: workflowInputs(dispatch.payload),
        });
      });
    },
  };
}

function releasesOf({ octokit, at, call }: Api): Pick<Forge, 'createRelease'> {
  return {
    async createRelease({ tag, name, body }) {
      assertReleaseBody(body);
      return call(`create release "${tag}"`, 'contents: write', async () => {
        const { data } = await octokit.request('POST /repos/{owner}/{repo}/releases', {
          ...at,
          tag_name: tag,
          name,
          body,
        });
        return { id: Number(data.id), url: data.html_url };
      });
    },
  };
}
