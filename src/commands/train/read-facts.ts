/** Gathers what decides about a stage: addresses of its inputs and outputs, its parameters, its entry in the lock. */

import { KitError } from '../../base/errors.ts';
import type { StageFacts } from '../../domain/pipeline/decide-stage.ts';
import { assertParams, selectParams } from '../../domain/pipeline/params.ts';
import type { Stage, StagePath } from '../../domain/pipeline/stage.ts';
import { type DvcEntry, isLegacyEntry } from '../../formats/dvc-entry.ts';
import type { LockStage } from '../../formats/dvc-lock.ts';
import type { PythonMap } from '../../formats/python-value.ts';
import type { DvcRepository } from '../data/dvc-repository.ts';
import type { HashedPath } from '../data/hash-path.ts';
import type { ParamsReader } from '../data/read-pipeline.ts';
import type { HashCache } from './hash-cache.ts';

export interface FactSources {
  readonly repository: DvcRepository;
  readonly hashes: HashCache;
  readonly params: ParamsReader;
  readonly exists: (path: string) => Promise<boolean>;
  /** Values that stand in no file, by the name a stage reads them under. */
  readonly given: ReadonlyMap<string, PythonMap>;
}

export interface ReadFacts {
  readonly facts: StageFacts;
  readonly deps: ReadonlyMap<string, HashedPath>;
}

/** @throws KitError `dep-missing`, `params-missing` */
export async function readFacts(stage: Stage, lock: LockStage | undefined, sources: FactSources): Promise<ReadFacts> {
  const deps = await hashAll(stage.deps, lock?.deps ?? [], sources.hashes);
  const outs = await hashAll(stage.outs, lock?.outs ?? [], sources.hashes);
  assertDeps(stage, deps.hashed);
  const params = await readStageParams(stage, sources);
  return {
    facts: { lock, deps: deps.addresses, outs: outs.addresses, params },
    deps: deps.hashed,
  };
}

async function hashAll(
  paths: readonly StagePath[],
  locked: readonly DvcEntry[],
  hashes: HashCache,
): Promise<{ readonly hashed: ReadonlyMap<string, HashedPath>; readonly addresses: ReadonlyMap<string, string> }> {
  const hashed = new Map<string, HashedPath>();
  const addresses = new Map<string, string>();
  const entries = new Map(locked.map((entry) => [entry.path, entry]));
  for (const { text, path } of paths) {
    const current = await hashes.get(path);
    if (current === undefined) continue;
    hashed.set(text, current);
    const entry = entries.get(text);
    const isOld = entry !== undefined && isLegacyEntry(entry) && entry.md5 !== current.md5;
    addresses.set(text, isOld ? ((await hashes.legacy(path))?.md5 ?? current.md5) : current.md5);
  }
  return { hashed, addresses };
}

function assertDeps(stage: Stage, hashed: ReadonlyMap<string, HashedPath>): void {
  const missing = stage.deps.filter((dep) => !hashed.has(dep.text));
  if (missing.length === 0 || stage.frozen) return;
  const problems = missing.map((dep) => ({
    code: 'dep-missing',
    message: `Cannot run stage "${stage.name}": its input "${dep.path}" is missing`,
    hint: 'Fetch it with mlops-kit sync-data pull, or correct the path in dvc.yaml.',
  }));
  throw new KitError('dep-missing', problems[0]!.message, { hint: problems[0]!.hint, problems });
}

/** @throws KitError `params-missing` when a file lacks a tracked key */
async function readStageParams(
  stage: Stage,
  sources: FactSources,
): Promise<ReadonlyMap<string, PythonMap | undefined>> {
  const found = new Map<string, PythonMap | undefined>();
  for (const { text, path, keys } of stage.params) {
    const given = sources.given.get(text);
    if (given === undefined && !(await sources.exists(path))) {
      throw new KitError('params-missing', `Cannot run stage "${stage.name}": parameter file "${path}" is missing`, {
        hint: 'Add the file, or remove it from dvc.yaml.',
      });
    }
    const values = selectParams(given ?? (await sources.params(path)), keys);
    assertParams(path, values, keys);
    found.set(text, values);
  }
  return found;
}
