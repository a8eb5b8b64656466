/** The embedded forge: issues, comments, checks, deployments and dispatches as JSON files, for work without GitHub. */

import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Json } from '../../base/canonical-json.ts';
import { KitError } from '../../base/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  CheckRun,
  Comment,
  Deployment,
  DeploymentState,
  Dispatch,
  Forge,
  Issue,
  PullRequest,
} from '../../ports/forge.ts';
import { createJsonStore, type JsonStore } from './json-store.ts';
import {
  assertBody,
  assertCheckRun,
  assertDeploymentDescription,
  assertDispatch,
  assertReleaseBody,
  assertTitle,
  workflowInputs,
} from './limits.ts';

export interface LocalForgeOptions {
  /** Folder of the JSON files, see `localForgeDirectory`. */
  readonly directory: string;
  /** `owner/name`, only for messages and records. */
  readonly repository: string;
  readonly clock: Clock;
}

/** Who writes comments here: a bot, as GITHUB_TOKEN is one. */
export const localAuthor = 'mlops-kit[bot]';

interface StoredComment {
  readonly id: number;
  readonly issue: number;
  readonly body: string;
  readonly author: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}
type StoredIssue = Omit<Issue, 'url'> & { readonly createdAt: string };
interface StoredDeployment {
  readonly id: number;
  readonly environment: string;
  readonly ref: string;
  readonly description: string;
  readonly payload: Readonly<Record<string, Json>>;
  readonly createdAt: string;
  readonly statuses: readonly { readonly state: DeploymentState; readonly description: string; readonly at: string }[];
}

/** A dispatch as recorded; the driver that runs it marks it taken. */
export interface RecordedDispatch extends Dispatch {
  readonly id: number;
  readonly at: string;
  readonly takenAt?: string;
}

/**
 * Where the local forge of a work tree lives: beside its local remote (`<remote>/mlops-forge`), so that clones share it; without one,
 * or with a remote on another machine, in the work tree's `.mlops/forge`.
 */
export function localForgeDirectory(place: { readonly top: string; readonly remoteUrl: string | undefined }): string {
  const own = join(place.top, '.mlops', 'forge');
  const url = place.remoteUrl;
  if (url === undefined) return own;
  // `host:path` and `scheme://` are elsewhere; git takes a path with a slash before the first colon as local.
  if (!url.startsWith('file:') && /^[^/]*:/.test(url) && !isAbsolute(url)) return own;
  const path = url.startsWith('file:') ? fileURLToPath(url) : resolve(place.top, url);
  for (const repository of [path, join(path, '.git')])
    if (existsSync(join(repository, 'HEAD')) && existsSync(join(repository, 'objects')))
      return join(repository, 'mlops-forge');
  return own;
}

export function createLocalForge(options: LocalForgeOptions): Forge {
  const { repository, clock } = options;
  const store = createJsonStore(options.directory);
  return {
    kind: 'local',
    repository,
    ...commentsOf(store, clock),
    ...issuesOf(store, clock),
    ...deploymentsOf(store, clock),

    async pullRequestsOf(headSha) {
      const all = await store.list<PullRequest>('pulls');
      return all.filter((pull) => pull.state === 'open' && pull.headSha === headSha);
    },
    getPullRequest: (number) => store.get<PullRequest>('pulls', number),

    async createCheckRun(run: CheckRun) {
      assertCheckRun(run);
      return store.change(async (write) => {
        const id = await write.nextId('checks');
        await write.put('checks', id, { id, ...run, completedAt: clock.now().toISOString() });
        return { id, url: urlOf(store, 'checks', id) };
      });
    },

    async dispatch(dispatch) {
      assertDispatch(dispatch);
      return store.change(async (write) => {
        const id = await write.nextId('dispatches');
        const payload = dispatch.kind === 'workflow' ? workflowInputs(dispatch.payload) : dispatch.payload;
        const recorded: RecordedDispatch = { ...dispatch, payload, id, at: clock.now().toISOString() };
        await write.put('dispatches', id, recorded);
      });
    },

    async createRelease(release) {
      assertReleaseBody(release.body);
      return store.change(async (write) => {
        const known = await store.list<{ readonly tag: string }>('releases');
        if (known.some((other) => other.tag === release.tag))
          throw new KitError(
            'forge-rejected',
            `Cannot create release "${release.tag}": a release of this tag already_exists`,
          );
        const id = await write.nextId('releases');
        await write.put('releases', id, { id, ...release, createdAt: clock.now().toISOString() });
        return { id, url: urlOf(store, 'releases', id) };
      });
    },
  };
}

type CommentMethods = Pick<Forge, 'listComments' | 'createComment' | 'updateComment' | 'deleteComment'>;

function commentsOf(store: JsonStore, clock: Clock): CommentMethods {
  const publish = ({ id, body, author }: StoredComment): Comment => ({
    id,
    body,
    author,
    url: urlOf(store, 'comments', id),
  });
  return {
    async listComments(issue) {
      await assertNumber(store, issue);
      return (await store.list<StoredComment>('comments')).filter((comment) => comment.issue === issue).map(publish);
    },
    async createComment(issue, body) {
      assertBody('comment', body);
      await assertNumber(store, issue);
      return store.change(async (write) => {
        const at = clock.now().toISOString();
        const id = await write.nextId('comments');
        const comment = { id, issue, body, author: localAuthor, createdAt: at, updatedAt: at };
        await write.put('comments', id, comment);
        return publish(comment);
      });
    },
    async updateComment(id, body) {
      assertBody('comment', body);
      return store.change(async (write) => {
        const old = await store.get<StoredComment>('comments', id);
        const comment = { ...old, body, updatedAt: clock.now().toISOString() };
        await write.put('comments', id, comment);
        return publish(comment);
      });
    },
    async deleteComment(id) {
      return store.change(async (write) => {
        await store.get<StoredComment>('comments', id);
        await write.remove('comments', id);
      });
    },
  };
}

function issuesOf(store: JsonStore, clock: Clock): Pick<Forge, 'listIssues' | 'createIssue' | 'updateIssue'> {
  const publish = ({ createdAt: _, ...issue }: StoredIssue): Issue => ({
    ...issue,
    url: urlOf(store, 'issues', issue.number),
  });
  return {
    async listIssues(filter) {
      const wanted = (issue: StoredIssue): boolean =>
        (filter.state === 'all' || issue.state === filter.state) &&
        filter.labels.every((label) => issue.labels.includes(label));
      return (await store.list<StoredIssue>('issues')).filter(wanted).map(publish);
    },
    async createIssue({ title, body, labels }) {
      assertTitle('issue', title);
      assertBody('issue', body);
      return store.change(async (write) => {
        const number = await write.nextId('issues', 'pulls');
        const createdAt = clock.now().toISOString();
        const issue: StoredIssue = { number, title, body, state: 'open', labels: [...new Set(labels)], createdAt };
        await write.put('issues', number, issue);
        return publish(issue);
      });
    },
    async updateIssue(number, change) {
      if (change.title !== undefined) assertTitle('issue', change.title);
      if (change.body !== undefined) assertBody('issue', change.body);
      return store.change(async (write) => {
        const issue = { ...(await store.get<StoredIssue>('issues', number)), ...change };
        await write.put('issues', number, issue);
        return publish(issue);
      });
    },
  };
}

type DeploymentMethods = Pick<Forge, 'createDeployment' | 'setDeploymentState' | 'listDeployments'>;

function deploymentsOf(store: JsonStore, clock: Clock): DeploymentMethods {
  const publish = ({ id, environment, ref, description, statuses }: StoredDeployment): Deployment => ({
    id,
    environment,
    ref,
    description,
    state: statuses.at(-1)?.state ?? 'pending',
  });
  return {
    async createDeployment(deployment) {
      assertDeploymentDescription(deployment.description);
      return store.change(async (write) => {
        const id = await write.nextId('deployments');
        const stored = { id, ...deployment, createdAt: clock.now().toISOString(), statuses: [] };
        await write.put('deployments', id, stored);
        return publish(stored);
      });
    },
    async setDeploymentState(id, status) {
      assertDeploymentDescription(status.description);
      await store.change(async (write) => {
        const old = await store.get<StoredDeployment>('deployments', id);
        const statuses = [...old.statuses, { ...status, at: clock.now().toISOString() }];
        await write.put('deployments', id, { ...old, statuses });
      });
    },
    async listDeployments(environment) {
      const all = await store.list<StoredDeployment>('deployments');
      return all
        .filter((deployment) => deployment.environment === environment)
        .map(publish)
        .reverse();
    },
  };
}

/** Comments belong to an issue or a pull request that exists. */
async function assertNumber(store: JsonStore, number: number): Promise<void> {
  const [issues, pulls] = await Promise.all([store.list<Issue>('issues'), store.list<PullRequest>('pulls')]);
  if (![...issues, ...pulls].some((known) => known.number === number))
    throw new KitError('forge-not-found', `Cannot find issue or pull request "${number}" in the local forge`);
}

function urlOf(store: JsonStore, collection: string, id: number): string {
  return pathToFileURL(store.pathOf(collection, id)).href;
}

/** Opens a pull request, or moves the head of an open one; people do this on GitHub, drivers and tests do it here. */
export function writeLocalPullRequest(
  directory: string,
  pull: Omit<PullRequest, 'number' | 'state'> & { readonly number?: number; readonly state?: 'open' | 'closed' },
): Promise<PullRequest> {
  return createJsonStore(directory).change(async (write) => {
    const number = pull.number ?? (await write.nextId('issues', 'pulls'));
    const stored: PullRequest = { state: 'open', ...pull, number };
    await write.put('pulls', number, stored);
    return stored;
  });
}

/** Dispatches in the order they were made; only those nobody has taken yet unless `all`. */
export async function readDispatches(
  directory: string,
  options: { readonly all?: boolean } = {},
): Promise<readonly RecordedDispatch[]> {
  const dispatches = await createJsonStore(directory).list<RecordedDispatch>('dispatches');
  return dispatches.filter((dispatch) => options.all === true || dispatch.takenAt === undefined);
}

/** Marks a dispatch taken; false when another process took it first. */
export function takeDispatch(directory: string, id: number, at: Date): Promise<boolean> {
  const store = createJsonStore(directory);
  return store.change(async (write) => {
    const dispatch = await store.get<RecordedDispatch>('dispatches', id);
    if (dispatch.takenAt !== undefined) return false;
    await write.put('dispatches', id, { ...dispatch, takenAt: at.toISOString() });
    return true;
  });
}
