/** Brings a pipeline up to date: each stage in order is skipped, restored from the cache, or run, and the lock written once. */

import { KitError, messageOf } from '../../base/errors.ts';
import { plural } from '../../base/text.ts';
import { objectKey } from '../../domain/data/object-key.ts';
import { decideStage, formatReason, type StageReason } from '../../domain/pipeline/decide-stage.ts';
import { orderStages } from '../../domain/pipeline/graph.ts';
import type { Stage, StageOut } from '../../domain/pipeline/stage.ts';
import {
  type DvcLock,
  formatDvcLock,
  type LockEntryInput,
  type LockStage,
  lockStageMap,
} from '../../formats/dvc-lock.ts';
import type { PythonMap } from '../../formats/python-value.ts';
import type { Ports } from '../../ports/ports.ts';
import { checkoutOutput } from '../data/checkout.ts';
import { type DvcRepository, initializeDvc } from '../data/dvc-repository.ts';
import { ignoreInGit } from '../data/git-ignore.ts';
import type { HashedPath } from '../data/hash-path.ts';
import { createParamsReader } from '../data/read-pipeline.ts';
import { storeInCache } from '../data/store-objects.ts';
import { createHashCache, type HashCache } from './hash-cache.ts';
import { type FactSources, type ReadFacts, readFacts } from './read-facts.ts';
import { runStage } from './run-stage.ts';

export interface PipelineToRun {
  readonly stages: readonly Stage[];
  readonly lock: DvcLock;
  /** From the top of the repository. */
  readonly lockPath: string;
  readonly given: ReadonlyMap<string, PythonMap>;
  /** Whether outputs are hidden from git, as DVC does. */
  readonly ignoresOutputs: boolean;
}

export interface ReproduceOptions {
  readonly targets: readonly string[];
  readonly force: boolean;
  readonly dryRun: boolean;
  /** Milliseconds for all stages together. */
  readonly timeout: number;
}

export interface StageOutcome {
  readonly stage: Stage;
  readonly status: 'unchanged' | 'restored' | 'ran' | 'would-run';
  readonly reasons: readonly StageReason[];
  readonly start: Date;
  readonly end: Date;
  readonly seconds: number;
  readonly deps: readonly LockEntryInput[];
  readonly params: Readonly<Record<string, PythonMap>>;
  readonly outs: readonly LockEntryInput[];
}

/** @throws KitError `stage-failed`, `dep-missing`, `output-missing`, `pipeline-*` */
export async function reproduce(
  ports: Ports,
  repository: DvcRepository,
  pipeline: PipelineToRun,
  options: ReproduceOptions,
): Promise<readonly StageOutcome[]> {
  const ordered = orderStages(pipeline.stages, options.targets);
  const hashes = createHashCache(ports, repository, () => {});
  const sources: FactSources = {
    repository,
    hashes,
    params: createParamsReader(ports, repository),
    exists: (path) => ports.files.exists(repository.at(path)),
    given: pipeline.given,
  };
  if (!options.dryRun) await initializeDvc(ports, repository);
  const run: Run = { ports, repository, pipeline, options, hashes, end: ports.clock.monotonic() + options.timeout };
  const outcomes: StageOutcome[] = [];
  const changed = new Map<string, PythonMap>();
  const stale = new Set<string>();
  const task = ports.progress.start('Pipeline', { total: ordered.length, unit: 'stages' });
  try {
    for (const stage of ordered) {
      task.note(stage.name);
      const outcome = await bringUpToDate(run, stage, sources, stale);
      outcomes.push(outcome);
      if (outcome.status === 'ran') changed.set(stage.name, lockStageMap({ ...outcome, cmd: stage.cmd }));
      task.advance(1);
    }
    task.done(`Pipeline: ${plural(changed.size, 'stage')} ran, ${outcomes.length - changed.size} up to date`);
  } catch (error) {
    task.done(`Pipeline stopped: ${messageOf(error).split('\n')[0]}`);
    throw error;
  } finally {
    // Stages that finished stay finished, whatever became of a later one.
    if (changed.size > 0) {
      await ports.files.write(repository.at(pipeline.lockPath), formatDvcLock(pipeline.lock, changed));
    }
  }
  return outcomes;
}

interface Run {
  readonly ports: Ports;
  readonly repository: DvcRepository;
  readonly pipeline: PipelineToRun;
  readonly options: ReproduceOptions;
  readonly hashes: HashCache;
  readonly end: number;
}

async function bringUpToDate(run: Run, stage: Stage, sources: FactSources, stale: Set<string>): Promise<StageOutcome> {
  const { ports, options } = run;
  const lock = run.pipeline.lock.stages.get(stage.name);
  const start = ports.clock.now();
  const clock = ports.clock.monotonic();
  const done = (outcome: Omit<StageOutcome, 'stage' | 'start' | 'end' | 'seconds'>): StageOutcome => ({
    ...outcome,
    stage,
    start,
    end: ports.clock.now(),
    seconds: (ports.clock.monotonic() - clock) / 1000,
  });
  if (options.dryRun && stage.deps.some((dep) => stale.has(dep.path))) {
    for (const out of stage.outs) stale.add(out.path);
    const reasons: StageReason[] = [{ kind: 'dep', what: 'of an earlier stage', change: 'modified' }];
    return done({ status: 'would-run', reasons, deps: [], params: {}, outs: [] });
  }
  const read = await readFacts(stage, lock, sources);
  const decision = decideStage(stage, read.facts);
  const reasons: readonly StageReason[] = options.force
    ? [...decision.reasons, { kind: 'stage', what: stage.name, change: 'forced' }]
    : decision.reasons;
  const inputs = { deps: depEntries(stage, read), params: paramsOf(read) };
  if (reasons.length === 0) return done({ status: 'unchanged', reasons, ...inputs, outs: lockedEntries(lock) });
  if (options.dryRun) {
    for (const out of stage.outs) stale.add(out.path);
    return done({ status: 'would-run', reasons, ...inputs, outs: [] });
  }
  if (!options.force && decision.onlyOutputs && (await restore(run, stage, lock!))) {
    return done({ status: 'restored', reasons, ...inputs, outs: lockedEntries(lock) });
  }
  const title = `Stage ${stage.name}: ${reasons.map(formatReason).join(', ')}`;
  await ports.progress.group(title, () =>
    runStage(ports, run.repository, stage, { timeout: run.end - ports.clock.monotonic() }),
  );
  return done({ status: 'ran', reasons, ...inputs, outs: await keepOutputs(run, stage) });
}

/** A stage whose inputs are those of the lock would write what the lock says: the cache may have it already. */
async function restore(run: Run, stage: Stage, lock: LockStage): Promise<boolean> {
  const { ports, repository, hashes } = run;
  const entries = new Map(lock.outs.map((entry) => [entry.path, entry]));
  const wanted: { readonly out: StageOut; readonly md5: string; readonly isExecutable: boolean }[] = [];
  for (const out of stage.outs) {
    const entry = entries.get(out.text);
    if (entry?.md5 === undefined || entry.hash === undefined) return false;
    if ((await hashes.get(out.path))?.md5 === entry.md5) continue;
    if (!out.cache || !(await isCached(repository, entry.md5))) return false;
    wanted.push({ out, md5: entry.md5, isExecutable: entry.isexec ?? false });
  }
  for (const { out, md5, isExecutable } of wanted) {
    const target = { path: out.path, md5, legacy: false, isExecutable };
    try {
      await checkoutOutput(ports, repository, target, { force: true });
    } catch (error) {
      // A folder whose files the cache has lost is made again by its stage.
      if (!(error instanceof KitError) || !['object-damaged', 'file-unwritable'].includes(error.code)) throw error;
      return false;
    } finally {
      hashes.forget(out.path);
    }
    if ((await hashes.get(out.path))?.md5 !== md5) return false;
  }
  return true;
}

async function isCached(repository: DvcRepository, md5: string): Promise<boolean> {
  const key = objectKey(md5);
  return (await repository.cache.has([key])).has(key);
}

/** Hashes, stores and hides what a stage wrote. @throws KitError `output-missing` */
async function keepOutputs(run: Run, stage: Stage): Promise<readonly LockEntryInput[]> {
  const { ports, repository, hashes, pipeline } = run;
  for (const out of stage.outs) hashes.forget(out.path);
  const written: { readonly out: StageOut; readonly hashed: HashedPath }[] = [];
  for (const out of stage.outs) {
    const hashed = await hashes.get(out.path);
    if (hashed === undefined) {
      throw new KitError('output-missing', `Cannot finish stage "${stage.name}": it did not write "${out.path}"`, {
        hint: 'Let the command write it, or remove it from the outputs in dvc.yaml.',
      });
    }
    written.push({ out, hashed });
  }
  for (const { out, hashed } of written) {
    if (!out.cache) continue;
    await storeInCache(ports, repository, out.path, hashed);
    if (pipeline.ignoresOutputs) await ignoreInGit(ports, repository, out.path, hashed.kind === 'directory');
  }
  return written.map(({ out, hashed }) => toEntry(out.text, hashed));
}

function depEntries(stage: Stage, read: ReadFacts): readonly LockEntryInput[] {
  return stage.deps.flatMap((dep) => {
    const hashed = read.deps.get(dep.text);
    return hashed === undefined ? [] : [toEntry(dep.text, hashed)];
  });
}

function toEntry(path: string, hashed: HashedPath): LockEntryInput {
  const { md5, size } = hashed;
  return hashed.kind === 'directory'
    ? { path, md5, size, nfiles: hashed.entries.length }
    : { path, md5, size, ...(hashed.isExecutable ? { isexec: true } : {}) };
}

function lockedEntries(lock: LockStage | undefined): readonly LockEntryInput[] {
  return (lock?.outs ?? []).flatMap(({ path, md5, size = 0, nfiles }) =>
    md5 === undefined ? [] : [{ path, md5, size, nfiles }],
  );
}

function paramsOf(read: ReadFacts): Readonly<Record<string, PythonMap>> {
  return Object.fromEntries(
    [...read.facts.params].flatMap(([file, values]) => (values === undefined ? [] : [[file, values]])),
  );
}
