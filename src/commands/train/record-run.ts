/** Writes the run record of a training, unless the same training stands in the records already. */

import type { Json } from '../../base/canonical-json.ts';
import { joinRepoPath, pathsOverlap } from '../../base/repo-path.ts';
import { formatReason } from '../../domain/pipeline/decide-stage.ts';
import { holderOf, latestOf } from '../../domain/registry/queries.ts';
import { formatRunId, formatRunKey } from '../../domain/training/run-key.ts';
import type { Config, ModelConfig } from '../../formats/config.ts';
import { type PythonMap, toJsonValue } from '../../formats/python-value.ts';
import { RunBody, type RunStep } from '../../formats/run-record.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Chosen } from '../choose.ts';
import { digestPath, type PathDigest } from '../digest-path.ts';
import { readRegistry } from '../read-registry.ts';
import { appendRecords, readRecords } from '../records.ts';
import type { ModelPipeline } from './pipeline-of-model.ts';
import type { CodeState } from './read-code.ts';
import type { ReadMetrics } from './read-metrics.ts';
import type { StageOutcome } from './reproduce.ts';

export interface Training {
  readonly config: Config;
  readonly model: Chosen<ModelConfig>;
  readonly pipeline: ModelPipeline;
  readonly outcomes: readonly StageOutcome[];
  readonly code: CodeState;
  readonly metrics: ReadMetrics;
  readonly artifact: PathDigest;
  /** Undefined for a dataset behind a url. */
  readonly dataset: PathDigest | undefined;
}

export interface RecordedRun {
  readonly runId: string;
  readonly runKey: string;
  readonly body: RunBody;
  /** Record that stands; undefined when none was to be written. */
  readonly record: string | undefined;
}

export async function recordRun(ports: Ports, training: Training, record: boolean): Promise<RecordedRun> {
  const runKey = runKeyOf(training);
  const { md5, sha256 } = training.artifact;
  const ran = training.outcomes.some((outcome) => outcome.status === 'ran');
  const standing = record && !ran ? await findStanding(ports, runKey, md5) : undefined;
  if (standing !== undefined) return { ...standing, runKey };
  const runId = formatRunId(runKey, uniquePart(ports));
  const body = RunBody.parse(await runBody(ports, training, runKey, runId));
  if (!record) return { runId, runKey, body, record: undefined };
  const subject = [{ name: training.model.name, digest: { md5, sha256 } }];
  const [stored] = await appendRecords(ports, `${runId}/train/${md5}`, async () => ({
    records: [{ kind: 'run', subject, verdict: 'pass', body: body as Readonly<Record<string, Json>> as never }],
  }));
  return { runId, runKey, body, record: stored?.id };
}

/** The newest record of the same key and the same artifact. */
async function findStanding(
  ports: Ports,
  runKey: string,
  md5: string,
): Promise<{ readonly runId: string; readonly body: RunBody; readonly record: string } | undefined> {
  const records = await readRecords(ports, { kinds: ['run'] });
  const found = records.findLast(
    ({ record }) => record.body.runKey === runKey && record.subject.some((one) => one.digest.md5 === md5),
  );
  const body = RunBody.safeParse(found?.record.body);
  return found === undefined || !body.success
    ? undefined
    : { runId: body.data.runId, body: body.data, record: found.id };
}

function uniquePart(ports: Ports): string {
  const { actions } = ports.environment;
  return actions === undefined ? ports.clock.randomHex(4) : `${actions.runId}-${actions.runAttempt}`;
}

/** Inputs that no stage of the pipeline writes: path from the top, and address. */
function externalInputs(training: Training): Readonly<Record<string, string>> {
  const written = training.pipeline.stages.flatMap((stage) => stage.outs.map((out) => out.path));
  const found: Record<string, string> = {};
  for (const { stage, deps } of training.outcomes) {
    for (const dep of deps) {
      const path = joinRepoPath(stage.directory, dep.path);
      if (!written.some((out) => pathsOverlap(out, path))) found[path] = dep.md5;
    }
  }
  return found;
}

function runKeyOf(training: Training): string {
  const { outcomes, code } = training;
  return formatRunKey({
    code: code.digest,
    data: externalInputs(training),
    commands: Object.fromEntries(outcomes.map(({ stage }) => [stage.name, stage.cmd])),
    params: paramsOf(outcomes),
  });
}

/** By file, from the top of the repository, all keys that any stage read. */
function paramsOf(outcomes: readonly StageOutcome[]): Readonly<Record<string, Json>> {
  const byFile: Record<string, PythonMap> = {};
  for (const { stage, params } of outcomes) {
    for (const [file, values] of Object.entries(params)) {
      const path = joinRepoPath(stage.directory, file);
      byFile[path] = { ...byFile[path], ...values };
    }
  }
  return Object.fromEntries(Object.entries(byFile).map(([file, values]) => [file, toJsonValue(values)]));
}

async function runBody(ports: Ports, training: Training, runKey: string, runId: string): Promise<RunBody> {
  const { config, model, code, metrics, outcomes } = training;
  const { actions, actor, tool } = ports.environment;
  const dataset = config.datasets[model.config.dataset];
  return {
    runKey,
    runId,
    model: model.name,
    trigger: actions?.eventName ?? 'local',
    commit: code.commit,
    code: { digest: code.digest, repository: code.repository, dirty: code.dirty, paths: [...code.paths] },
    architecture: architectureOf(training),
    params: paramsOf(outcomes) as RunBody['params'],
    trials: [],
    split: {
      dataset: model.config.dataset,
      time: dataset?.time ?? null,
      window: dataset?.window ?? 'none',
      train: dataset?.split.train ?? 'all',
      test: dataset?.split.test ?? 'none',
    },
    metrics: { ...metrics.all },
    validation: {
      procedure: `metrics written by the pipeline; test rows: ${dataset?.split.test ?? 'none'}`,
      files: [...metrics.files],
      train: { ...metrics.train },
      test: { ...metrics.test },
    },
    deps: depsOf(training),
    steps: outcomes.map(toStep),
    executor: { runner: actions === undefined ? 'local' : `actions ${actions.job}`, actor, tool },
    previousModel: await previousModel(ports, config, model.name),
  };
}

/** Datasets by their name in the config, then all other inputs. */
function depsOf(training: Training): RunBody['deps'] {
  const { config, model, dataset } = training;
  const path = config.datasets[model.config.dataset]?.path;
  const named =
    dataset === undefined || path === undefined ? [] : [{ name: model.config.dataset, path, md5: dataset.md5 }];
  const others = Object.entries(externalInputs(training)).map(([one, md5]) => ({ path: one, md5 }));
  return [...named, ...others];
}

/** What `artifacts` of dvc.yaml says about the model. */
function architectureOf({ pipeline, model }: Training): RunBody['architecture'] {
  const folder = joinRepoPath(pipeline.file?.path ?? '', '..');
  const declared = Object.values(pipeline.file?.artifacts ?? {}).find(
    (artifact) => joinRepoPath(folder, artifact.path) === pipeline.artifact,
  );
  const { architecture, pretrained } = declared?.meta ?? {};
  return {
    type: declared?.type ?? model.config.type ?? null,
    description: declared?.desc ?? null,
    architecture: typeof architecture === 'string' ? architecture : null,
    pretrained: [pretrained ?? []].flat().map(String),
  };
}

function toStep(outcome: StageOutcome): RunStep {
  const { stage, deps, outs } = outcome;
  const content = (entries: StageOutcome['deps']) =>
    entries.map(({ path, md5, size }) => ({ path: joinRepoPath(stage.directory, path), md5, size }));
  return {
    name: stage.name,
    status: outcome.status === 'would-run' ? 'unchanged' : outcome.status,
    command: typeof stage.cmd === 'string' ? stage.cmd : [...stage.cmd],
    reasons: outcome.reasons.map(formatReason),
    start: outcome.start.toISOString(),
    end: outcome.end.toISOString(),
    seconds: outcome.seconds,
    inputs: content(deps),
    outputs: content(outs),
  };
}

/** The holder of the last stage, else the newest version. */
async function previousModel(ports: Ports, config: Config, name: string): Promise<RunBody['previousModel']> {
  const registry = await readRegistry(ports, { fetch: false });
  const lastStage = Object.keys(config.stages).at(-1);
  const held = lastStage === undefined ? undefined : holderOf(registry, name, lastStage);
  const version = held ?? latestOf(registry, name);
  return version === undefined ? null : { version: version.version, md5: version.trailers.digests[0]?.md5 ?? null };
}

/** Digest of the model's dataset as its validation record names it. */
export async function digestDataset(ports: Ports, config: Config, name: string): Promise<PathDigest | undefined> {
  const path = config.datasets[name]?.path;
  if (path === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return undefined;
  return await digestPath(ports, path);
}
