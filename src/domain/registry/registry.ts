/** Folds registry events into state: versions, holders of stages, deprecations, the next counter. */

import type { Problem } from '../../base/errors.ts';
import { compareSemver, parseSemver } from '../../base/semver.ts';
import { noTrailers, type Trailers } from '../../formats/tag-message.ts';
import { compareAssignments, compareEvents, type ReadEvents, type RegistryEvent } from './events.ts';

export interface VersionState {
  readonly artifact: string;
  /** `v1.2.3`, or the commit id of a version that was never registered. */
  readonly version: string;
  readonly commit: string;
  readonly registered: boolean;
  /** Registered and not deregistered since; never registered ones count as active, as in GTO. */
  readonly active: boolean;
  readonly registration: RegistryEvent | undefined;
  readonly time: Date;
  /** Of the registration tag: digests, run, evidence, data. */
  readonly trailers: Trailers;
  /** Stages it was assigned and not unassigned since, in the order of assignment; newer holders may have followed. */
  readonly stages: readonly string[];
}

export interface AssignmentState {
  /** False for an unassignment. */
  readonly assigned: boolean;
  readonly stage: string;
  readonly version: string;
  readonly event: RegistryEvent;
}

export interface ArtifactState {
  readonly name: string;
  /** Greatest first; never registered ones last. */
  readonly versions: readonly VersionState[];
  /** Every assignment and unassignment that a version could be found for, in the order of counters. */
  readonly changes: readonly AssignmentState[];
  /** Current holder of each stage. */
  readonly holders: ReadonlyMap<string, VersionState>;
  /** Every stage ever assigned, sorted. */
  readonly stages: readonly string[];
  readonly deprecated: boolean;
  /** One more than the greatest counter on any tag of the artifact; all stages share it. */
  readonly nextCounter: number;
  /** Oldest first. */
  readonly events: readonly RegistryEvent[];
}

export interface Registry {
  readonly artifacts: ReadonlyMap<string, ArtifactState>;
  readonly problems: readonly Problem[];
}

export function foldRegistry({ events, problems }: ReadEvents): Registry {
  const byArtifact = Map.groupBy(events, ({ name }) => name.artifact);
  const found: Problem[] = [...problems];
  const names = [...byArtifact.keys()].sort();
  return {
    artifacts: new Map(names.map((name) => [name, foldArtifact(name, byArtifact.get(name)!, found)])),
    problems: found,
  };
}

function foldArtifact(name: string, events: readonly RegistryEvent[], problems: Problem[]): ArtifactState {
  const drafts = new Map<string, VersionDraft>();
  for (const event of events) foldVersion(name, drafts, event);
  const changes: AssignmentState[] = [];
  const steps = events
    .filter(({ name: { kind } }) => kind === 'assignment' || kind === 'unassignment')
    .sort(compareAssignments);
  for (const event of steps) {
    if (event.name.kind !== 'assignment' && event.name.kind !== 'unassignment') continue;
    const version = findAssigned(name, drafts, event, problems);
    if (version === undefined) continue;
    changes.push({ assigned: event.name.kind === 'assignment', stage: event.name.stage, version, event });
  }
  const current = currentAssignments(changes);
  const versions = [...drafts.values()]
    .map(
      (draft): VersionState => ({
        ...draft,
        stages: current.filter((a) => a.version === draft.version).map((a) => a.stage),
      }),
    )
    .sort(compareVersions);
  const byVersion = new Map(versions.map((version) => [version.version, version]));
  const holders = new Map<string, VersionState>();
  for (const { stage, version } of current) {
    const holder = byVersion.get(version)!;
    if (holder.active) holders.set(stage, holder);
  }
  const newest = events.at(-1);
  return {
    name,
    versions,
    changes,
    holders,
    stages: [...new Set(changes.map(({ stage }) => stage))].sort(),
    deprecated: newest?.name.kind === 'deprecation',
    nextCounter: 1 + events.reduce((most, event) => Math.max(most, event.name.counter ?? 0), 0),
    events,
  };
}

type VersionDraft = Omit<VersionState, 'stages'>;

/** The newest direct event of a version decides whether it is active. */
function foldVersion(artifact: string, drafts: Map<string, VersionDraft>, event: RegistryEvent): void {
  if (event.name.kind === 'registration')
    drafts.set(event.name.version, {
      artifact,
      version: event.name.version,
      commit: event.commit,
      registered: true,
      active: true,
      registration: event,
      time: event.time,
      trailers: event.trailers,
    });
  if (event.name.kind !== 'deregistration') return;
  const draft = drafts.get(event.name.version);
  if (draft !== undefined) drafts.set(draft.version, { ...draft, active: false });
}

/** The trailer's version first, the commit second; what neither names is a version of its own, as in GTO. */
function findAssigned(
  artifact: string,
  drafts: Map<string, VersionDraft>,
  event: RegistryEvent,
  problems: Problem[],
): string | undefined {
  const named = event.trailers.version;
  if (named !== undefined) {
    const draft = drafts.get(named);
    if (draft !== undefined && draft.commit === event.commit) return named;
    const reason = draft === undefined ? 'which is not registered' : 'which was registered on another commit';
    problems.push({
      code: 'tag-version-mismatch',
      message: `Tag "${event.tag}" names version ${named}, ${reason}; it is skipped`,
    });
    return undefined;
  }
  const there = [...drafts.values()].filter(({ commit }) => commit === event.commit);
  if (there.length > 1) {
    // Without a trailer only time can tell: the newest version that was there when the stage was assigned.
    const before = there.filter(({ time }) => time.getTime() <= event.time.getTime());
    const chosen = (before.length > 0 ? before : there).sort(compareByRegistration).at(-1)!;
    problems.push({
      code: 'tag-ambiguous',
      message: `Tag "${event.tag}" could mean ${there.map(({ version }) => version).join(' or ')}; taken as ${chosen.version}`,
    });
    return chosen.version;
  }
  if (there[0] !== undefined) return there[0].version;
  drafts.set(event.commit, {
    artifact,
    version: event.commit,
    commit: event.commit,
    registered: false,
    active: true,
    registration: undefined,
    time: event.time,
    trailers: noTrailers,
  });
  return event.commit;
}

function compareByRegistration(a: VersionDraft, b: VersionDraft): number {
  return a.registration === undefined || b.registration === undefined
    ? a.time.getTime() - b.time.getTime()
    : compareEvents(a.registration, b.registration);
}

/** Assignments that were not taken back, in the order of counters, so that the last one of a stage holds it. */
function currentAssignments(changes: readonly AssignmentState[]): readonly AssignmentState[] {
  const newest = new Map<string, AssignmentState>();
  for (const change of changes) {
    const key = `${change.stage} ${change.version}`;
    newest.delete(key);
    newest.set(key, change);
  }
  return [...newest.values()].filter(({ assigned }) => assigned);
}

function compareVersions(a: VersionDraft, b: VersionDraft): number {
  const [x, y] = [parseSemver(a.version), parseSemver(b.version)];
  if (x === undefined || y === undefined) return (x === undefined ? 1 : 0) - (y === undefined ? 1 : 0);
  return compareSemver(y, x) || (a.version < b.version ? 1 : -1);
}
