/** Finds the DVC repository around the working directory, its config levels, its cache and its remotes. */

import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { KitError } from '../../base/errors.ts';
import { isInsideRepo } from '../../base/repo-path.ts';
import { nearestOf } from '../../base/text.ts';
import { objectKey } from '../../domain/data/object-key.ts';
import { type DvcConfigSections, mergeDvcConfig, parseDvcConfig } from '../../formats/dvc-config.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Ports } from '../../ports/ports.ts';

export type DataPorts = Pick<Ports, 'files' | 'hasher' | 'openObjectStore' | 'progress' | 'environment'>;

export interface DvcRepository {
  /** Absolute. */
  readonly root: string;
  readonly config: DvcConfigSections;
  readonly cacheDirectory: string;
  readonly cache: ObjectStore;
  /** Absolute form of a path from the top. */
  at(path: string): string;
  /** Path from the top of a path as the user wrote it. @throws KitError `data-outside` */
  pathOf(userPath: string): string;
  /** Where an object of the cache lies. */
  cachePath(oid: string, legacy?: boolean): string;
}

export async function openDvcRepository(ports: DataPorts): Promise<DvcRepository> {
  const root = await findRoot(ports);
  const config = await readConfig(ports, root);
  const cacheDirectory = config.get('cache')?.get('dir') ?? join(root, '.dvc', 'cache');
  return {
    root,
    config,
    cacheDirectory,
    cache: await ports.openObjectStore(cacheDirectory),
    at: (path) => join(root, path),
    pathOf(userPath) {
      const path = relative(root, ports.files.resolve(userPath)).split('\\').join('/');
      if (isInsideRepo(path) && path !== '') return path;
      throw new KitError('data-outside', `Cannot use path "${userPath}": it is outside of the repository "${root}"`, {
        hint: 'Name a file or folder inside the repository.',
      });
    },
    cachePath: (oid, legacy) => join(cacheDirectory, objectKey(oid, legacy)),
  };
}

/** The nearest folder with `.dvc`, up to the top of the git repository; else the working directory. */
async function findRoot(ports: DataPorts): Promise<string> {
  let directory = ports.files.root;
  for (;;) {
    if ((await ports.files.stat(join(directory, '.dvc')))?.kind === 'directory') return directory;
    const parent = dirname(directory);
    if (parent === directory || (await ports.files.exists(join(directory, '.git')))) return ports.files.root;
    directory = parent;
  }
}

/** What `dvc init` makes, as far as the data commands need it. */
export async function initializeDvc(ports: DataPorts, repository: DvcRepository): Promise<void> {
  const files: readonly (readonly [string, string])[] = [
    ['.dvc/.gitignore', '/config.local\n/tmp\n/cache\n'],
    ['.dvc/config', ''],
  ];
  for (const [path, text] of files) {
    if (!(await ports.files.exists(repository.at(path)))) await ports.files.write(repository.at(path), text);
  }
}

/** System, user, repository and local level; the later wins. */
async function readConfig(ports: DataPorts, root: string): Promise<DvcConfigSections> {
  const { environment } = ports;
  const home = environment.variable('HOME') ?? '/';
  const userConfig = environment.variable('XDG_CONFIG_HOME') ?? join(home, '.config');
  const paths = [
    '/etc/xdg/dvc/config',
    join(userConfig, 'dvc', 'config'),
    join(root, '.dvc', 'config'),
    join(root, '.dvc', 'config.local'),
  ];
  const levels: DvcConfigSections[] = [];
  for (const path of paths) {
    if (!(await ports.files.exists(path))) continue;
    const sections = parseDvcConfig(await ports.files.readText(path), path);
    levels.push(withAbsolutePaths(sections, dirname(path), home));
  }
  return mergeDvcConfig(levels);
}

/** Relative paths of a config file are relative to its folder. */
function withAbsolutePaths(sections: DvcConfigSections, directory: string, home: string): DvcConfigSections {
  const place = (value: string): string => {
    if (/^\w+:\/\//.test(value)) return value;
    const expanded = value === '~' || value.startsWith('~/') ? join(home, value.slice(1)) : value;
    return isAbsolute(expanded) ? expanded : resolve(directory, expanded);
  };
  const placed = [...sections].map(([name, entries]) => {
    const key = name.startsWith('remote ') ? 'url' : name === 'cache' ? 'dir' : undefined;
    const mapped = [...entries].map(([one, value]) => [one, one === key ? place(value) : value] as const);
    return [name, new Map(mapped)] as const;
  });
  return new Map(placed);
}

export interface Remote {
  readonly name: string;
  readonly store: ObjectStore;
}

/**
 * Opens a remote by name; the default is `core.remote`.
 *
 * @throws KitError `remote-missing`, `remote-unknown`, `remote-unsupported`, `remote-unreachable`
 */
export async function openRemote(ports: DataPorts, repository: DvcRepository, wanted?: string): Promise<Remote> {
  const name = wanted ?? repository.config.get('core')?.get('remote');
  if (name === undefined || name === '') {
    throw new KitError('remote-missing', 'Cannot reach a data remote: .dvc/config names none', {
      hint: 'Add one: dvc remote add -d storage <url>, or write [core] remote and its section into .dvc/config.',
      at: { path: '.dvc/config' },
    });
  }
  return { name, store: await ports.openObjectStore(remoteUrl(repository.config, name, 0)) };
}

/** Whether the config names a default remote. */
export function hasDefaultRemote(repository: DvcRepository): boolean {
  return (repository.config.get('core')?.get('remote') ?? '') !== '';
}

function remoteUrl(config: DvcConfigSections, name: string, depth: number): string {
  const url = config.get(`remote "${name}"`)?.get('url');
  if (url === undefined) {
    const known = [...config.keys()].flatMap((key) => /^remote "(.*)"$/.exec(key)?.[1] ?? []);
    const nearest = nearestOf(name, known);
    throw new KitError('remote-unknown', `Cannot open remote "${name}": .dvc/config has no such remote`, {
      hint: nearest === undefined ? `Known remotes: ${known.join(', ') || 'none'}.` : `Did you mean "${nearest}"?`,
      at: { path: '.dvc/config' },
    });
  }
  const indirect = /^remote:\/\/([^/]+)(\/.*)?$/.exec(url);
  if (indirect === null) return url;
  if (depth > 10) throw new KitError('remote-unknown', `Cannot open remote "${name}": its url leads back to itself`);
  return `${remoteUrl(config, indirect[1]!, depth + 1)}${indirect[2] ?? ''}`;
}
