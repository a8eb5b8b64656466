/** In-memory Forge for unit tests of commands; test/contract/forge.test.ts holds it to the same cases as the real ones. */

import { KitError } from '../../src/base/errors.ts';
import type { CheckRun, Comment, Deployment, Dispatch, Forge, Issue, PullRequest } from '../../src/ports/forge.ts';

export interface MemoryForge extends Forge {
  readonly comments: (Comment & { readonly issue: number })[];
  readonly issues: Issue[];
  readonly pulls: PullRequest[];
  readonly checks: (CheckRun & { readonly id: number })[];
  readonly deployments: Deployment[];
  readonly dispatches: Dispatch[];
  readonly releases: { readonly tag: string; readonly name: string; readonly body: string }[];
  /** Opens a pull request as a person would. */
  openPullRequest(pull?: Partial<PullRequest>): PullRequest;
}

export function createMemoryForge(
  options: { readonly repository?: string; readonly author?: string } = {},
): MemoryForge {
  const { repository = 'acme/flights', author = 'mlops-kit[bot]' } = options;
  let lastId = 0;
  const nextNumber = (): number => state.issues.length + state.pulls.length + 1;
  const state = {
    comments: [] as (Comment & { readonly issue: number })[],
    issues: [] as Issue[],
    pulls: [] as PullRequest[],
    checks: [] as (CheckRun & { readonly id: number })[],
    deployments: [] as Deployment[],
    dispatches: [] as Dispatch[],
    releases: [] as { readonly tag: string; readonly name: string; readonly body: string }[],
  };
  const url = (path: string): string => `https://forge.test/${repository}/${path}`;
  const replace = <T>(list: T[], wanted: (item: T) => boolean, what: string, change: Partial<T>): T => {
    const index = list.findIndex(wanted);
    if (index < 0) throw new KitError('forge-not-found', `Cannot find ${what}`);
    list[index] = { ...list[index]!, ...change };
    return list[index];
  };
  const published = ({ issue: _, ...comment }: Comment & { readonly issue: number }): Comment => comment;
  const assertNumber = (number: number): void => {
    if (![...state.issues, ...state.pulls].some((item) => item.number === number))
      throw new KitError('forge-not-found', `Cannot find issue or pull request "${number}"`);
  };
  const assertSize = (what: string, text: string, limit: number): void => {
    if (text.length > limit || text === '') throw new KitError('forge-rejected', `Cannot send ${what}: length`);
  };
  return {
    ...state,
    kind: 'local',
    repository,
    openPullRequest(pull = {}) {
      const defaults = { headRef: 'topic', headRepository: repository, baseRef: 'main', state: 'open' } as const;
      const opened = { headSha: 'a'.repeat(40), baseSha: 'b'.repeat(40), ...defaults, number: nextNumber(), ...pull };
      state.pulls.push(opened);
      return opened;
    },
    async listComments(issue) {
      assertNumber(issue);
      return state.comments.filter((comment) => comment.issue === issue).map(published);
    },
    async createComment(issue, body) {
      assertSize('comment', body, 65_536);
      assertNumber(issue);
      const id = ++lastId;
      const comment = { id, issue, body, author, url: url(`pull/${issue}#comment-${id}`) };
      state.comments.push(comment);
      return published(comment);
    },
    async updateComment(id, body) {
      assertSize('comment', body, 65_536);
      return published(replace(state.comments, (comment) => comment.id === id, `comment "${id}"`, { body }));
    },
    async deleteComment(id) {
      const index = state.comments.findIndex((comment) => comment.id === id);
      if (index < 0) throw new KitError('forge-not-found', `Cannot find comment "${id}"`);
      state.comments.splice(index, 1);
    },
    async listIssues({ labels, state: wanted }) {
      return state.issues.filter(
        (issue) =>
          (wanted === 'all' || issue.state === wanted) && labels.every((label) => issue.labels.includes(label)),
      );
    },
    async createIssue({ title, body, labels }) {
      assertSize('issue title', title, 256);
      assertSize('issue', body, 65_536);
      const number = nextNumber();
      const issue: Issue = {
        number,
        title,
        body,
        state: 'open',
        labels: [...new Set(labels)],
        url: url(`issues/${number}`),
      };
      state.issues.push(issue);
      return issue;
    },
    async updateIssue(number, change) {
      return replace(state.issues, (issue) => issue.number === number, `issue #${number}`, change);
    },
    async pullRequestsOf(headSha) {
      return state.pulls.filter((pull) => pull.state === 'open' && pull.headSha === headSha);
    },
    async getPullRequest(number) {
      return replace(state.pulls, (pull) => pull.number === number, `pull request #${number}`, {});
    },
    async createCheckRun(run) {
      assertSize('check run title', run.title, 256);
      if (run.summary.length > 65_535) throw new KitError('forge-rejected', 'Cannot send check run summary: length');
      const id = ++lastId;
      state.checks.push({ ...run, id });
      return { id, url: url(`runs/${id}`) };
    },
    async createDeployment({ environment, ref, description }) {
      if (description.length > 140) throw new KitError('forge-rejected', 'Cannot send deployment description: length');
      const deployment: Deployment = { id: ++lastId, environment, ref, description, state: 'pending' };
      state.deployments.unshift(deployment);
      return deployment;
    },
    async setDeploymentState(id, status) {
      if (status.description.length > 140) throw new KitError('forge-rejected', 'Cannot send description: length');
      replace(state.deployments, (item) => item.id === id, `deployment "${id}"`, { state: status.state });
    },
    async listDeployments(environment) {
      return state.deployments.filter((deployment) => deployment.environment === environment);
    },
    async dispatch(dispatch) {
      const keys = Object.keys(dispatch.payload);
      const bytes = Buffer.byteLength(JSON.stringify(dispatch.payload));
      const refused = dispatch.kind === 'workflow' ? keys.length > 25 : keys.length > 10 || dispatch.name.length > 100;
      const nested = dispatch.kind === 'workflow' && keys.some((key) => typeof dispatch.payload[key] === 'object');
      if (refused || nested || bytes >= 65_536) throw new KitError('forge-rejected', 'Cannot dispatch: over a limit');
      const strings = Object.fromEntries(keys.map((key) => [key, String(dispatch.payload[key])]));
      state.dispatches.push(dispatch.kind === 'workflow' ? { ...dispatch, payload: strings } : dispatch);
    },
    async createRelease(release) {
      if (state.releases.some((other) => other.tag === release.tag))
        throw new KitError('forge-rejected', `Cannot create release "${release.tag}": already_exists`);
      state.releases.push(release);
      return { id: ++lastId, url: url(`releases/${release.tag}`) };
    },
  };
}
