/** The bundle of ports a command gets; shell/compose builds it, tests build it from fakes. */

import type { Artifacts } from './artifacts.ts';
import type { Clock } from './clock.ts';
import type { Environment } from './environment.ts';
import type { Files } from './files.ts';
import type { Forge } from './forge.ts';
import type { Git } from './git.ts';
import type { Hasher } from './hasher.ts';
import type { Http } from './http.ts';
import type { HttpServer } from './http-server.ts';
import type { OpenObjectStore } from './object-store.ts';
import type { Process } from './process.ts';
import type { Progress } from './progress.ts';
import type { ModelRuntime } from './serving.ts';
import type { Tables } from './tables.ts';

/** Ports that cost something to open are functions, called by the command that needs them; each opens once. */
export interface Ports {
  readonly files: Files;
  readonly hasher: Hasher;
  readonly process: Process;
  readonly http: Http;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly environment: Environment;
  readonly git: Git;
  readonly openObjectStore: OpenObjectStore;
  tables(): Promise<Tables>;
  forge(): Promise<Forge>;
  artifacts(): Promise<Artifacts>;
  modelRuntime(): Promise<ModelRuntime>;
  httpServer(): Promise<HttpServer>;
}
