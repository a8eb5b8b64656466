/** Lists what the repository tracks by content: outputs of .dvc files and of pipelines, with their addresses. */

import { join } from 'node:path';
import { KitError } from '../../base/errors.ts';
import { isInsideRepo, joinRepoPath, pathsOverlap } from '../../base/repo-path.ts';
import { createIgnoreRules, dvcIgnoreDefaults, type IgnoreFile } from '../../domain/data/ignore-rules.ts';
import { type DvcEntry, isLegacyEntry } from '../../formats/dvc-entry.ts';
import { parseDvcFile } from '../../formats/dvc-file.ts';
import type { DataPorts, DvcRepository } from './dvc-repository.ts';
import { readLock, readPipeline } from './read-pipeline.ts';

export interface TrackedOutput {
  /** From the top of the repository. */
  readonly path: string;
  /** Undefined for a stage that never ran. */
  readonly md5: string | undefined;
  readonly size: number;
  readonly files: number;
  readonly isExecutable: boolean;
  /** Hashed and stored as before DVC 3. */
  readonly legacy: boolean;
  readonly cached: boolean;
  readonly pushed: boolean;
  /** Remote of its own, instead of the default one. */
  readonly remote: string | undefined;
  /** The file that holds the address, and the stage in it. */
  readonly source: string;
  readonly stage: string | undefined;
}

/** All of the repository, or what overlaps the given paths (from the top). */
export async function readTrackedOutputs(
  ports: DataPorts,
  repository: DvcRepository,
  paths: readonly string[] = [],
): Promise<readonly TrackedOutput[]> {
  const sources = await findSources(ports, repository);
  const outputs: TrackedOutput[] = [];
  for (const source of sources) {
    if (source.endsWith('.dvc')) outputs.push(...(await readDvcFile(ports, repository, source)));
    else outputs.push(...(await readPipelineOutputs(ports, repository, source)));
  }
  if (paths.length === 0) return outputs;
  const wanted = paths.map((path) => path.replace(/\.dvc$/, ''));
  for (const [index, path] of wanted.entries()) {
    if (outputs.some((output) => pathsOverlap(output.path, path))) continue;
    throw new KitError('data-untracked', `Cannot find tracked data "${paths[index]}": no .dvc file or stage names it`, {
      hint: 'Track it with mlops-kit sync-data add.',
    });
  }
  return outputs.filter((output) => wanted.some((path) => pathsOverlap(output.path, path)));
}

/** .dvc and dvc.yaml files, not looking into what git or DVC ignore. */
async function findSources(ports: DataPorts, repository: DvcRepository): Promise<readonly string[]> {
  const found: string[] = [];
  const walk = async (directory: string, above: readonly IgnoreFile[]): Promise<void> => {
    const entries = await ports.files.entries(repository.at(directory));
    const own: IgnoreFile[] = [];
    for (const name of ['.gitignore', '.dvcignore']) {
      if (!entries.some((entry) => entry.name === name && entry.kind === 'file')) continue;
      own.push({ directory, text: await ports.files.readText(repository.at(join(directory, name))) });
    }
    const files = [...above, ...own];
    const rules = createIgnoreRules(files, [...dvcIgnoreDefaults, 'node_modules/', '.mlops/']);
    for (const { name, kind } of entries) {
      const path = directory === '' ? name : `${directory}/${name}`;
      if (kind === 'directory' && !rules.ignores(path, true)) await walk(path, files);
      else if (kind === 'file' && isSource(name)) found.push(path);
    }
  };
  await walk('', []);
  return found;
}

function isSource(name: string): boolean {
  return (name.endsWith('.dvc') && name !== '.dvc') || name === 'dvc.yaml';
}

async function readDvcFile(
  ports: DataPorts,
  repository: DvcRepository,
  source: string,
): Promise<readonly TrackedOutput[]> {
  const file = parseDvcFile(await ports.files.readText(repository.at(source)), source);
  const directory = joinRepoPath(joinRepoPath(source, '..'), file.wdir ?? '.');
  return file.outs.map((entry) =>
    toOutput(entry, { directory, source, cached: entry.cache ?? true, pushed: entry.push ?? true }),
  );
}

async function readPipelineOutputs(
  ports: DataPorts,
  repository: DvcRepository,
  source: string,
): Promise<readonly TrackedOutput[]> {
  try {
    const pipeline = await readPipeline(ports, repository, source);
    return pipeline.stages.flatMap((stage) => {
      const locked = new Map((pipeline.lock.stages.get(stage.name)?.outs ?? []).map((entry) => [entry.path, entry]));
      return stage.outs.map((out) =>
        toOutput(locked.get(out.text) ?? { path: out.text }, {
          directory: stage.directory,
          source: pipeline.lockPath,
          stage: stage.name,
          cached: out.cache,
          pushed: out.push,
        }),
      );
    });
  } catch (error) {
    // Loops are unknown to the stage reader, but their outputs stand in the lock under the expanded names.
    if (!(error instanceof KitError) || error.code !== 'pipeline-unsupported') throw error;
    ports.progress.warn(
      `${error.message}; its outputs are taken from the lock as cached, below the folder of dvc.yaml.`,
    );
    const lockPath = source.replace(/\.yaml$/, '.lock');
    const lock = await readLock(ports, repository, lockPath);
    const directory = joinRepoPath(source, '..');
    return [...lock.stages].flatMap(([stage, locked]) =>
      locked.outs.map((entry) => toOutput(entry, { directory, source: lockPath, stage, cached: true, pushed: true })),
    );
  }
}

interface Origin {
  readonly directory: string;
  readonly source: string;
  readonly stage?: string;
  readonly cached: boolean;
  readonly pushed: boolean;
}

function toOutput(entry: DvcEntry, origin: Origin): TrackedOutput {
  const path = joinRepoPath(origin.directory, entry.path);
  if (!isInsideRepo(path)) {
    throw new KitError('data-outside', `Cannot use output "${entry.path}": it is outside of the repository`, {
      at: { path: origin.source },
    });
  }
  if (/(^|\/)\.(git|dvc)(\/|$)/i.test(path)) {
    throw new KitError('data-outside', `Cannot use output "${entry.path}": it is a folder of git or DVC`, {
      at: { path: origin.source },
    });
  }
  if (entry.md5 === undefined && entry.files !== undefined) {
    throw new KitError('dvc-unsupported', `Cannot use output "${entry.path}": it is tracked by cloud versions`, {
      hint: 'Use a remote without version_aware.',
      at: { path: origin.source },
    });
  }
  return {
    path,
    md5: entry.md5,
    size: entry.size ?? 0,
    files: entry.nfiles ?? 1,
    isExecutable: entry.isexec ?? false,
    legacy: isLegacyEntry(entry),
    cached: origin.cached,
    pushed: origin.pushed,
    remote: entry.remote ?? undefined,
    source: origin.source,
    stage: origin.stage,
  };
}
