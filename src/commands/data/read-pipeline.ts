/** Reads a pipeline: dvc.yaml with its variables filled in, and its dvc.lock. */

import { KitError } from '../../base/errors.ts';
import { joinRepoPath } from '../../base/repo-path.ts';
import { defaultParamsFile, resolveStages, type Stage } from '../../domain/pipeline/stage.ts';
import { mergeVariables, type VariableSource } from '../../domain/pipeline/templating.ts';
import { type DvcLock, emptyLock, parseDvcLock } from '../../formats/dvc-lock.ts';
import { type DvcYaml, parseDvcYaml } from '../../formats/dvc-yaml.ts';
import { isPythonMap, type PythonMap, parsePythonYaml } from '../../formats/python-value.ts';
import type { DataPorts, DvcRepository } from './dvc-repository.ts';

export interface Pipeline {
  /** From the top of the repository. */
  readonly path: string;
  readonly lockPath: string;
  readonly file: DvcYaml;
  readonly stages: readonly Stage[];
  readonly lock: DvcLock;
}

type ReadPorts = Pick<DataPorts, 'files'>;

/** @throws KitError `pipeline-*`, `dvc-lock-*`, `params-*` */
export async function readPipeline(ports: ReadPorts, repository: DvcRepository, path: string): Promise<Pipeline> {
  const file = parseDvcYaml(await ports.files.readText(repository.at(path)), path);
  const directory = joinRepoPath(path, '..');
  const read = createParamsReader(ports, repository);
  const defaults = joinRepoPath(directory, defaultParamsFile);
  const shared: VariableSource[] = [];
  if (await ports.files.exists(repository.at(defaults))) shared.push({ name: defaults, values: await read(defaults) });
  shared.push(...(await readVariables(file.vars, directory, read, defaults)));
  const byStage = new Map<string, PythonMap>();
  const common = mergeVariables(shared);
  for (const [name, vars] of Object.entries(file.stageVars)) {
    const wdir = joinRepoPath(directory, file.stages[name]?.wdir ?? '.');
    const own = await readVariables(vars, wdir, read, defaults);
    byStage.set(name, own.length === 0 ? common : mergeVariables([{ name: 'vars', values: common }, ...own]));
  }
  const lockPath = path.replace(/\.ya?ml$/, '.lock');
  return {
    path,
    lockPath,
    file,
    stages: resolveStages(file, (stage) => byStage.get(stage) ?? common),
    lock: await readLock(ports, repository, lockPath),
  };
}

export async function readLock(ports: ReadPorts, repository: DvcRepository, path: string): Promise<DvcLock> {
  const absolute = repository.at(path);
  return (await ports.files.exists(absolute)) ? parseDvcLock(await ports.files.readText(absolute), path) : emptyLock;
}

export type ParamsReader = (path: string) => Promise<PythonMap>;

/** Reads parameter files, each once. */
export function createParamsReader(ports: ReadPorts, repository: DvcRepository): ParamsReader {
  const known = new Map<string, Promise<PythonMap>>();
  return (path) => {
    const reading = known.get(path) ?? readParams(ports, repository, path);
    known.set(path, reading);
    return reading;
  };
}

async function readParams(ports: ReadPorts, repository: DvcRepository, path: string): Promise<PythonMap> {
  if (!/\.(ya?ml|json)$/i.test(path)) {
    throw new KitError('params-unsupported', `Cannot read parameter file "${path}": only YAML and JSON are supported`, {
      hint: 'Move the parameters to params.yaml.',
      at: { path },
    });
  }
  const format = { code: 'params', noun: 'parameter file' };
  const value = parsePythonYaml(await ports.files.readText(repository.at(path)), path, format);
  if (isPythonMap(value)) return value;
  throw new KitError('params-malformed', `Cannot read parameter file "${path}": it is no mapping`, { at: { path } });
}

/** Entries of `vars`: files as `path` or `path:key1,key2`, and inline maps. */
async function readVariables(
  vars: readonly (string | PythonMap)[],
  directory: string,
  read: ParamsReader,
  defaults: string,
): Promise<readonly VariableSource[]> {
  const sources: VariableSource[] = [];
  for (const [index, item] of vars.entries()) {
    if (typeof item !== 'string') {
      sources.push({ name: `vars[${index}]`, values: item });
      continue;
    }
    const [file, keys] = splitOnce(item, ':');
    const path = joinRepoPath(directory, file);
    if (path === defaults) continue;
    const values = await read(path);
    const wanted = keys?.split(',').filter((key) => key !== '');
    sources.push({ name: path, values: wanted === undefined ? values : pick(values, wanted, item) });
  }
  return sources;
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

function pick(values: PythonMap, keys: readonly string[], item: string): PythonMap {
  return Object.fromEntries(
    keys.map((key) => {
      if (Object.hasOwn(values, key)) return [key, values[key]!];
      throw new KitError('pipeline-variable-unknown', `Cannot read variables "${item}": the file has no key "${key}"`);
    }),
  );
}
