/** The forge: issues, comments, checks, deployments and dispatches; GitHub by octokit, or JSON files beside a local remote. */

import type { Json } from '../base/canonical-json.ts';

export interface Comment {
  readonly id: number;
  readonly body: string;
  readonly url: string;
  readonly author: string;
}

export interface Issue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed';
  readonly labels: readonly string[];
  readonly url: string;
}

export interface PullRequest {
  readonly number: number;
  readonly headSha: string;
  readonly headRef: string;
  readonly headRepository: string;
  readonly baseRef: string;
  readonly baseSha: string;
  readonly state: 'open' | 'closed';
}

export interface Annotation {
  readonly level: 'notice' | 'warning' | 'failure';
  readonly path: string;
  readonly line: number;
  readonly endLine?: number;
  readonly column?: number;
  readonly title: string;
  readonly message: string;
}

export type CheckConclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'action_required'
  | 'cancelled'
  | 'skipped'
  | 'timed_out';

export interface CheckRun {
  readonly name: string;
  readonly headSha: string;
  readonly conclusion: CheckConclusion;
  readonly title: string;
  /** Markdown, at most 65,535 characters. */
  readonly summary: string;
  readonly annotations: readonly Annotation[];
}

export type DeploymentState = 'queued' | 'pending' | 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';

export interface Deployment {
  readonly id: number;
  readonly environment: string;
  readonly ref: string;
  readonly description: string;
  /** Newest state; `pending` before the first status. */
  readonly state: DeploymentState;
}

export interface Dispatch {
  readonly kind: 'workflow' | 'repository';
  /** Workflow file name, or event type. */
  readonly name: string;
  readonly ref?: string;
  /** Inputs of the workflow (strings), or the client payload. */
  readonly payload: Readonly<Record<string, Json>>;
}

/** Every method throws KitError `forge-forbidden` (names the permission needed), `forge-not-found`, `forge-rejected` or `forge-unreachable`. */
export interface Forge {
  readonly kind: 'github' | 'local';
  /** `owner/name`. */
  readonly repository: string;

  /** Oldest first, every page. */
  listComments(issue: number): Promise<readonly Comment[]>;
  createComment(issue: number, body: string): Promise<Comment>;
  updateComment(id: number, body: string): Promise<Comment>;
  deleteComment(id: number): Promise<void>;

  listIssues(filter: {
    readonly labels: readonly string[];
    readonly state: 'open' | 'closed' | 'all';
  }): Promise<readonly Issue[]>;
  createIssue(issue: {
    readonly title: string;
    readonly body: string;
    readonly labels: readonly string[];
  }): Promise<Issue>;
  updateIssue(
    number: number,
    change: { readonly title?: string; readonly body?: string; readonly state?: 'open' | 'closed' },
  ): Promise<Issue>;

  /** Open pull requests whose head is this commit. */
  pullRequestsOf(headSha: string): Promise<readonly PullRequest[]>;
  getPullRequest(number: number): Promise<PullRequest>;

  /** Creates a completed check run; annotations past 50 go in by updates. */
  createCheckRun(run: CheckRun): Promise<{ readonly id: number; readonly url: string }>;

  createDeployment(deployment: {
    readonly environment: string;
    readonly ref: string;
    readonly description: string;
    readonly payload: Readonly<Record<string, Json>>;
  }): Promise<Deployment>;
  setDeploymentState(
    id: number,
    status: {
      readonly state: DeploymentState;
      readonly description: string;
      readonly logUrl?: string;
      readonly environmentUrl?: string;
    },
  ): Promise<void>;
  listDeployments(environment: string): Promise<readonly Deployment[]>;

  /** Starts a workflow or a repository event; the only events GITHUB_TOKEN can start. */
  dispatch(dispatch: Dispatch): Promise<void>;

  createRelease(release: {
    readonly tag: string;
    readonly name: string;
    readonly body: string;
  }): Promise<{ readonly id: number; readonly url: string }>;
}
