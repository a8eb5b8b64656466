/** dvc.lock (schema 2.0): what each stage of a pipeline read and wrote when it last ran. */

import { z } from 'zod';
import { byCodePoint } from '../base/code-points.ts';
import { KitError } from '../base/errors.ts';
import { DvcEntry } from './dvc-entry.ts';
import { formatDvcYaml } from './dvc-yaml-text.ts';
import { isPythonMap, type PythonMap, type PythonValue, parsePythonYaml } from './python-value.ts';
import { parseYaml } from './yaml-document.ts';

const LockStageShape = z.looseObject({
  cmd: z.union([z.string(), z.array(z.string())]),
  deps: z.array(DvcEntry).optional(),
  params: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  outs: z.array(DvcEntry).optional(),
});

const LockShape = z.looseObject({
  schema: z.literal('2.0'),
  stages: z.record(z.string(), LockStageShape).nullish(),
});

export interface LockStage {
  readonly cmd: string | readonly string[];
  readonly deps: readonly DvcEntry[];
  /** File to dotted key to value. */
  readonly params: Readonly<Record<string, PythonMap>>;
  readonly outs: readonly DvcEntry[];
}

export interface DvcLock {
  /** By expanded stage name, in file order. */
  readonly stages: ReadonlyMap<string, LockStage>;
  /** The whole file, so that what is not replaced is written back as it was. */
  readonly root: PythonMap;
}

const format = { code: 'dvc-lock', noun: 'lock file' };

/** @throws KitError `dvc-lock-*` */
export function parseDvcLock(text: string, path: string): DvcLock {
  if (text.trim() === '') return emptyLock;
  const { value } = parseYaml(text, path, {
    ...format,
    schema: LockShape,
    hint: 'Run the pipeline again to write it anew.',
  });
  const root = parsePythonYaml(text, path, format);
  if (!isPythonMap(root)) throw new KitError('dvc-lock-invalid', `Cannot read lock file "${path}": it is no mapping`);
  const stages = new Map<string, LockStage>();
  for (const [name, stage] of Object.entries(value.stages ?? {})) {
    const params = at(at(at(root, 'stages'), name), 'params');
    stages.set(name, {
      cmd: stage.cmd,
      deps: stage.deps ?? [],
      params: (isPythonMap(params) ? params : {}) as Readonly<Record<string, PythonMap>>,
      outs: stage.outs ?? [],
    });
  }
  return { stages, root };
}

export const emptyLock: DvcLock = { stages: new Map(), root: {} };

function at(value: PythonValue | undefined, key: string): PythonValue | undefined {
  return isPythonMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The lock with the given stages replaced in place, or added at the end in their order. */
export function formatDvcLock(lock: DvcLock, changed: ReadonlyMap<string, PythonMap>): string {
  const { schema: _schema, stages, ...others } = lock.root;
  const known = isPythonMap(stages) ? stages : {};
  const merged = { ...known, ...Object.fromEntries(changed) };
  return formatDvcYaml({ schema: '2.0', ...others, stages: merged });
}

export interface LockEntryInput {
  readonly path: string;
  readonly md5: string;
  readonly size: number;
  readonly nfiles?: number | undefined;
  readonly isexec?: boolean | undefined;
}

export interface LockStageInput {
  readonly cmd: string | readonly string[];
  readonly deps: readonly LockEntryInput[];
  readonly params: Readonly<Record<string, PythonMap>>;
  readonly outs: readonly LockEntryInput[];
}

/** One stage's entry: deps and outs by path, params.yaml before other parameter files, keys sorted. */
export function lockStageMap(stage: LockStageInput): PythonMap {
  const files = Object.keys(stage.params).sort(byCodePoint);
  const ordered = [
    ...files.filter((file) => file === 'params.yaml'),
    ...files.filter((file) => file !== 'params.yaml'),
  ];
  return {
    cmd: stage.cmd,
    ...(stage.deps.length === 0 ? {} : { deps: entryMaps(stage.deps) }),
    ...(files.length === 0
      ? {}
      : { params: Object.fromEntries(ordered.map((file) => [file, sortedKeys(stage.params[file]!)])) }),
    ...(stage.outs.length === 0 ? {} : { outs: entryMaps(stage.outs) }),
  };
}

function entryMaps(entries: readonly LockEntryInput[]): readonly PythonMap[] {
  return [...entries]
    .sort((a, b) => byCodePoint(a.path, b.path))
    .map((entry) => ({
      path: entry.path,
      hash: 'md5',
      md5: entry.md5,
      size: entry.size,
      ...(entry.nfiles === undefined ? {} : { nfiles: entry.nfiles }),
      ...(entry.isexec === true ? { isexec: true } : {}),
    }));
}

function sortedKeys(map: PythonMap): PythonMap {
  return Object.fromEntries(
    Object.keys(map)
      .sort(byCodePoint)
      .map((key) => [key, map[key]!]),
  );
}
