/** Carries out a decision in one atomic push: state, manifest, stage tag and record, all or nothing. */

import type { Json } from '../../base/canonical-json.ts';
import { KitError } from '../../base/errors.ts';
import { findVersion, holderOf } from '../../domain/registry/queries.ts';
import { formatTagName } from '../../domain/registry/tag-name.ts';
import type { Decision } from '../../domain/rollout/decision.ts';
import { editManifest } from '../../formats/edit-manifest.ts';
import { formatNewManifest, parseReferenceManifest } from '../../formats/reference-manifest.ts';
import type { RolloutState } from '../../formats/rollout-state.ts';
import { formatTagMessage, noTrailers } from '../../formats/tag-message.ts';
import type { RefUpdate } from '../../ports/git.ts';
import type { Ports } from '../../ports/ports.ts';
import { gitIdentity } from '../git-identity.ts';
import { type Registry, readRegistry } from '../read-registry.ts';
import { type AppendPlan, appendRecords, type RecordDraft } from '../records.ts';
import { planAssignment } from '../registry/assign.ts';
import { moveRefs, type Place, readSnapshot, type Snapshot, writeManifestCommit, writeStateCommit } from './store.ts';
import { mayUpdate, updateWorkTree } from './work-tree.ts';

export type Published =
  | { readonly kind: 'moved'; readonly state: RolloutState }
  /** Another process moved the rollout, or asked for its abort, first. */
  | { readonly kind: 'lost' };

class LostRace extends Error {}

/** The state is moved only from the commit it was decided on; the rest is planned anew when only the branch or the records moved. */
export async function publish(ports: Ports, place: Place, seen: Snapshot, decision: Decision): Promise<Published> {
  if (decision.kind === 'note') return publishNote(ports, place, seen, decision.state);
  const operation = `${decision.state.id}/deploy/${seen.stateOid ?? 'start'}`;
  const updatable = decision.manifest !== undefined && (await mayUpdate(ports, place));
  let planned: Planned | undefined;
  const plan = async (attempt: number): Promise<AppendPlan> => {
    const now = attempt === 0 ? seen : await readSnapshot(ports, place);
    const aborted = now.abort !== undefined && seen.abort === undefined;
    if (now.stateOid !== seen.stateOid || aborted) throw new LostRace();
    planned = await planPush(ports, place, now, decision, operation);
    return planned;
  };
  try {
    await appendRecords(ports, operation, plan);
  } catch (error) {
    if (error instanceof LostRace) return { kind: 'lost' };
    const urgent = ['rolled-back', 'cancelled'].includes(decision.state.phase);
    if (!urgent || !(error instanceof KitError)) throw error;
    // Traffic comes before bookkeeping: a rollback needs no metadata branch.
    ports.progress.warn(`Rolled back without a record: ${error.message}`);
    planned = await planPush(ports, place, await readSnapshot(ports, place), decision, operation);
    const outcome = await moveRefs(ports, planned.refs);
    if (outcome.kind === 'rejected') return { kind: 'lost' };
  }
  if (planned === undefined) return { kind: 'lost' };
  if (planned.commit !== undefined) {
    if (updatable) await updateWorkTree(ports, place, planned.commit);
    else ports.progress.info(`${place.manifestPath} was changed on ${place.branch}; this work tree was left as it is`);
  }
  return { kind: 'moved', state: planned.state };
}

async function publishNote(ports: Ports, place: Place, seen: Snapshot, state: RolloutState): Promise<Published> {
  const target = await writeStateCommit(ports, state, seen.stateOid);
  const outcome = await moveRefs(ports, [{ ref: place.stateRef, expected: seen.stateOid, target }]);
  return outcome.kind === 'pushed' ? { kind: 'moved', state } : { kind: 'lost' };
}

interface Planned extends AppendPlan {
  readonly refs: readonly RefUpdate[];
  readonly state: RolloutState;
  /** Commit of the manifest change. */
  readonly commit: string | undefined;
}

async function planPush(
  ports: Ports,
  place: Place,
  now: Snapshot,
  decision: Decision,
  operation: string,
): Promise<Planned> {
  const refs: RefUpdate[] = [];
  const records: RecordDraft[] = [];
  let { state } = decision;
  let commit: string | undefined;
  const blob = await manifestBlob(ports, place, now, decision);
  if (blob !== undefined && blob !== (now.manifest?.oid ?? null)) {
    commit = await writeManifestCommit(ports, place, now.head, blob, state);
    refs.push({ ref: `refs/heads/${place.branch}`, expected: now.head, target: commit });
  }
  if (blob !== undefined) state = { ...state, manifestWritten: blob };
  if (decision.manifest?.kind === 'restore') warnOfHands(ports, place, now, state);

  const target = await writeStateCommit(ports, state, now.stateOid);
  refs.push({ ref: place.stateRef, expected: now.stateOid, target });
  if (now.abort !== undefined) refs.push({ ref: place.abortRef, expected: now.abort.oid, target: null });

  const registry = await readRegistry(ports, { fetch: false });
  if (decision.stage !== undefined) {
    const stage = await planStage(ports, registry, state, decision.stage.version, operation);
    if (stage !== undefined) {
      refs.push(stage.update);
      if (stage.record !== undefined) records.push(stage.record);
    }
  }
  records.push(recordOf(registry, now, state));
  return { records, refs, state, commit };
}

/** Undefined when the manifest is left alone; null when it is removed. */
async function manifestBlob(
  ports: Ports,
  place: Place,
  now: Snapshot,
  { manifest, state }: Decision,
): Promise<string | null | undefined> {
  if (manifest === undefined) return undefined;
  if (manifest.kind === 'restore') return state.manifestBefore;
  const { tag: _tag, tagOid: _tagOid, ...served } = state.candidate;
  if (manifest.kind === 'create') {
    const first = { artifact: place.artifact, stable: served, seed: state.seed, rollout: state.id };
    return ports.git.writeBlob(formatNewManifest(first));
  }
  if (now.manifest === undefined) {
    throw new KitError(
      'manifest-missing',
      `Cannot change manifest "${place.manifestPath}": it was removed from ${place.branch}`,
      {
        hint: 'Restore it from git, or abort the rollout.',
        at: { path: place.manifestPath },
      },
    );
  }
  const { change } = manifest;
  const standing = parseReferenceManifest(now.manifest.text, place.manifestPath).candidate;
  const same =
    change.candidate &&
    standing &&
    standing.version === change.candidate.version &&
    standing.md5 === change.candidate.md5;
  const { candidate: _candidate, ...rest } = change;
  return ports.git.writeBlob(editManifest(now.manifest.text, same ? rest : change, place.manifestPath));
}

function warnOfHands(ports: Ports, place: Place, now: Snapshot, state: RolloutState): void {
  const written = now.state?.manifestWritten;
  if (written === undefined || written === (now.manifest?.oid ?? null)) return;
  ports.progress.warn(
    `${place.manifestPath} was edited by hand during rollout ${state.id}; it goes back to how it was before the rollout. The edit stays in the history of ${place.branch}.`,
  );
}

/** Git tells the truth after an abort: the stage goes to the version that is live, or to nobody. */
async function planStage(
  ports: Ports,
  registry: Registry,
  state: RolloutState,
  version: string | null,
  operation: string,
): Promise<{ readonly update: RefUpdate; readonly record?: RecordDraft } | undefined> {
  const { artifact, environment: stage } = state.spec;
  const holder = holderOf(registry, artifact, stage);
  // Somebody promoted another version meanwhile: that intent is not ours to take back.
  if (holder === undefined || holder.version === version || holder.version !== state.candidate.version)
    return undefined;
  const reason = `Rollout ${state.id} ended ${state.phase}: ${state.because}`;
  if (version !== null) {
    const live = findVersion(registry, artifact, version);
    if (live === undefined) return undefined;
    return planAssignment(ports, registry, {
      version: live,
      stage,
      operation,
      reason,
      evidence: [],
      rollout: state.id,
    });
  }
  const counter = registry.artifacts.get(artifact)?.nextCounter ?? 1;
  const name = formatTagName({ kind: 'unassignment', artifact, stage, counter });
  const message = formatTagMessage({
    subject: `Unassigning stage '${stage}' to artifact '${artifact}' version '${holder.version}'`,
    body: reason,
    trailers: {
      ...noTrailers,
      artifact,
      version: holder.version,
      actor: ports.environment.actor,
      operation,
      rollout: state.id,
    },
  });
  const tagger = await gitIdentity(ports);
  const target = await ports.git.writeTag({ name, target: holder.commit, message, tagger, time: ports.clock.now() });
  return { update: { ref: `refs/tags/${name}`, expected: null, target } };
}

function recordOf(registry: Registry, now: Snapshot, state: RolloutState): RecordDraft {
  const { spec, candidate } = state;
  const commit = findVersion(registry, spec.artifact, candidate.version)?.commit;
  const verdict = state.phase === 'completed' ? 'pass' : state.phase === 'rolled-back' ? 'fail' : undefined;
  return {
    kind: 'rollout',
    subject: [
      ...(commit === undefined
        ? []
        : [{ name: `${spec.artifact}@${candidate.version}`, digest: { gitCommit: commit } }]),
      {
        name: spec.artifact,
        digest: { md5: candidate.md5, ...(candidate.sha256 === undefined ? {} : { sha256: candidate.sha256 }) },
      },
    ],
    ...(verdict === undefined ? {} : { verdict }),
    body: {
      rollout: state.id,
      transition: `${state.id}-${state.generation}`,
      environment: spec.environment,
      artifact: spec.artifact,
      version: candidate.version,
      stable: state.stable?.version ?? null,
      from: now.state?.id === state.id ? now.state.phase : null,
      phase: state.phase,
      weight: state.weight,
      step: state.step,
      because: state.because,
      actor: state.actor,
      specDigest: state.specDigest,
      manifest: state.manifestWritten,
      stateBefore: now.stateOid,
      findings: state.findings as unknown as Json[],
    } as RecordDraft['body'],
  };
}
