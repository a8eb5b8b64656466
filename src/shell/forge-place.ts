/** Decides which forge a command talks to: GitHub by token, or the embedded one. */

import { KitError } from '../base/errors.ts';

export type ForgePlace =
  | { readonly kind: 'github'; readonly token: string; readonly repository: string; readonly apiUrl: string }
  | { readonly kind: 'local'; readonly repository: string };

export interface ForgeFacts {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly token: string | undefined;
  readonly remoteUrl: string | undefined;
  /** Name of the work tree's folder, for a repository without remote. */
  readonly folder: string;
}

/**
 * In Actions it is GitHub. Elsewhere the remote decides: a repository on the GitHub server is GitHub, all else the embedded forge.
 *
 * @throws KitError `forge-no-token`
 */
export function decideForgePlace(facts: ForgeFacts): ForgePlace {
  const { variables } = facts;
  const server = variables.GITHUB_SERVER_URL || 'https://github.com';
  const inActions = variables.GITHUB_ACTIONS === 'true';
  const repository = inActions ? variables.GITHUB_REPOSITORY : repositoryOnServer(facts.remoteUrl, server);
  if (!repository) {
    const name = facts.remoteUrl
      ?.replace(/(\/|\.git)+$/, '')
      .split(/[/:]/)
      .at(-1);
    return { kind: 'local', repository: `local/${name || facts.folder}` };
  }
  if (!facts.token) {
    throw new KitError('forge-no-token', `Cannot reach GitHub for repository "${repository}": there is no token`, {
      hint: inActions
        ? 'Give the input github-token.'
        : 'Set GITHUB_TOKEN, for example to the output of `gh auth token`.',
    });
  }
  return { kind: 'github', token: facts.token, repository, apiUrl: apiUrlOf(variables, server) };
}

/** `owner/name` of a remote on the server, by https, ssh or the short ssh form. */
function repositoryOnServer(remoteUrl: string | undefined, server: string): string | undefined {
  if (remoteUrl === undefined || !URL.canParse(server)) return undefined;
  const host = new URL(server).hostname.replaceAll('.', '\\.');
  const match = new RegExp(
    `^(?:(?:https?|ssh|git)://(?:[^@/]+@)?${host}(?::\\d+)?/|[^@/]+@${host}:)([^/]+/[^/]+?)(?:\\.git)?/?$`,
  ).exec(remoteUrl);
  return match?.[1];
}

function apiUrlOf(variables: ForgeFacts['variables'], server: string): string {
  if (variables.GITHUB_API_URL) return variables.GITHUB_API_URL;
  return server === 'https://github.com' ? 'https://api.github.com' : `${server}/api/v3`;
}
