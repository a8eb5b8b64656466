/** Ports over a real repository for tests: real git, files and hashing; everything else is refused or recorded. */

import { createClock } from '../../src/adapters/clock.ts';
import { createFiles } from '../../src/adapters/files.ts';
import { createGit } from '../../src/adapters/git/git.ts';
import { createHasher } from '../../src/adapters/hasher/hasher.ts';
import { createObjectStoreOpener } from '../../src/adapters/object-store/open.ts';
import type { ActionsRun } from '../../src/ports/environment.ts';
import type { Forge } from '../../src/ports/forge.ts';
import type { Git } from '../../src/ports/git.ts';
import type { Ports } from '../../src/ports/ports.ts';

export interface TestPorts extends Ports, AsyncDisposable {
  readonly warnings: string[];
}

export interface TestPortsOptions {
  readonly actor?: string;
  readonly actions?: ActionsRun;
  readonly git?: Git;
  readonly forge?: Forge;
  /** Real time by default. */
  readonly now?: () => Date;
}

const refuse = (name: string) => (): never => {
  throw new Error(`this test has no ${name}`);
};

export function createTestPorts(root: string, options: TestPortsOptions = {}): TestPorts {
  const warnings: string[] = [];
  const own =
    options.git === undefined
      ? createGit({ root, env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } })
      : undefined;
  const clock = createClock();
  return {
    warnings,
    files: createFiles(root),
    hasher: createHasher({ root }),
    process: { run: refuse('process'), shell: refuse('process') },
    http: { request: refuse('http') } as unknown as Ports['http'],
    httpServer: refuse('http server'),
    clock: { ...clock, now: options.now ?? clock.now },
    progress: {
      start: () => ({ advance: () => {}, note: () => {}, done: () => {} }),
      info: () => {},
      warn: (text) => void warnings.push(text),
      debug: () => {},
      group: (_, body) => body(),
    },
    environment: {
      actions: options.actions,
      actor: options.actor ?? 'ada',
      tool: 'mlops-kit/0.0.0-test',
      variable: () => undefined,
    },
    git: options.git ?? own!,
    openObjectStore: createObjectStoreOpener({ root }),
    tables: refuse('tables'),
    forge: options.forge === undefined ? refuse('forge') : async () => options.forge!,
    artifacts: refuse('artifacts'),
    modelRuntime: refuse('model runtime'),
    async [Symbol.asyncDispose]() {
      await own?.[Symbol.asyncDispose]();
    },
  };
}
