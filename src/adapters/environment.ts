/** Converts the variables of the process into facts about the place a command runs in. */

import type { ActionsRun, Environment } from '../ports/environment.ts';

export interface EnvironmentOptions {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Login name of the operating system's user, used outside Actions. */
  readonly user: string;
  readonly version: string;
}

export function readEnvironment(options: EnvironmentOptions): Environment {
  const { variables } = options;
  const actions = variables.GITHUB_ACTIONS === 'true' ? readActionsRun(variables) : undefined;
  // A re-run is the act of whoever asked for it, not of who pushed first.
  const actor = variables.GITHUB_TRIGGERING_ACTOR || variables.GITHUB_ACTOR;
  return {
    actions,
    actor: actions !== undefined && actor ? actor : options.user,
    tool: `mlops-kit/${options.version}`,
    variable: (name) => variables[name],
  };
}

function readActionsRun(variables: Readonly<Record<string, string | undefined>>): ActionsRun {
  const server = variables.GITHUB_SERVER_URL || 'https://github.com';
  const repository = variables.GITHUB_REPOSITORY ?? '';
  const runId = variables.GITHUB_RUN_ID ?? '';
  const runAttempt = Number(variables.GITHUB_RUN_ATTEMPT || '1');
  return {
    runId,
    runAttempt,
    runUrl: `${server}/${repository}/actions/runs/${runId}${runAttempt > 1 ? `/attempts/${runAttempt}` : ''}`,
    workflow: variables.GITHUB_WORKFLOW ?? '',
    job: variables.GITHUB_JOB ?? '',
    eventName: variables.GITHUB_EVENT_NAME ?? '',
    eventPath: variables.GITHUB_EVENT_PATH || undefined,
    repository,
    sha: variables.GITHUB_SHA ?? '',
    ref: variables.GITHUB_REF ?? '',
  };
}
