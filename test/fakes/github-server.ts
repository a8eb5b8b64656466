/** A small HTTP server that answers the REST routes the octokit forge uses as GitHub documents them; all else is an error. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Data = Record<string, unknown>;
interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
interface Call {
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Data;
}

export interface GitHubServer extends AsyncDisposable {
  readonly url: string;
  readonly repository: string;
  readonly token: string;
  readonly state: {
    readonly comments: Data[];
    readonly issues: Data[];
    readonly pulls: Data[];
    readonly checks: Data[];
    readonly deployments: Data[];
    readonly statuses: Data[];
    readonly dispatches: Data[];
    readonly releases: Data[];
  };
  /** Every request, as `METHOD /path`. */
  readonly requests: string[];
  /** Requests of routes that are not here; a test that leaves one has failed. */
  readonly unknown: string[];
  /** Answers the next requests with these replies first. */
  readonly replies: Reply[];
}

const limitsOf = { comment: 65_536, summary: 65_535, annotations: 50, description: 140 };

export async function startGitHubServer(repository = 'acme/flights'): Promise<GitHubServer> {
  const token = `ghs_${'x'.repeat(36)}`;
  const state: GitHubServer['state'] = {
    comments: [],
    issues: [],
    pulls: [],
    checks: [],
    deployments: [],
    statuses: [],
    dispatches: [],
    releases: [],
  };
  const requests: string[] = [];
  const unknown: string[] = [];
  const replies: Reply[] = [];
  const routes = routesOf(state, repository);

  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const url = new URL(request.url ?? '/', 'http://github.test');
    const line = `${request.method} ${url.pathname}`;
    requests.push(line);
    const planned = replies.shift();
    if (planned !== undefined) return planned;
    if (request.headers.authorization !== `token ${token}`)
      return { status: 401, body: { message: 'Bad credentials' } };
    for (const [route, handle] of routes) {
      const [method, path] = route.split(' ') as [string, string];
      const match = new RegExp(`^/repos/${repository}${path}$`).exec(url.pathname);
      if (method !== request.method || match === null) continue;
      const text = await readText(request);
      const call = {
        parameters: match.slice(1).map(decodeURIComponent),
        query: url.searchParams,
        body: text === '' ? {} : (JSON.parse(text) as Data),
      };
      return paged(handle(call), url);
    }
    unknown.push(line);
    return { status: 501, body: { message: `the test server has no route ${line}` } };
  };

  const server = createServer((request, response) => {
    answer(request).then(
      (reply) => send(response, reply),
      (error: unknown) => send(response, { status: 500, body: { message: String(error) } }),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    repository,
    token,
    state,
    requests,
    unknown,
    replies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { 'content-type': 'application/json; charset=utf-8', ...reply.headers });
  response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
}

/** Cuts list replies to `per_page` (default 30) and links the next page. */
function paged(reply: Reply, url: URL): Reply {
  if (!Array.isArray(reply.body)) return reply;
  const size = Math.min(Number(url.searchParams.get('per_page') ?? 30), 100);
  const page = Number(url.searchParams.get('page') ?? 1);
  const items = reply.body as readonly unknown[];
  const next = new URL(url);
  next.searchParams.set('page', String(page + 1));
  const more = items.length > page * size;
  return {
    ...reply,
    body: items.slice((page - 1) * size, page * size),
    ...(more ? { headers: { link: `<${next.pathname}${next.search}>; rel="next"` } } : {}),
  };
}

const notFound: Reply = { status: 404, body: { message: 'Not Found' } };
const invalid = (resource: string, field: string, message: string): Reply => ({
  status: 422,
  body: { message: 'Validation Failed', errors: [{ resource, field, code: 'custom', message }] },
});

/** GitHub counts characters, not UTF-16 units. */
const tooLong = (text: unknown, limit: number): boolean => typeof text === 'string' && [...text].length > limit;

type Route = readonly [route: string, handle: (call: Call) => Reply];

function routesOf(state: GitHubServer['state'], repository: string): readonly Route[] {
  return [
    ['GET ', () => ({ status: 200, body: { full_name: repository, default_branch: 'main' } })],
    ...issueRoutes(state, repository),
    ...checkRoutes(state, repository),
    ...deploymentRoutes(state),
    ...eventRoutes(state, repository),
  ];
}

function issueRoutes(state: GitHubServer['state'], repository: string): readonly Route[] {
  const html = `https://github.com/${repository}`;
  const find = (list: Data[], key: string, value: unknown): Data | undefined =>
    list.find((item) => item[key] === Number(value));
  const badComment = (body: Data): Reply | undefined =>
    tooLong(body.body, limitsOf.comment)
      ? invalid('IssueComment', 'body', 'body is too long (maximum is 65536 characters)')
      : undefined;
  let lastId = 1000;
  return [
    [
      'GET /issues/(\\d+)/comments',
      ({ parameters: [number] }) => {
        if (!find([...state.issues, ...state.pulls], 'number', number)) return notFound;
        return { status: 200, body: state.comments.filter((comment) => comment.issue === Number(number)) };
      },
    ],
    [
      'POST /issues/(\\d+)/comments',
      ({ parameters: [number], body }) => {
        if (!find([...state.issues, ...state.pulls], 'number', number)) return notFound;
        const id = ++lastId;
        const comment = {
          id,
          issue: Number(number),
          body: body.body,
          html_url: `${html}/issues/${number}#issuecomment-${id}`,
          user: { login: 'github-actions[bot]', type: 'Bot' },
        };
        const refused = badComment(body);
        if (refused === undefined) state.comments.push(comment);
        return refused ?? { status: 201, body: comment };
      },
    ],
    [
      'PATCH /issues/comments/(\\d+)',
      ({ parameters: [id], body }) => {
        const comment = find(state.comments, 'id', id);
        if (comment === undefined) return notFound;
        return badComment(body) ?? { status: 200, body: Object.assign(comment, { body: body.body }) };
      },
    ],
    [
      'DELETE /issues/comments/(\\d+)',
      ({ parameters: [id] }) => {
        const index = state.comments.findIndex((comment) => comment.id === Number(id));
        if (index < 0) return notFound;
        state.comments.splice(index, 1);
        return { status: 204 };
      },
    ],
    [
      'GET /issues',
      ({ query }) => {
        const labels = query.get('labels')?.split(',') ?? [];
        const wanted = query.get('state') ?? 'open';
        const pulls: Data[] = state.pulls.map((pull) => ({ ...pull, labels: [], title: 'pull', pull_request: {} }));
        const all = [...state.issues, ...pulls].filter(
          (issue) =>
            (wanted === 'all' || issue.state === wanted) &&
            labels.every((label) => (issue.labels as { name: string }[]).some((own) => own.name === label)),
        );
        const order = query.get('direction') === 'asc' ? 1 : -1;
        return { status: 200, body: all.sort((a, b) => order * (Number(a.number) - Number(b.number))) };
      },
    ],
    [
      'POST /issues',
      ({ body }) => {
        if (typeof body.title !== 'string' || tooLong(body.title, 256)) return invalid('Issue', 'title', 'is invalid');
        if (tooLong(body.body, limitsOf.comment)) return invalid('Issue', 'body', 'is too long');
        const number = state.issues.length + state.pulls.length + 1;
        const labels = (body.labels as string[]).map((name) => ({ name }));
        const issue = {
          number,
          title: body.title,
          body: body.body,
          state: 'open',
          labels,
          html_url: `${html}/issues/${number}`,
        };
        state.issues.push(issue);
        return { status: 201, body: issue };
      },
    ],
    [
      'PATCH /issues/(\\d+)',
      ({ parameters: [number], body }) => {
        const issue = find(state.issues, 'number', number);
        return issue === undefined ? notFound : { status: 200, body: Object.assign(issue, body) };
      },
    ],
    ['GET /pulls', () => ({ status: 200, body: state.pulls.filter((pull) => pull.state === 'open') })],
    [
      'GET /pulls/(\\d+)',
      ({ parameters: [number] }) => {
        const pull = find(state.pulls, 'number', number);
        return pull === undefined ? notFound : { status: 200, body: pull };
      },
    ],
  ];
}

function checkRoutes(state: GitHubServer['state'], repository: string): readonly Route[] {
  const badOutput = (body: Data): Reply | undefined => {
    const output = (body.output ?? {}) as Data;
    const annotations = (output.annotations ?? []) as Data[];
    if (annotations.length > limitsOf.annotations)
      return {
        status: 422,
        body: { message: 'Invalid request.\n\nNo more than 50 items are allowed; 51 were supplied.' },
      };
    if (typeof output.title !== 'string' || typeof output.summary !== 'string')
      return invalid('CheckRun', 'output', 'title and summary are required');
    if (tooLong(output.summary, limitsOf.summary)) return invalid('CheckRun', 'summary', 'is too long');
    const bad = annotations.find((item) => item.start_line !== item.end_line && item.start_column !== undefined);
    return bad === undefined ? undefined : invalid('CheckRun', 'annotations', 'columns on several lines');
  };
  return [
    [
      'POST /check-runs',
      ({ body }) => {
        const refused = badOutput(body);
        if (refused !== undefined) return refused;
        const id = state.checks.length + 1;
        const { annotations = [], ...output } = body.output as Data;
        const check = { id, ...body, output, annotations, html_url: `https://github.com/${repository}/runs/${id}` };
        state.checks.push(check);
        return { status: 201, body: check };
      },
    ],
    [
      'PATCH /check-runs/(\\d+)',
      ({ parameters: [id], body }) => {
        const check = state.checks.find((item) => item.id === Number(id));
        if (check === undefined) return notFound;
        const refused = badOutput(body);
        if (refused !== undefined) return refused;
        (check.annotations as unknown[]).push(...(((body.output as Data).annotations ?? []) as unknown[]));
        return { status: 200, body: check };
      },
    ],
  ];
}

function deploymentRoutes(state: GitHubServer['state']): readonly Route[] {
  return [
    [
      'POST /deployments',
      ({ body }) => {
        if (tooLong(body.description, limitsOf.description)) return invalid('Deployment', 'description', 'is too long');
        if (body.auto_merge !== false)
          return { status: 202, body: { message: 'Auto-merged main into topic on deployment.' } };
        if (!Array.isArray(body.required_contexts) || body.required_contexts.length > 0)
          return { status: 409, body: { message: 'Conflict: Commit status checks failed for main.' } };
        const id = state.deployments.length + 1;
        const deployment = { id, description: null, environment: 'production', ...body };
        state.deployments.push(deployment);
        return { status: 201, body: deployment };
      },
    ],
    [
      'GET /deployments',
      ({ query }) => ({
        status: 200,
        body: state.deployments.filter((item) => item.environment === query.get('environment')).reverse(),
      }),
    ],
    [
      'POST /deployments/(\\d+)/statuses',
      ({ parameters: [id], body }) => {
        if (!state.deployments.some((item) => item.id === Number(id))) return notFound;
        if (tooLong(body.description, limitsOf.description))
          return invalid('DeploymentStatus', 'description', 'is too long');
        const status = { id: state.statuses.length + 1, deployment: Number(id), ...body };
        state.statuses.push(status);
        return { status: 201, body: status };
      },
    ],
    [
      'GET /deployments/(\\d+)/statuses',
      ({ parameters: [id] }) => ({
        status: 200,
        body: state.statuses.filter((item) => item.deployment === Number(id)).reverse(),
      }),
    ],
  ];
}

function eventRoutes(state: GitHubServer['state'], repository: string): readonly Route[] {
  return [
    [
      'POST /dispatches',
      ({ body }) => {
        const payload = (body.client_payload ?? {}) as Data;
        if (tooLong(body.event_type, 100)) return invalid('Dispatch', 'event_type', 'is too long');
        if (Object.keys(payload).length > 10)
          return { status: 422, body: { message: 'No more than 10 properties are allowed; 11 were supplied.' } };
        state.dispatches.push({ kind: 'repository', name: body.event_type, payload });
        return { status: 204 };
      },
    ],
    [
      'POST /actions/workflows/([^/]+)/dispatches',
      ({ parameters: [name], body }) => {
        const inputs = (body.inputs ?? {}) as Data;
        if (typeof body.ref !== 'string') return { status: 422, body: { message: '"ref" wasn\'t supplied.' } };
        if (Object.keys(inputs).length > 25) return { status: 422, body: { message: 'Too many inputs' } };
        if (Object.values(inputs).some((value) => typeof value !== 'string'))
          return { status: 422, body: { message: 'For inputs, values are not strings.' } };
        state.dispatches.push({ kind: 'workflow', name, ref: body.ref, payload: inputs });
        return { status: 204 };
      },
    ],
    [
      'POST /releases',
      ({ body }) => {
        if (state.releases.some((item) => item.tag_name === body.tag_name))
          return {
            status: 422,
            body: {
              message: 'Validation Failed',
              errors: [{ resource: 'Release', code: 'already_exists', field: 'tag_name' }],
            },
          };
        const id = state.releases.length + 1;
        const release = {
          id,
          ...body,
          html_url: `https://github.com/${repository}/releases/tag/${String(body.tag_name)}`,
        };
        state.releases.push(release);
        return { status: 201, body: release };
      },
    ],
  ];
}
