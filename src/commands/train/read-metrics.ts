/** Reads the metrics files of a pipeline: those its stages name, and those dvc.yaml lists. */

import { KitError } from '../../base/errors.ts';
import { joinRepoPath } from '../../base/repo-path.ts';
import type { Stage } from '../../domain/pipeline/stage.ts';
import { type MetricsFile, type RunMetrics, readRunMetrics } from '../../domain/training/run-metrics.ts';
import { isPythonMap, parsePythonYaml } from '../../formats/python-value.ts';
import type { Ports } from '../../ports/ports.ts';
import type { DvcRepository } from '../data/dvc-repository.ts';
import type { ModelPipeline } from './pipeline-of-model.ts';

export interface ReadMetrics extends RunMetrics {
  readonly files: readonly string[];
}

/** @throws KitError `metrics-malformed`, `metrics-unsupported` */
export async function readMetrics(
  ports: Ports,
  repository: DvcRepository,
  pipeline: ModelPipeline,
  ran: readonly Stage[],
): Promise<ReadMetrics> {
  const listed = (pipeline.file?.metrics ?? []).map((path) =>
    joinRepoPath(joinRepoPath(pipeline.file!.path, '..'), path),
  );
  const named = ran.flatMap((stage) => stage.outs.filter((out) => out.kind === 'metric').map((out) => out.path));
  const files: MetricsFile[] = [];
  for (const path of new Set([...named, ...listed])) {
    if (!(await ports.files.exists(repository.at(path)))) continue;
    files.push({ path, values: await readValues(ports, repository, path) });
  }
  return { ...readRunMetrics(files), files: files.map((file) => file.path) };
}

async function readValues(ports: Ports, repository: DvcRepository, path: string): Promise<MetricsFile['values']> {
  if (!/\.(json|ya?ml)$/i.test(path)) {
    throw new KitError('metrics-unsupported', `Cannot read metrics file "${path}": only JSON and YAML are supported`, {
      hint: 'Let the stage write JSON.',
      at: { path },
    });
  }
  const text = await ports.files.readText(repository.at(path));
  const value = parsePythonYaml(text, path, { code: 'metrics', noun: 'metrics file' });
  if (isPythonMap(value)) return value;
  throw new KitError('metrics-malformed', `Cannot read metrics file "${path}": it is no mapping of names to numbers`, {
    at: { path },
  });
}
