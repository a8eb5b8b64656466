/** `train`: brings a model's pipeline up to date, keeps what it wrote in the cache and the lock, and records the run. */

import { z } from 'zod';
import type { Json } from '../base/canonical-json.ts';
import { parseDuration } from '../base/duration.ts';
import { KitError } from '../base/errors.ts';
import { formatReason } from '../domain/pipeline/decide-stage.ts';
import type { ModelConfig } from '../formats/config.ts';
import type { Ports } from '../ports/ports.ts';
import { type Chosen, chooseModel } from './choose.ts';
import { type CommandResult, type CommonInputs, defineCommand } from './command.ts';
import { type DvcRepository, openDvcRepository } from './data/dvc-repository.ts';
import { digestPath } from './digest-path.ts';
import { isPullRequest } from './is-pull-request.ts';
import { type LoadedConfig, loadConfig } from './load-config.ts';
import { type ModelPipeline, pipelineOfModel } from './train/pipeline-of-model.ts';
import { type CodeState, readCode } from './train/read-code.ts';
import { readMetrics } from './train/read-metrics.ts';
import { digestDataset, type RecordedRun, recordRun } from './train/record-run.ts';
import { renderTraining } from './train/render-training.ts';
import { reproduce, type StageOutcome } from './train/reproduce.ts';

const inputs = z.object({
  model: z.string().optional().describe('Model of the config. Default: the only one.'),
  stage: z.array(z.string()).default([]).describe('Only these stages of the pipeline, and what they need.'),
  force: z.boolean().default(false).describe('Run every stage, changed or not.'),
  record: z.boolean().default(true).describe('Write a run record; never done in pull requests.'),
});

const outputs = z.object({
  verdict: z.enum(['pass', 'fail', 'inconclusive']).optional().describe('pass when the pipeline is up to date.'),
  'run-id': z.string().describe('Run that made the artifact; empty when not all of the pipeline was run.'),
  'changed-stages': z.array(z.string()).describe('Stages that ran.'),
  metrics: z.string().describe('Metrics as JSON, by dotted name.'),
  'report-path': z.string().describe('Report as JSON; Markdown stands beside it.'),
});

type Inputs = z.output<typeof inputs> & CommonInputs;
type Result = CommandResult<z.output<typeof outputs>>;

export const command = defineCommand({
  name: 'train',
  summary: 'Reproduces the pipeline of a model: runs only what changed, writes dvc.lock, records the run.',
  description:
    'Reads dvc.yaml (or the command of the model), runs the stages whose command, inputs, parameters or outputs differ from dvc.lock in the order of the graph, stores outputs in the DVC cache and writes a run record with code, data, parameters, steps and metrics.',
  inputs,
  outputs,
  writes: true,
  run,
});

async function run(ports: Ports, given: Inputs): Promise<Result> {
  const loaded = await loadConfig(ports, given.config);
  const model = chooseModel(loaded.config, given.model);
  const repository = await openDvcRepository(ports);
  const { pipeline, code } = await readTask(ports, repository, model, loaded);
  if (code.dirty) warnAboutChanges(ports, code);
  const outcomes = await reproduce(ports, repository, pipeline, {
    targets: given.stage,
    force: given.force,
    dryRun: given['dry-run'],
    timeout: parseDuration(model.config.timeout),
  });
  const dryRun = given['dry-run'];
  const metrics = await readMetrics(
    ports,
    repository,
    pipeline,
    outcomes.map((outcome) => outcome.stage),
  );
  const done = { model: model.name, outcomes, code, metrics: metrics.all, dryRun };
  if (dryRun || given.stage.length > 0) return await finish(ports, done);
  const artifact = await digestArtifact(ports, model.name, model.config.artifact);
  const dataset = await digestDataset(ports, loaded.config, model.config.dataset);
  const training = { config: loaded.config, model, pipeline, outcomes, code, metrics, artifact, dataset };
  const recorded = await recordRun(ports, training, given.record && !isPullRequest(ports));
  return await finish(ports, { ...done, recorded, artifact: artifact.md5 });
}

/** The code of a command decides whether it runs, so it is read first; a pipeline says itself what it reads and writes. */
async function readTask(
  ports: Ports,
  repository: DvcRepository,
  model: Chosen<ModelConfig>,
  loaded: LoadedConfig,
): Promise<{ readonly pipeline: ModelPipeline; readonly code: CodeState }> {
  const { command, artifact, predictions } = model.config;
  if (command === undefined) {
    const pipeline = await pipelineOfModel(ports, repository, model, { loaded, code: '' });
    return { pipeline, code: await readCode(ports, generatedPaths(ports, pipeline, repository.root)) };
  }
  const code = await readCode(ports, [artifact, ...(predictions === undefined ? [] : [predictions.path])]);
  return { code, pipeline: await pipelineOfModel(ports, repository, model, { loaded, code: code.digest }) };
}

/** What training writes, from the working directory. */
function generatedPaths(ports: Ports, pipeline: ModelPipeline, root: string): readonly string[] {
  const below = ports.files.root.slice(root.length + 1);
  const paths = [pipeline.lockPath, ...pipeline.stages.flatMap((stage) => stage.outs.map((out) => out.path))];
  return paths.map((path) => (below !== '' && path.startsWith(`${below}/`) ? path.slice(below.length + 1) : path));
}

function warnAboutChanges(ports: Ports, code: CodeState): void {
  ports.progress.warn(
    `The work tree has ${code.paths.length} changed files (first: ${code.paths[0]}): the run is recorded as dirty, and register will refuse it. Commit first for a run that can be repeated.`,
  );
}

async function digestArtifact(ports: Ports, model: string, path: string) {
  if (await ports.files.exists(path)) return await digestPath(ports, path);
  throw new KitError('artifact-missing', `Cannot finish the training of "${model}": "${path}" was not written`, {
    hint: 'Let the pipeline write it, or correct the artifact in the config.',
  });
}

interface Finished {
  readonly model: string;
  readonly outcomes: readonly StageOutcome[];
  readonly code: CodeState;
  readonly metrics: Readonly<Record<string, number>>;
  readonly dryRun: boolean;
  readonly recorded?: RecordedRun;
  readonly artifact?: string;
}

async function finish(ports: Ports, training: Finished): Promise<Result> {
  const { model, outcomes, code, recorded } = training;
  // A dry run brings nothing up to date, so it decides nothing.
  const verdict = training.dryRun ? {} : { verdict: 'pass' as const };
  const changed = outcomes.filter((outcome) => outcome.status === 'ran').map((outcome) => outcome.stage.name);
  const markdown = renderTraining({
    model,
    outcomes,
    metrics: training.metrics,
    runId: recorded?.runId,
    artifact: training.artifact,
    changedFiles: code.paths,
  });
  const document: Json = {
    schema: 'train-report/v1',
    verdict: verdict.verdict,
    model,
    runId: recorded?.runId,
    runKey: recorded?.runKey,
    record: recorded?.record,
    commit: code.commit,
    dirty: code.dirty,
    changedFiles: code.paths,
    artifact: training.artifact,
    metrics: training.metrics,
    stages: outcomes.map((outcome) => ({
      name: outcome.stage.name,
      status: outcome.status,
      reasons: outcome.reasons.map(formatReason),
      seconds: outcome.seconds,
      outputs: outcome.outs.map(({ path, md5, size }) => ({ path, md5, size })),
    })),
  };
  const folder = `.mlops/reports/train/${model}`;
  await ports.files.write(`${folder}/report.json`, `${JSON.stringify(document, null, 2)}\n`);
  await ports.files.write(`${folder}/report.md`, `${markdown}\n`);
  return {
    ...verdict,
    outputs: {
      ...verdict,
      'run-id': recorded?.runId ?? '',
      'changed-stages': changed,
      metrics: JSON.stringify(training.metrics),
      'report-path': `${folder}/report.json`,
    },
    document,
    markdown,
  };
}
