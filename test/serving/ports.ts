/** Ports over real adapters for serving and rollout tests; what a test does not need throws. */

import { createClock } from '../../src/adapters/clock.ts';
import { createFiles } from '../../src/adapters/files.ts';
import { createHasher } from '../../src/adapters/hasher/hasher.ts';
import { createHttp } from '../../src/adapters/http.ts';
import { createObjectStoreOpener } from '../../src/adapters/object-store/open.ts';
import { createProcess } from '../../src/adapters/process.ts';
import { createHttpServer } from '../../src/adapters/serving/http-server.ts';
import { createModelRuntime } from '../../src/adapters/serving/model-runtime.ts';
import type { Git } from '../../src/ports/git.ts';
import type { Ports } from '../../src/ports/ports.ts';

export interface Messages {
  readonly lines: string[];
}

export function createTestPorts(root: string, over: Partial<Ports> = {}): Ports & Messages {
  const lines: string[] = [];
  const say = (text: string): void => void lines.push(text);
  const unused = (name: string) => (): never => {
    throw new Error(`this test has no ${name}`);
  };
  const runtime = createModelRuntime({ root, loadNative: (name) => import(name) });
  return {
    lines,
    files: createFiles(root),
    hasher: createHasher({ root }),
    process: createProcess({ root }),
    http: createHttp(),
    clock: createClock(),
    progress: {
      start: (title) => ({ advance: () => {}, note: say, done: (text) => say(text ?? title) }),
      info: say,
      warn: say,
      debug: () => {},
      group: (_title, body) => body(),
    },
    environment: { actions: undefined, actor: 'tester', tool: 'mlops-kit/0.0.0', variable: () => undefined },
    git: new Proxy({} as Git, { get: (_target, name) => unused(`git.${String(name)}`) }),
    openObjectStore: createObjectStoreOpener({ root }),
    tables: unused('tables'),
    forge: unused('forge'),
    artifacts: unused('artifacts'),
    modelRuntime: () => runtime,
    httpServer: async () => createHttpServer(),
    ...over,
  };
}
