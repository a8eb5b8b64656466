/** Joins records and tags on digests into one graph, and walks it both ways: what a version came from, what came of a dataset. */

import type { MetadataRecord } from '../../formats/record.ts';
import { dataOfRun, type StoredRecord } from './policy.ts';
import type { Registry } from './registry.ts';

export type LineageKind =
  | 'dataset'
  | 'code'
  | 'artifact'
  | 'version'
  | 'stage'
  | Exclude<MetadataRecord['kind'], 'registration' | 'promotion'>;

export interface LineageNode {
  /** Unique; by digest where there is one. */
  readonly id: string;
  readonly kind: LineageKind;
  readonly name: string;
  /** Digest, verdict, time: what a person wants to see next. */
  readonly detail: string;
  readonly verdict?: 'pass' | 'fail' | 'inconclusive' | undefined;
  readonly time?: string | undefined;
  /** Record behind it. */
  readonly record?: string | undefined;
}

export interface LineageEdge {
  readonly from: string;
  readonly to: string;
}

export interface LineageGraph {
  readonly nodes: ReadonlyMap<string, LineageNode>;
  readonly edges: readonly LineageEdge[];
}

interface Builder {
  add(node: LineageNode): string;
  link(from: string, to: string): void;
}

/** The whole graph, in the order of time. */
export function buildLineage(registry: Registry, records: readonly StoredRecord[]): LineageGraph {
  const nodes = new Map<string, LineageNode>();
  const edges = new Map<string, LineageEdge>();
  const build: Builder = {
    add(node) {
      if (!nodes.has(node.id)) nodes.set(node.id, node);
      return node.id;
    },
    link: (from, to) => void edges.set(`${from} ${to}`, { from, to }),
  };
  for (const stored of records) addRecord(build, stored);
  const byId = new Set(records.map(({ id }) => id));
  for (const state of registry.artifacts.values()) {
    for (const version of state.versions) {
      const id = build.add({
        id: `version ${state.name}@${version.version}`,
        kind: 'version',
        name: `${state.name}@${version.version}`,
        detail: `commit ${version.commit.slice(0, 10)}`,
        time: version.time.toISOString(),
      });
      for (const { md5 } of version.trailers.digests) build.link(addArtifact(build, state.name, md5), id);
      for (const one of version.trailers.evidence) if (byId.has(one)) build.link(`record ${one}`, id);
      for (const { dataset, md5 } of version.trailers.data) build.link(addDataset(build, dataset, md5), id);
    }
    for (const { stage, version, assigned, event } of state.changes) {
      const tag = build.add({
        id: `tag ${event.tag}`,
        kind: 'stage',
        name: stage,
        detail: `${assigned ? 'assigned' : 'unassigned'} by ${event.trailers.actor ?? event.tagger}`,
        time: event.time.toISOString(),
      });
      build.link(`version ${state.name}@${version}`, tag);
    }
  }
  const whole = [...edges.values()].filter(({ from, to }) => nodes.has(from) && nodes.has(to) && from !== to);
  return { nodes, edges: whole };
}

function addDataset(build: Builder, name: string, digest: string): string {
  return build.add({ id: `dataset ${name} ${digest}`, kind: 'dataset', name, detail: `md5 ${digest.slice(0, 10)}` });
}

function addArtifact(build: Builder, name: string, md5: string): string {
  return build.add({ id: `artifact ${name} ${md5}`, kind: 'artifact', name, detail: `md5 ${md5.slice(0, 10)}` });
}

function addRecord(build: Builder, { id, record }: StoredRecord): void {
  if (record.kind === 'registration' || record.kind === 'promotion') return;
  const { common, subject, body, kind } = record;
  const node = build.add({
    id: `record ${id}`,
    kind,
    name: nameOfRecord(record),
    detail: detailOf(record),
    verdict: common.verdict,
    time: common.time,
    record: id,
  });
  if (kind === 'run') {
    for (const { dataset, md5 } of dataOfRun(record)) build.link(addDataset(build, dataset, md5), node);
    if (typeof body.commit === 'string')
      build.link(
        build.add({ id: `code ${body.commit}`, kind: 'code', name: 'commit', detail: body.commit.slice(0, 10) }),
        node,
      );
    for (const { name, digest } of subject)
      if (digest.md5 !== undefined) build.link(node, addArtifact(build, name, digest.md5));
    return;
  }
  for (const { name, digest } of subject) {
    // `artifact@version` names a version; everything else is found by its digest.
    if (/@v\d/.test(name)) build.link(`version ${name}`, node);
    else if (digest.md5 === undefined) continue;
    else if (kind === 'validation' || (kind === 'drift' && typeof body.dataset === 'string' && body.dataset === name))
      build.link(addDataset(build, name, digest.md5), node);
    else build.link(addArtifact(build, name, digest.md5), node);
  }
  if (Array.isArray(body.evidence))
    for (const one of body.evidence) if (typeof one === 'string') build.link(`record ${one}`, node);
  const { artifact = body.model, version } = body;
  if (typeof artifact === 'string' && typeof version === 'string') build.link(`version ${artifact}@${version}`, node);
}

function nameOfRecord(record: MetadataRecord): string {
  const { runId, phase, window, stage } = record.body;
  const [extra] = [runId, phase, window, stage].filter((one) => typeof one === 'string');
  return typeof extra === 'string' ? `${record.kind} ${extra}` : record.kind;
}

function detailOf(record: MetadataRecord): string {
  const { verdict, actor, time } = record.common;
  return [verdict, record.kind === 'approval' ? `by ${actor}` : undefined, time.slice(0, 10)]
    .filter((part) => part !== undefined)
    .join(', ');
}

export interface Lineage {
  readonly start: readonly LineageNode[];
  /** What it came from and what came of it, with the start itself. */
  readonly graph: LineageGraph;
}

/** All ancestors and all descendants of the start nodes. */
export function walkLineage(graph: LineageGraph, start: readonly string[]): Lineage {
  const before = reach(
    start,
    Map.groupBy(graph.edges, ({ to }) => to),
    ({ from }) => from,
  );
  const after = reach(
    start,
    Map.groupBy(graph.edges, ({ from }) => from),
    ({ to }) => to,
  );
  const kept = new Set([...before, ...after]);
  // An edge belongs to one of the two walks; one between both would tell of another version.
  const edges = graph.edges.filter(
    ({ from, to }) => (before.has(from) && before.has(to)) || (after.has(from) && after.has(to)),
  );
  return {
    start: start.flatMap((id) => graph.nodes.get(id) ?? []),
    graph: { nodes: new Map([...graph.nodes].filter(([id]) => kept.has(id))), edges },
  };
}

function reach(
  start: readonly string[],
  edges: ReadonlyMap<string, readonly LineageEdge[]>,
  next: (edge: LineageEdge) => string,
): ReadonlySet<string> {
  const seen = new Set(start);
  const open = [...start];
  for (let id = open.pop(); id !== undefined; id = open.pop())
    for (const edge of edges.get(id) ?? []) {
      const to = next(edge);
      if (seen.has(to)) continue;
      seen.add(to);
      open.push(to);
    }
  return seen;
}

/** Nodes a person means: a dataset or artifact by name, anything by a digest or commit of at least 7 digits. */
export function findLineageNodes(graph: LineageGraph, text: string): readonly string[] {
  const digest = /^[0-9a-f]{7,}(\.dir)?$/.test(text);
  return [...graph.nodes.values()]
    .filter(({ id, kind, name }) => {
      if (kind === 'dataset' && name === text) return true;
      if (kind === 'version' && name === text) return true;
      return digest && id.split(' ').at(-1)!.startsWith(text);
    })
    .map(({ id }) => id);
}
