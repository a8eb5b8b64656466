/** Decides where files between jobs go: the store of GitHub Actions inside a job, a folder elsewhere. */

import type { Artifacts } from '../../ports/artifacts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Environment } from '../../ports/environment.ts';
import { createActionsArtifacts } from './actions-artifacts.ts';
import { createFolderArtifacts } from './folder-artifacts.ts';

export interface ArtifactsOptions {
  /** Working directory; uploaded paths are under it. */
  readonly root: string;
  readonly clock: Clock;
  readonly environment: Environment;
  /** For artifacts of other runs; default: variable GITHUB_TOKEN. */
  readonly token?: string | undefined;
}

export function createArtifacts(options: ArtifactsOptions): Artifacts {
  return chooseArtifacts(options.environment) === 'actions'
    ? createActionsArtifacts(options)
    : createFolderArtifacts(options);
}

/** The runner gives ACTIONS_RUNTIME_TOKEN to JavaScript actions only; a `run:` step in a job has the folder. */
export function chooseArtifacts(environment: Environment): 'actions' | 'folder' {
  return environment.actions !== undefined && environment.variable('ACTIONS_RUNTIME_TOKEN') ? 'actions' : 'folder';
}
