/** Reads and appends records of the metadata store (branch `mlops-metadata`) for every command. */

import { KitError } from '../base/errors.ts';
import { formatRecordFile, type RecordFile } from '../domain/metadata/record-file.ts';
import type { MetadataRecord, RecordKind } from '../formats/record.ts';
import type { PushOutcome, RefUpdate } from '../ports/git.ts';
import type { Ports } from '../ports/ports.ts';
import { fetchRegistry, loadRecords, metadataBranch, publish } from './metadata/branch.ts';
import { clearOutbox, finishOutbox, writeOutbox } from './metadata/outbox.ts';

export { finishOutbox } from './metadata/outbox.ts';

/** A record before it is stamped with time, actor, tool, run URL and operation. */
export interface RecordDraft {
  readonly kind: RecordKind;
  readonly subject: MetadataRecord['subject'];
  readonly verdict?: MetadataRecord['common']['verdict'];
  readonly body: MetadataRecord['body'];
}

export interface StoredRecord {
  /** SHA-256 of its bytes, also its file name and id in `Mlops-Evidence` trailers. */
  readonly id: string;
  readonly record: MetadataRecord;
}

/** What one atomic push carries besides the records, planned again on each attempt after the newest state was fetched. */
export interface AppendPlan {
  readonly records: readonly RecordDraft[];
  readonly refs?: readonly RefUpdate[];
}

/** Milliseconds after which a write that keeps losing races gives up. */
const deadline = 120_000;
const longestPause = 5000;

/**
 * Appends records (and moves other refs with them) in one atomic push under a lease on `mlops-metadata`, with bounded retry.
 * Without a remote the local branch is written. The same operation twice returns what stands, so two writes of one command
 * need two operations. An empty plan writes nothing. `plan` runs after tags and records were fetched and reads with `fetch: false`.
 *
 * @throws KitError `metadata-contended` after 120 s of lost races, and what `Git.fetch` and `Git.push` throw
 */
export async function appendRecords(
  ports: Ports,
  operation: string,
  plan: (attempt: number) => Promise<AppendPlan>,
): Promise<readonly StoredRecord[]> {
  await finishOutbox(ports, operation);
  const start = ports.clock.monotonic();
  let unreachable = 0;
  for (let attempt = 0; ; attempt++) {
    const standing = await findStanding(ports, operation);
    if (standing === 'unreachable') return keepForLater(ports, operation, await plan(attempt));
    if (standing.length > 0) {
      await clearOutbox(ports, operation);
      return standing;
    }
    const planned = await planOrForget(ports, operation, () => plan(attempt));
    const files = planned.records.map((draft) => stamp(ports, operation, draft));
    const refs = planned.refs ?? [];
    if (files.length === 0 && refs.length === 0) return [];
    await writeOutbox(ports, {
      schema: 'outbox/v1',
      operation,
      records: files.map(({ record }) => record),
      refs: [...refs],
    });
    const outcome = await tryPublish(ports, files, refs, operation, () => ++unreachable < 3);
    if (outcome.kind === 'pushed') {
      await clearOutbox(ports, operation);
      return files.map(({ id, record }) => ({ id, record }));
    }
    ports.progress.debug(`Attempt ${attempt + 1} of "${operation}" was late: ${outcome.message}`);
    await assertBranchStands(ports, attempt);
    const pause = jitter(ports, attempt);
    if (ports.clock.monotonic() - start + pause > deadline) throw contended(operation, outcome.message);
    await ports.clock.sleep(pause);
  }
}

/** Records of the newest known metadata branch, oldest first; damaged ones are reported by name as warnings and left out. */
export async function readRecords(
  ports: Ports,
  filter: { readonly kinds?: readonly RecordKind[]; readonly fetch?: boolean } = {},
): Promise<readonly StoredRecord[]> {
  await fetchRegistry(ports, filter.fetch);
  return loadRecords(ports, filter.kinds);
}

/** Outside Actions an unreachable remote is told apart: a laptop keeps its outbox, a runner does not. */
async function findStanding(ports: Ports, operation: string): Promise<readonly StoredRecord[] | 'unreachable'> {
  try {
    await fetchRegistry(ports, true);
  } catch (error) {
    const offline = error instanceof KitError && error.code === 'git-remote-unreachable';
    if (!offline || ports.environment.actions !== undefined) throw error;
    ports.progress.warn(error.message);
    return 'unreachable';
  }
  return (await loadRecords(ports)).filter(({ record }) => record.common.operation === operation);
}

/** Plain records wait in the outbox; tags need the newest state of the remote, so nothing is planned offline. */
async function keepForLater(ports: Ports, operation: string, planned: AppendPlan): Promise<readonly StoredRecord[]> {
  if (planned.refs !== undefined && planned.refs.length > 0)
    throw new KitError('git-remote-unreachable', `Cannot write "${operation}": the remote cannot be reached`, {
      hint: 'Versions and stages are planned on the newest state of the remote: run the command again when it can be reached.',
    });
  const files = planned.records.map((draft) => stamp(ports, operation, draft));
  if (files.length === 0) return [];
  await writeOutbox(ports, { schema: 'outbox/v1', operation, records: files.map(({ record }) => record), refs: [] });
  ports.progress.warn(`The record of "${operation}" waits in .mlops/outbox; the next writing command pushes it.`);
  return files.map(({ id, record }) => ({ id, record }));
}

/** A plan that is refused on a later attempt must not be finished by the next start. */
async function planOrForget<T>(ports: Ports, operation: string, plan: () => Promise<T>): Promise<T> {
  try {
    return await plan();
  } catch (error) {
    await clearOutbox(ports, operation);
    throw error;
  }
}

function stamp(ports: Ports, operation: string, draft: RecordDraft): RecordFile {
  const { clock, environment } = ports;
  return formatRecordFile({
    schema: 'record/v1',
    kind: draft.kind,
    subject: draft.subject,
    common: {
      time: clock.now().toISOString(),
      actor: environment.actor,
      tool: environment.tool,
      ...(environment.actions === undefined ? {} : { runUrl: environment.actions.runUrl }),
      operation,
      ...(draft.verdict === undefined ? {} : { verdict: draft.verdict }),
    },
    body: draft.body,
  });
}

/** A connection that broke may have broken after the push: the next attempt looks first. A refusal is final and leaves nothing behind. */
async function tryPublish(
  ports: Ports,
  files: readonly RecordFile[],
  refs: readonly RefUpdate[],
  operation: string,
  mayRetry: () => boolean,
): Promise<PushOutcome> {
  try {
    return await publish(ports, files, refs, operation);
  } catch (error) {
    if (!(error instanceof KitError)) throw error;
    if (error.code === 'git-push-forbidden') await clearOutbox(ports, operation);
    if (error.code !== 'git-remote-unreachable' || !mayRetry()) throw error;
    return { kind: 'rejected', refs: [], message: error.message };
  }
}

/** Full jitter: a random pause under a bound that doubles, so that many writers spread out. */
function jitter(ports: Ports, attempt: number): number {
  const bound = Math.min(longestPause, 100 * 2 ** Math.min(attempt, 10));
  return Math.round((Number.parseInt(ports.clock.randomHex(4), 16) / 0xffffffff) * bound);
}

async function assertBranchStands(ports: Ports, attempt: number): Promise<void> {
  const remote = await ports.git.remote();
  if (attempt !== 2 || remote === undefined) return;
  const tracking = `refs/remotes/${remote}/${metadataBranch}`;
  const [ours, theirs] = await Promise.all([
    ports.git.refs([tracking]),
    ports.git.remoteRefs([`refs/heads/${metadataBranch}`]),
  ]);
  if (ours.length === 0 || theirs.size > 0) return;
  throw new KitError('metadata-branch-missing', `Cannot append to branch "${metadataBranch}": the remote lost it`, {
    hint: `Restore it from this clone: git push ${remote} ${tracking}:refs/heads/${metadataBranch}`,
  });
}

function contended(operation: string, message: string): KitError {
  return new KitError(
    'metadata-contended',
    `Cannot write "${operation}": other writers were faster for ${deadline / 1000} s (${message})`,
    { hint: 'It is kept in .mlops/outbox and the next writing command finishes it; run the command again.' },
  );
}
