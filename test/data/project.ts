/** A project with real files, git, cache and folder remote for tests of the data commands. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createObjectStoreOpener } from '../../src/adapters/object-store/open.ts';
import { createProcess } from '../../src/adapters/process.ts';
import { command as syncData } from '../../src/commands/sync-data.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { createTestPorts, type TestPorts, type TestPortsOptions } from '../registry/ports.ts';
import { createYard, type Repository, type Yard } from '../registry/repositories.ts';

export interface Project extends AsyncDisposable {
  readonly root: string;
  readonly repository: Repository;
  readonly ports: TestPorts;
  readonly yard: Yard;
  /** Another clone of the same remote, with ports of its own. */
  clone(name: string): Promise<Project>;
  text(path: string): string;
  has(path: string): boolean;
}

export function createDataPorts(root: string, options: TestPortsOptions = {}): TestPorts {
  const ports = createTestPorts(root, options);
  const added: Partial<Ports> = {
    process: createProcess({ root }),
    openObjectStore: createObjectStoreOpener({ root }),
  };
  return Object.assign(ports, added);
}

/** A clone of a yard whose data remote is the folder `store` beside it. */
export function createProject(files: Record<string, string> = {}, options: TestPortsOptions = {}): Project {
  const yard = createYard();
  const store = join(yard.root, 'store');
  const project = openProject(yard, yard.clone('work'), options);
  project.repository.commit({
    '.dvc/config': `[core]\n    remote = storage\n['remote "storage"']\n    url = ${store}\n`,
    '.dvc/.gitignore': '/config.local\n/tmp\n/cache\n',
    '.gitignore': '/.mlops/\n',
    ...files,
  });
  project.repository.git('push', '--quiet', 'origin', 'main');
  return project;
}

function openProject(yard: Yard, repository: Repository, options: TestPortsOptions): Project {
  const ports = createDataPorts(repository.root, options);
  return {
    root: repository.root,
    repository,
    ports,
    yard,
    clone: async (name) => openProject(yard, yard.clone(name), options),
    text: (path) => readFileSync(join(repository.root, path), 'utf8'),
    has: (path) => existsSync(join(repository.root, path)),
    async [Symbol.asyncDispose]() {
      await ports[Symbol.asyncDispose]();
      await yard[Symbol.asyncDispose]();
    },
  };
}

const common = { config: 'mlops.yaml', 'dry-run': false };

/** Runs `sync-data` as the shell would, inputs parsed by their schema. */
export function sync(project: Project, operation: string, inputs: Record<string, unknown> = {}) {
  return syncData.run(project.ports, {
    ...common,
    ...syncData.inputs.parse({ operation, ...inputs }),
    ...inputs,
  } as never);
}
