/** Renders registry state in the JSON shapes of `gto show`, `gto history` and `gto check-ref` (GTO 1.10). */

import { compareEvents, type RegistryEvent } from './events.ts';
import { latestOf } from './queries.ts';
import type { ArtifactState, Registry } from './registry.ts';

export interface ShownArtifact {
  readonly version: string | null;
  /** Every stage of the whole registry. */
  readonly stage: Readonly<Record<string, string | null>>;
  readonly registered: boolean;
  readonly active: boolean;
}

/** `gto show --json`; deprecated artifacts are left out unless asked for. */
export function showRegistry(registry: Registry, deprecated = false): Readonly<Record<string, ShownArtifact>> {
  const stages = stagesOf(registry);
  const shown: Record<string, ShownArtifact> = {};
  for (const [name, state] of registry.artifacts) {
    if (state.deprecated && !deprecated) continue;
    shown[name] = {
      version: latestOf(registry, name)?.version ?? null,
      stage: Object.fromEntries(stages.map((stage) => [stage, state.holders.get(stage)?.version ?? null])),
      registered: true,
      active: !state.deprecated,
    };
  }
  return shown;
}

/** Every stage ever used, sorted. */
export function stagesOf(registry: Registry): readonly string[] {
  return [...new Set([...registry.artifacts.values()].flatMap(({ stages }) => stages))].sort();
}

export interface HistoryEntry {
  readonly timestamp: string;
  readonly artifact: string;
  readonly event: string;
  readonly priority: number;
  readonly version: string | null;
  readonly stage: string | null;
  readonly commit: string;
  readonly author: string;
  readonly author_email: string;
  readonly message: string;
  readonly ref: string;
}

const priority = { creation: 1, deprecation: 2, registration: 3, deregistration: 4, assignment: 5, unassignment: 6 };

/** `gto history --json`, newest first. */
export function historyOf(registry: Registry, artifact?: string): readonly HistoryEntry[] {
  const states = [...registry.artifacts.values()].filter(({ name }) => artifact === undefined || name === artifact);
  return states
    .flatMap((state) => state.events.map((event) => ({ state, event })))
    .sort((a, b) => compareEvents(b.event, a.event))
    .map(({ state, event }) => ({
      timestamp: timeText(event.time),
      artifact: state.name,
      event: event.name.kind,
      priority: priority[event.name.kind],
      version: versionOf(state, event),
      stage: stageOf(event),
      commit: event.commit,
      author: event.tagger,
      author_email: event.email,
      message: event.message.trimEnd(),
      ref: event.tag,
    }));
}

export interface CheckedRef {
  readonly artifact: string;
  readonly created_at: string;
  readonly author: string;
  readonly author_email: string;
  readonly message: string;
  readonly commit_hexsha: string;
  readonly tag: string;
  readonly version?: string;
  readonly stage?: string;
  readonly event: string;
}

/** `gto check-ref --json`: what a tag (full ref or short name) did; undefined for a ref that did nothing here. */
export function checkRef(registry: Registry, ref: string): CheckedRef | undefined {
  const tag = ref.replace(/^refs\/tags\//, '');
  for (const state of registry.artifacts.values()) {
    const event = state.events.find((one) => one.tag === tag);
    if (event === undefined) continue;
    const [version, stage] = [versionOf(state, event), stageOf(event)];
    return {
      artifact: state.name,
      created_at: timeText(event.time),
      author: event.tagger,
      author_email: event.email,
      message: event.message.trimEnd(),
      commit_hexsha: event.commit,
      tag,
      ...(version === null ? {} : { version }),
      ...(stage === null ? {} : { stage }),
      event: event.name.kind,
    };
  }
  return undefined;
}

/** The version an event is about; for assignments the one that was found for it. */
export function versionOf(state: ArtifactState, event: RegistryEvent): string | null {
  if (event.name.kind === 'registration' || event.name.kind === 'deregistration') return event.name.version;
  if (event.name.kind !== 'assignment' && event.name.kind !== 'unassignment') return null;
  return state.changes.find((one) => one.event === event)?.version ?? null;
}

function stageOf(event: RegistryEvent): string | null {
  return event.name.kind === 'assignment' || event.name.kind === 'unassignment' ? event.name.stage : null;
}

/** As Python's isoformat writes a time in UTC. */
function timeText(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, '+00:00');
}
