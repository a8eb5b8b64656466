/** Converts what octokit throws into the KitError a user can act on, without the token in any message. */

import { RequestError } from 'octokit';
import { KitError, messageOf } from '../../base/errors.ts';

export interface Attempt {
  /** For the message, for example `create comment on #12`. */
  readonly what: string;
  /** Workflow permission the request needs, for example `pull-requests: write`; used when GitHub's header does not say. */
  readonly permission: string;
  readonly token: string;
}

/** Runs a request and maps its failure. */
export async function attempt<T>(action: Attempt, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw convertError(error, action);
  }
}

function convertError(error: unknown, action: Attempt): Error {
  if (error instanceof KitError) return error;
  if (!(error instanceof RequestError)) return isNetworkError(error) ? unreachable(error, action) : (error as Error);
  if (error.response === undefined) return unreachable(error, action);
  const reason = scrub(reasonOf(error), action.token);
  const headers = error.response.headers as Readonly<Record<string, string | undefined>>;
  const cannot = `Cannot ${action.what}:`;
  if (error.status === 401)
    return new KitError('forge-forbidden', `${cannot} GitHub does not accept the token (401: ${reason})`, {
      hint: 'Give a valid token by input github-token; in Actions the default is the token of the job.',
    });
  if (error.status === 429 || isRateLimit(error, headers)) return rateLimited(cannot, reason, headers);
  if (error.status === 403) return forbidden(cannot, reason, action, headers);
  if (error.status === 404 || error.status === 410)
    return new KitError('forge-not-found', `${cannot} not found (${error.status}: ${reason})`, {
      hint: `GitHub also says 404 when the token may not see the repository; the job needs permission ${permissionOf(headers, action)}.`,
    });
  if (error.status >= 500)
    return new KitError('forge-unreachable', `${cannot} GitHub answered ${error.status} again and again (${reason})`, {
      hint: 'Run the job again; https://www.githubstatus.com tells about outages.',
    });
  return new KitError('forge-rejected', `${cannot} GitHub answered ${error.status}: ${reason}`);
}

function unreachable(error: unknown, action: Attempt): KitError {
  const reason = scrub(messageOf(error), action.token);
  return new KitError('forge-unreachable', `Cannot ${action.what}: no connection to GitHub (${reason})`, {
    hint: 'Check the network and GITHUB_API_URL, then run the command again.',
  });
}

function forbidden(
  cannot: string,
  reason: string,
  action: Attempt,
  headers: Readonly<Record<string, string | undefined>>,
): KitError {
  const permission = permissionOf(headers, action);
  return new KitError('forge-forbidden', `${cannot} the token lacks permission ${permission} (403: ${reason})`, {
    hint: `Add "${permission}" to the permissions of the job. A pull request from a fork never gets write permission: post from a workflow_run job.`,
  });
}

function rateLimited(cannot: string, reason: string, headers: Readonly<Record<string, string | undefined>>): KitError {
  const reset = Number(headers['x-ratelimit-reset']);
  const until = Number.isFinite(reset) && reset > 0 ? ` until ${new Date(reset * 1000).toISOString()}` : '';
  return new KitError('forge-unreachable', `${cannot} GitHub's rate limit is reached${until} (${reason})`, {
    hint: 'Run the job again after that time.',
  });
}

function isRateLimit(error: RequestError, headers: Readonly<Record<string, string | undefined>>): boolean {
  return error.status === 403 && (headers['x-ratelimit-remaining'] === '0' || /\brate limit\b/i.test(error.message));
}

/** GitHub's `X-Accepted-GitHub-Permissions` is `issues=write; pull_requests=write`: `;` is or, `,` is and. */
function permissionOf(headers: Readonly<Record<string, string | undefined>>, action: Attempt): string {
  const accepted = headers['x-accepted-github-permissions'];
  if (accepted === undefined || !/^[a-z_=;, ]+$/.test(accepted)) return action.permission;
  return accepted
    .split(';')
    .map((all) =>
      all
        .split(',')
        .map((one) => one.trim().replaceAll('_', '-').replace('=', ': '))
        .join(' and '),
    )
    .join(' or ');
}

/** GitHub's own message with the reasons of a 422, without the documentation link. */
function reasonOf(error: RequestError): string {
  const data: unknown = error.response?.data;
  if (typeof data !== 'object' || data === null || !('message' in data)) return oneLine(error.message);
  const errors = 'errors' in data && Array.isArray(data.errors) ? data.errors : [];
  const details = errors.map((item: unknown) => {
    if (typeof item !== 'object' || item === null) return String(item);
    const { resource, field, code, message } = item as Record<string, unknown>;
    return [resource, field, message ?? code].filter((part) => typeof part === 'string').join(' ');
  });
  return oneLine([String(data.message), ...details].join('; '));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 500);
}

function scrub(text: string, token: string): string {
  return token === '' ? text : text.replaceAll(token, '***');
}

function isNetworkError(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
