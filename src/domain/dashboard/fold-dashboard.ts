/** Folds the registry and the records into what the dashboard shows; a record whose body is not understood is named, not hidden. */

import type { Problem } from '../../base/errors.ts';
import { EvaluationReport } from '../../formats/evaluation-report.ts';
import { recordKinds } from '../../formats/record.ts';
import { buildLineage, walkLineage } from '../registry/lineage.ts';
import type { StoredRecord } from '../registry/policy.ts';
import type { ArtifactState, Registry, VersionState } from '../registry/registry.ts';
import type {
  DashboardData,
  LineageStep,
  MetricView,
  ModelView,
  RolloutView,
  StageView,
  VersionView,
} from './dashboard-data.ts';
import { foldMonitors } from './fold-monitors.ts';

export interface DashboardSource {
  readonly repository: string;
  readonly generated: string;
  readonly tool: string;
  /** Stages of the config in their order; held stages that it does not know follow. */
  readonly stages: readonly string[];
  readonly registry: Registry;
  /** Oldest first. */
  readonly records: readonly StoredRecord[];
}

export function foldDashboard(source: DashboardSource): DashboardData {
  const { registry, records } = source;
  const problems: string[] = registry.problems.map((problem: Problem) => problem.message);
  const monitors = foldMonitors(records, problems);
  return {
    repository: source.repository,
    generated: source.generated,
    tool: source.tool,
    models: [...registry.artifacts.values()].map((artifact) => foldModel(artifact, source)),
    rollouts: foldRollouts(records),
    monitors,
    records: Object.fromEntries(
      recordKinds.map((kind) => [kind, records.filter(({ record }) => record.kind === kind).length]),
    ),
    damage: problems,
  };
}

function foldModel(artifact: ArtifactState, source: DashboardSource): ModelView {
  const held = [...artifact.holders.keys()];
  const order = [
    ...source.stages.filter((stage) => held.includes(stage)),
    ...held.filter((stage) => !source.stages.includes(stage)),
  ];
  const serving = order.length === 0 ? undefined : artifact.holders.get(order.at(-1)!);
  return {
    name: artifact.name,
    stages: order.map((stage) => foldStage(artifact, stage)),
    versions: artifact.versions
      .filter(({ registered }) => registered)
      .map((version) => foldVersion(artifact, version, source.records)),
    lineage: serving === undefined ? [] : foldLineage(source, `${artifact.name}@${serving.version}`, order.at(-1)!),
  };
}

function foldStage(artifact: ArtifactState, stage: string): StageView {
  const version = artifact.holders.get(stage)!.version;
  const assignment = artifact.changes.findLast(
    (one) => one.assigned && one.stage === stage && one.version === version,
  )!;
  const { trailers, tagger, time } = assignment.event;
  return { stage, version, since: time.toISOString(), actor: trailers.actor ?? tagger };
}

function foldVersion(artifact: ArtifactState, version: VersionState, records: readonly StoredRecord[]): VersionView {
  const { trailers } = version;
  const evaluation = records.findLast(
    ({ id, record }) => record.kind === 'evaluation' && trailers.evidence.includes(id),
  );
  const verdict = evaluation?.record.common.verdict;
  return {
    version: version.active ? version.version : `${version.version} (withdrawn)`,
    time: version.time.toISOString(),
    commit: version.commit,
    actor: trailers.actor ?? version.registration?.tagger ?? '',
    ...(verdict === undefined ? {} : { verdict }),
    metrics: evaluation === undefined ? [] : metricsOf(evaluation),
    ...(trailers.run === undefined ? {} : { run: trailers.run }),
    ...(trailers.previous === undefined ? {} : { previous: trailers.previous }),
    stages: [...artifact.holders].filter(([, holder]) => holder.version === version.version).map(([stage]) => stage),
  };
}

const Gates = EvaluationReport.shape.gates;

/** The candidate's value of each metric over all rows, from the gates of its evaluation. */
function metricsOf({ record }: StoredRecord): readonly MetricView[] {
  const gates = Gates.safeParse(record.body.gates);
  if (!gates.success) return [];
  const metrics = new Map<string, MetricView>();
  for (const { metric, slice, kind, candidate } of gates.data) {
    if (slice !== undefined || kind === 'budget' || candidate?.value == null) continue;
    const { value, low, high } = candidate;
    metrics.set(metric, { name: metric, value, ...(low === null || high === null ? {} : { low, high }) });
  }
  return [...metrics.values()];
}

const chain = ['dataset', 'code', 'run', 'validation', 'evaluation', 'version', 'stage'] as const;

/** The newest node of each kind behind a version, from data to the stage. */
function foldLineage(source: DashboardSource, version: string, stage: string): readonly LineageStep[] {
  const { graph } = walkLineage(buildLineage(source.registry, source.records), [`version ${version}`]);
  const nodes = [...graph.nodes.values()];
  return chain.flatMap((kind): LineageStep[] => {
    const found = nodes.filter(
      (node) =>
        node.kind === kind &&
        (kind !== 'version' || node.name === version) &&
        (kind !== 'stage' || node.name === stage),
    );
    const newest = found.sort((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1)).at(-1);
    return newest === undefined ? [] : [{ title: newest.name, detail: newest.detail }];
  });
}

/** One view a rollout, newest first, from its transition records. */
function foldRollouts(records: readonly StoredRecord[]): readonly RolloutView[] {
  const transitions = records.filter(({ record }) => record.kind === 'rollout');
  const byRollout = Map.groupBy(transitions, ({ record }) => String(record.body.rollout));
  return [...byRollout].map(([id, list]) => foldRollout(id, list)).reverse();
}

function foldRollout(id: string, list: readonly StoredRecord[]): RolloutView {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const newest = list.at(-1)!.record;
  const stable = text(newest.body.stable);
  return {
    id,
    environment: text(newest.body.environment),
    artifact: text(newest.body.artifact),
    version: text(newest.body.version),
    ...(stable === '' ? {} : { previous: stable }),
    phase: text(newest.body.phase),
    started: list[0]!.record.common.time,
    ended: newest.common.time,
    reason: text(newest.body.because),
    transitions: list.map(({ record }) => ({
      time: record.common.time,
      phase: text(record.body.phase),
      weight: typeof record.body.weight === 'number' ? record.body.weight : 0,
    })),
  };
}
