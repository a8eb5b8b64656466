/** Starts a rollout: freezes the spec, takes what is live from the manifest, and writes the first state. */

import { KitError } from '../../base/errors.ts';
import { holderOf, needArtifact, resolveVersion } from '../../domain/registry/queries.ts';
import { assertSpec } from '../../domain/rollout/plan.ts';
import { supersede } from '../../domain/rollout/verbs.ts';
import type { DeployConfig } from '../../formats/config.ts';
import { parseReferenceManifest, type ServedVersion } from '../../formats/reference-manifest.ts';
import { hasEnded, type RolloutSpec, type RolloutState, specDigestOf } from '../../formats/rollout-state.ts';
import type { Ports } from '../../ports/ports.ts';
import { readRegistry, type VersionState } from '../read-registry.ts';
import { publish } from './publish.ts';
import { type Place, readSnapshot, type Snapshot } from './store.ts';

export const defaultLogs = '.mlops/logs/predictions/*.jsonl';

/** @throws KitError `target-unsupported`, `rollout-spec` */
export function specOf(environment: string, artifact: string, deploy: DeployConfig): RolloutSpec {
  const spec: RolloutSpec = {
    environment,
    artifact,
    manifest: manifestPathOf(environment, artifact, deploy),
    steps: deploy.steps,
    guard: deploy.guard,
    minRequests: deploy['min-requests'],
    inconclusive: deploy.inconclusive,
    logs: deploy.logs ?? defaultLogs,
  };
  assertSpec(spec);
  return spec;
}

/** @throws KitError `target-unsupported`, `target-outside` */
export function manifestPathOf(environment: string, artifact: string, { target }: DeployConfig): string {
  if (!('reference' in target)) {
    throw new KitError('target-unsupported', `Cannot deploy to ${environment}: target "yaml" has no rollout here`, {
      hint: 'Use target: {reference: deploy/<stage>/{artifact}.yaml}.',
    });
  }
  const path = target.reference.replaceAll('{artifact}', artifact).replace(/^\.\//, '');
  if (path.startsWith('/') || path.split(/[\\/]/).includes('..')) {
    throw new KitError('target-outside', `Cannot deploy to "${path}": it is outside the repository`, {
      hint: 'Name a path inside the repository.',
    });
  }
  return path;
}

/** The version asked for, else the one that holds the stage. @throws KitError `version-unknown`, `stage-empty`, `version-unbound` */
export async function candidateOf(
  ports: Ports,
  spec: RolloutSpec,
  wanted: string | undefined,
): Promise<RolloutState['candidate']> {
  const registry = await readRegistry(ports, { fetch: true });
  needArtifact(registry, spec.artifact);
  const holder = holderOf(registry, spec.artifact, spec.environment);
  if (wanted === undefined && holder === undefined) {
    throw new KitError(
      'stage-empty',
      `Cannot deploy "${spec.artifact}": no version holds stage "${spec.environment}"`,
      {
        hint: `Promote one first: mlops-kit promote ${spec.artifact} ${spec.environment}`,
      },
    );
  }
  const version = wanted === undefined ? holder! : resolveVersion(registry, `${spec.artifact}@${wanted}`);
  return boundVersion(version);
}

function boundVersion(version: VersionState): RolloutState['candidate'] {
  const [digest] = version.trailers.digests;
  const label = `${version.artifact}@${version.version}`;
  if (version.registration === undefined || digest === undefined) {
    throw new KitError('version-unbound', `Cannot deploy "${label}": its tag names no digest of a model file`, {
      hint: 'Register it with `mlops-kit register`, which binds a version to its content.',
    });
  }
  if (!version.active) throw new KitError('version-deregistered', `Cannot deploy "${label}": it was deregistered`);
  const { md5, sha256, path } = digest;
  const { tag, oid: tagOid } = version.registration;
  return { version: version.version, md5, sha256, path, tag, tagOid };
}

export type Started =
  | { readonly kind: 'started' | 'running'; readonly state: RolloutState }
  | { readonly kind: 'live'; readonly stable: ServedVersion };

/** Starting the same version twice is one rollout; a newer one supersedes the one under way. */
export async function startRollout(
  ports: Ports,
  place: Place,
  spec: RolloutSpec,
  candidate: RolloutState['candidate'],
): Promise<Started> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const snapshot = await readSnapshot(ports, place);
    const { state } = snapshot;
    const running = state !== undefined && !hasEnded(state) ? state : undefined;
    if (running !== undefined && isSame(running.candidate, candidate)) return { kind: 'running', state: running };
    if (running !== undefined) {
      ports.progress.info(
        `Rollout ${running.id} of ${running.candidate.version} is superseded by ${candidate.version}`,
      );
      const decision = supersede(running, candidate.version, inputOf(ports));
      await publish(ports, place, snapshot, decision);
      continue;
    }
    const live = liveVersion(snapshot, place);
    if (live !== undefined && isSame(live, candidate)) return { kind: 'live', stable: live };
    const first = firstState(ports, spec, candidate, snapshot, live);
    const published = await publish(ports, place, snapshot, { kind: 'transition', state: first, increase: false });
    if (published.kind === 'moved') return { kind: 'started', state: published.state };
  }
  throw new KitError(
    'rollout-contended',
    `Cannot start a rollout of "${spec.artifact}": other writers were always first`,
    {
      hint: 'Look who deploys: mlops-kit deploy status',
    },
  );
}

export function inputOf(ports: Ports): { readonly now: string; readonly actor: string } {
  return { now: ports.clock.now().toISOString(), actor: ports.environment.actor };
}

function isSame(a: ServedVersion, b: ServedVersion): boolean {
  return a.version === b.version && a.md5 === b.md5;
}

function liveVersion(snapshot: Snapshot, place: Place): ServedVersion | undefined {
  if (snapshot.manifest === undefined) return undefined;
  const manifest = parseReferenceManifest(snapshot.manifest.text, place.manifestPath);
  if (manifest.artifact !== place.artifact) {
    throw new KitError(
      'manifest-other',
      `Cannot deploy "${place.artifact}": "${place.manifestPath}" is of "${manifest.artifact}"`,
      {
        hint: 'Put {artifact} into the path of the target.',
        at: { path: place.manifestPath },
      },
    );
  }
  return manifest.stable;
}

function firstState(
  ports: Ports,
  spec: RolloutSpec,
  candidate: RolloutState['candidate'],
  snapshot: Snapshot,
  live: ServedVersion | undefined,
): RolloutState {
  const { now, actor } = inputOf(ports);
  const before = snapshot.state;
  const lived = before === undefined ? [] : before.livedBefore;
  const livedBefore = live === undefined || lived.includes(live.version) ? lived : [...lived, live.version];
  const returns = livedBefore.includes(candidate.version);
  const frozen: RolloutSpec = returns ? { ...spec, steps: [] } : spec;
  const seed =
    snapshot.manifest === undefined
      ? `${spec.environment}/${spec.artifact}`
      : parseReferenceManifest(snapshot.manifest.text, spec.manifest).seed;
  return {
    schema: 'rollout-state/v1',
    id: `r-${ports.clock.randomHex(6)}`,
    generation: 0,
    phase: 'pending',
    spec: frozen,
    specDigest: specDigestOf(frozen),
    stable: live ?? null,
    candidate,
    seed,
    step: 0,
    weight: 0,
    startedAt: now,
    startedBy: actor,
    enteredAt: now,
    settledAt: null,
    stepEnteredAt: null,
    promotedAt: null,
    endedAt: null,
    returnTo: null,
    holds: [],
    consecutiveErrors: 0,
    approvals: [],
    manifestBefore: snapshot.manifest?.oid ?? null,
    manifestWritten: null,
    deployment: null,
    findings: [],
    because: returns
      ? `started by ${actor}; ${candidate.version} was live before, so it goes back in one step`
      : `started by ${actor}`,
    actor,
    livedBefore,
  };
}
