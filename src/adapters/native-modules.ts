/** Finds a library with a native part: in node_modules, in the tool cache, or fetched once from the npm registry by pinned digest. */

import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { KitError, messageOf } from '../base/errors.ts';
import type { NativeLoader, NativeModuleName } from '../ports/native-modules.ts';
import { type NativePackage, nativePackages } from './native-versions.ts';

export interface NativeLoaderOptions {
  /** The working directory, whose node_modules is looked at after the kit's own. */
  readonly root: string;
  /** RUNNER_TOOL_CACHE; default: `~/.cache/mlops-kit`. */
  readonly toolCache?: string;
  /** Whether a library that is nowhere may be fetched. */
  readonly download: boolean;
  /** Base URL of the npm registry; http only on loopback. */
  readonly registry?: string;
  /** Folders whose node_modules are searched; default: the kit's and the working directory's. */
  readonly searchFrom?: readonly string[];
  readonly packages?: Readonly<Record<string, NativePackage>>;
}

type Settings = Required<NativeLoaderOptions>;

/** Each library is loaded once per loader; a failed load may be tried again. */
export function createNativeLoader(options: NativeLoaderOptions): NativeLoader {
  const settings: Settings = {
    toolCache: join(homedir(), '.cache', 'mlops-kit'),
    registry: 'https://registry.npmjs.org',
    searchFrom: [import.meta.dirname, options.root],
    packages: nativePackages,
    ...options,
  };
  const loaded = new Map<NativeModuleName, Promise<unknown>>();
  return (name) => {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const loading = load(name, settings);
    loaded.set(name, loading);
    loading.catch(() => loaded.delete(name));
    return loading;
  };
}

async function load(name: NativeModuleName, settings: Settings): Promise<unknown> {
  const pinned = pinOf(name, settings);
  const failures: string[] = [];
  for (const folder of settings.searchFrom) {
    try {
      return requireFrom(folder, name, pinned.version);
    } catch (error) {
      failures.push(firstLine(error));
    }
  }
  const cached = join(settings.toolCache, ...name.split('/'), pinned.version);
  if (!(await exists(cached))) {
    if (!settings.download) throw missing(name, pinned.version, failures.at(-1) ?? 'it is not installed');
    await fetchInto(name, cached, settings);
  }
  try {
    return requireFrom(cached, name, pinned.version);
  } catch (cause) {
    throw missing(name, pinned.version, firstLine(cause), cause);
  }
}

/** A library of another major version has another interface, so it counts as absent. */
function requireFrom(folder: string, name: string, version: string): unknown {
  const require = createRequire(join(folder, 'resolve-from-here.js'));
  const found = require(`${name}/package.json`) as { readonly version: string };
  if (majorOf(found.version) !== majorOf(version)) throw new Error(`found version ${found.version}, need ${version}`);
  return require(name);
}

/** Unpacks into a temporary folder beside the final one and renames, so that a killed or parallel job leaves nothing half. */
async function fetchInto(name: NativeModuleName, folder: string, settings: Settings): Promise<void> {
  const temporary = join(dirname(folder), `.${randomUUID()}.tmp`);
  try {
    for (const part of partsOf(name)) await fetchPackage(part, join(temporary, 'node_modules', part), settings);
    await rename(temporary, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function fetchPackage(name: string, folder: string, settings: Settings): Promise<void> {
  const pinned = pinOf(name, settings);
  const url = `${settings.registry.replace(/\/+$/, '')}/${name}/-/${name.split('/').at(-1)}-${pinned.version}.tgz`;
  const bytes = await download(url);
  const digest = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (digest !== pinned.integrity) {
    throw new KitError('native-damaged', `Cannot use package "${name}": its SHA-512 differs from the pinned one`, {
      hint: 'Check the registry or proxy between this machine and npm; nothing was unpacked.',
    });
  }
  await mkdir(folder, { recursive: true });
  const archive = join(folder, '.package.tgz');
  await writeFile(archive, bytes);
  await promisify(execFile)('tar', ['-xzf', archive, '-C', folder, '--strip-components=1']).catch((cause: unknown) => {
    throw new KitError('native-missing', `Cannot unpack package "${name}": ${firstLine(cause)}`, {
      hint: 'Install tar, or add the package to node_modules.',
      cause,
    });
  });
  await rm(archive);
}

async function download(url: string): Promise<Uint8Array> {
  const { protocol, hostname } = new URL(url);
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol !== 'https:' && !loopback) {
    throw new KitError('native-missing', `Cannot fetch "${url}": only https is allowed`, {
      hint: 'Use a registry with https.',
    });
  }
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(300_000) });
    if (!response.ok) throw new Error(`the registry answered ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause !== undefined ? messageOf(cause.cause) : messageOf(cause);
    throw new KitError('native-missing', `Cannot fetch "${url}": ${reason}`, {
      hint: 'Check the network, or install the package into node_modules with npm.',
      cause,
    });
  }
}

/** The packages that make up a library on this platform. */
function partsOf(name: NativeModuleName): readonly string[] {
  if (name === 'onnxruntime-node') return ['onnxruntime-node', 'onnxruntime-common'];
  return ['@duckdb/node-api', '@duckdb/node-bindings', 'detect-libc', `@duckdb/node-bindings-${platformName()}`];
}

function platformName(): string {
  const base = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return base;
  // The report would else look up the name of every open socket.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime === undefined ? `${base}-musl` : base;
}

function pinOf(name: string, settings: Settings): NativePackage {
  const pinned = settings.packages[name];
  if (pinned !== undefined) return pinned;
  throw new KitError(
    'native-missing',
    `Cannot load library "${name}": there is no build for ${process.platform} ${process.arch}`,
    {
      hint: 'Run on Linux, macOS or Windows, x64 or arm64.',
    },
  );
}

function missing(name: string, version: string, reason: string, cause?: unknown): KitError {
  return new KitError('native-missing', `Cannot load library "${name}": ${reason}`, {
    hint: `Run \`npm install ${name}@${version}\`, or allow the download (the default in Actions).`,
    ...(cause === undefined ? {} : { cause }),
  });
}

function majorOf(version: string): string {
  return version.split('.')[0]!;
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n')[0]!;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
