/** Builds the ports for one run of a command from its process: adapters, token, test settings; what costs something opens when asked for. */

import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createClock } from '../adapters/clock.ts';
import { readEnvironment } from '../adapters/environment.ts';
import { createFiles } from '../adapters/files.ts';
import { createGit } from '../adapters/git/git.ts';
import { createHasher } from '../adapters/hasher/hasher.ts';
import { createHttp } from '../adapters/http.ts';
import { createObjectStoreOpener } from '../adapters/object-store/open.ts';
import { createProcess } from '../adapters/process.ts';
import { createProgress } from '../adapters/progress.ts';
import { KitError } from '../base/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Environment } from '../ports/environment.ts';
import type { Forge } from '../ports/forge.ts';
import type { Git } from '../ports/git.ts';
import type { NativeLoader } from '../ports/native-modules.ts';
import type { Ports } from '../ports/ports.ts';
import type { OpenPorts } from './execute.ts';
import { decideForgePlace } from './forge-place.ts';
import { gitCredentials } from './git-credentials.ts';
import { readTestSettings } from './test-settings.ts';
import { version } from './version.ts';

type Variables = Readonly<Record<string, string | undefined>>;

export interface ComposeOptions {
  readonly variables: Variables;
  readonly directory: string;
  readonly workingDirectory: string;
  readonly verbose: boolean;
  readonly stderr: (text: string) => void;
  readonly terminal: boolean;
  readonly columns: () => number;
  /** Input `github-token` of an action; else GITHUB_TOKEN or GH_TOKEN. */
  readonly token?: string;
}

/** @throws KitError `directory-missing`, `test-settings-refused` */
export async function composePorts(options: ComposeOptions): Promise<OpenPorts> {
  const { variables } = options;
  const root = resolve(options.directory, options.workingDirectory);
  if (!existsSync(root)) {
    throw new KitError(
      'directory-missing',
      `Cannot work in folder "${options.workingDirectory}": there is no such folder`,
      {
        hint: 'Correct --working-directory.',
      },
    );
  }
  const test = readTestSettings(variables);
  const clock = createClock(test);
  const environment = readEnvironment({ variables, user: userName(), version });
  const inActions = environment.actions !== undefined;
  const progress = createProgress({
    mode: inActions ? 'actions' : options.terminal ? 'terminal' : 'plain',
    write: options.stderr,
    monotonic: clock.monotonic,
    columns: options.columns,
    verbose: options.verbose,
  });
  if (test.warning !== undefined) progress.warn(test.warning);
  const token = options.token || variables.GITHUB_TOKEN || variables.GH_TOKEN || undefined;
  const git = createGit({ root, env: inActions && token ? credentials(token, variables) : {} });
  const lazy = lazyPorts({ root, variables, clock, environment, git, token });
  const ports: Ports = {
    files: createFiles(root),
    hasher: createHasher({ root }),
    process: createProcess({ root, environment: withoutTokens(variables) }),
    http: createHttp(),
    clock,
    progress,
    environment,
    git,
    openObjectStore: createObjectStoreOpener({ root }),
    ...lazy.ports,
  };
  return {
    ports,
    [Symbol.asyncDispose]: async () => {
      await lazy.close();
      await git[Symbol.asyncDispose]();
    },
  };
}

interface LazyOptions {
  readonly root: string;
  readonly variables: Variables;
  readonly clock: Clock;
  readonly environment: Environment;
  readonly git: Git;
  readonly token: string | undefined;
}

type LazyPorts = Pick<Ports, 'tables' | 'forge' | 'artifacts' | 'modelRuntime' | 'httpServer'>;

function lazyPorts(options: LazyOptions): { readonly ports: LazyPorts; close(): Promise<void> } {
  const { root, variables } = options;
  const native = once(async (): Promise<NativeLoader> => {
    const { createNativeLoader } = await import('../adapters/native-modules.ts');
    const toolCache =
      variables.RUNNER_TOOL_CACHE || join(variables.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mlops-kit');
    return createNativeLoader({ root, toolCache, download: true });
  });
  const tables = once(async () => {
    const { createTables } = await import('../adapters/tables/tables.ts');
    return createTables({ root, loadNative: await native() });
  });
  return {
    ports: {
      tables,
      forge: once(() => openForge(options)),
      artifacts: once(async () => {
        const { createArtifacts } = await import('../adapters/artifacts/artifacts.ts');
        return createArtifacts({ root, clock: options.clock, environment: options.environment, token: options.token });
      }),
      modelRuntime: once(async () => {
        const { createModelRuntime } = await import('../adapters/serving/model-runtime.ts');
        return createModelRuntime({ root, loadNative: await native() });
      }),
      httpServer: once(async () => {
        const { createHttpServer } = await import('../adapters/serving/http-server.ts');
        return createHttpServer();
      }),
    },
    close: async () => {
      if (tables.opened()) await (await tables()).close();
    },
  };
}

async function openForge({ root, variables, clock, git, token }: LazyOptions): Promise<Forge> {
  const remoteUrl = await git.remoteUrl();
  const place = decideForgePlace({ variables, token, remoteUrl, folder: basename(root) });
  if (place.kind === 'github') {
    const { createGitHubForge } = await import('../adapters/forge/github.ts');
    return createGitHubForge(place);
  }
  const { createLocalForge, localForgeDirectory } = await import('../adapters/forge/local.ts');
  const directory = localForgeDirectory({ top: await git.top(), remoteUrl });
  return createLocalForge({ directory, repository: place.repository, clock });
}

/** Opens at the first call; every later call gets the same. */
function once<T>(open: () => Promise<T>): (() => Promise<T>) & { opened(): boolean } {
  let opening: Promise<T> | undefined;
  const get = (): Promise<T> => {
    opening ??= open();
    return opening;
  };
  return Object.assign(get, { opened: () => opening !== undefined });
}

function credentials(token: string, variables: Variables): Record<string, string> {
  return gitCredentials(token, variables.GITHUB_SERVER_URL || 'https://github.com', variables);
}

/** Stage commands are the user's code: they get the environment they would get in a shell, but not the inputs of the action. */
function withoutTokens(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith('INPUT_')));
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a user id without an entry in the password file.
    return 'unknown';
  }
}
