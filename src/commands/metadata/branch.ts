/** The branch `mlops-metadata`: where it is, what it holds, and the one push that adds records to it together with other refs. */

import {
  compareRecords,
  parseRecordFile,
  type ReadRecord,
  type RecordFile,
} from '../../domain/metadata/record-file.ts';
import type { MetadataRecord, RecordKind } from '../../formats/record.ts';
import type { Git, PushOutcome, RefUpdate } from '../../ports/git.ts';
import type { Ports } from '../../ports/ports.ts';

export const metadataBranch = 'mlops-metadata';
const localRef = `refs/heads/${metadataBranch}`;

interface Known {
  /** By blob id, so that a retry reads only what is new. */
  readonly records: Map<string, ReadRecord>;
  readonly warned: Set<string>;
  fetched: boolean;
  /** Fetching does not change it: only a shallow clone is fetched with a depth. */
  shallow: Promise<boolean> | undefined;
  kept: readonly string[];
}
const known = new WeakMap<Git, Known>();

function knownOf(git: Git): Known {
  let state = known.get(git);
  if (state === undefined) {
    state = { records: new Map(), warned: new Set(), fetched: false, shallow: undefined, kept: [] };
    known.set(git, state);
  }
  return state;
}

/** A command reads more than once; it says a thing once. */
export function warnOnce(ports: Ports, text: string): void {
  const { warned } = knownOf(ports.git);
  if (warned.has(text)) return;
  warned.add(text);
  ports.progress.warn(text);
}

/**
 * Brings tags and records of the remote. `fetch` undefined fetches once per process where the local copy may be incomplete:
 * in Actions, in shallow clones, without tags or without the branch. A remote that cannot be reached is an error, never "no versions yet".
 *
 * @returns Tags whose local object differs from the remote one; they cannot be trusted.
 */
export async function fetchRegistry(ports: Ports, fetch: boolean | undefined): Promise<readonly string[]> {
  const { git } = ports;
  const state = knownOf(git);
  const remote = fetch === false ? undefined : await git.remote();
  if (remote === undefined) return state.kept;
  state.shallow ??= git.isShallow();
  const shallow = await state.shallow;
  if (fetch === undefined && (state.fetched || !(shallow || (await mayBeIncomplete(ports, remote))))) return state.kept;
  // The glob makes a remote without the branch no error.
  const refspec = `+${localRef}*:refs/remotes/${remote}/${metadataBranch}*`;
  // A depth in a full clone would cut the history of what it fetches.
  const outcome = await git.fetch([refspec], shallow ? { tags: true, depth: 1 } : { tags: true });
  state.fetched = true;
  state.kept = outcome.kept;
  return state.kept;
}

async function mayBeIncomplete(ports: Ports, remote: string): Promise<boolean> {
  if (ports.environment.actions !== undefined) return true;
  const tracking = `refs/remotes/${remote}/${metadataBranch}`;
  const refs = await ports.git.refs(['refs/tags', tracking]);
  return !refs.some(({ name }) => name === tracking) || !refs.some(({ name }) => name.startsWith('refs/tags/'));
}

interface Heads {
  /** Undefined: the local branch is the store. */
  readonly remote: string | undefined;
  /** Commit the next one is built on. */
  readonly head: string | null;
  /** A local branch from before there was a remote, or of a person's checkout. */
  readonly side: string | null;
}

async function findHeads(git: Git): Promise<Heads> {
  const remote = await git.remote();
  const tracking = `refs/remotes/${remote}/${metadataBranch}`;
  const refs = await git.refs(remote === undefined ? [localRef] : [localRef, tracking]);
  const commitOf = (name: string): string | null => refs.find((ref) => ref.name === name)?.commit ?? null;
  if (remote === undefined) return { remote, head: commitOf(localRef), side: null };
  const [head, side] = [commitOf(tracking), commitOf(localRef)];
  return { remote, head, side: side === head ? null : side };
}

type TreeEntry = Awaited<ReturnType<Git['listTree']>>[number];

async function listRecordFiles(git: Git, heads: Heads): Promise<readonly TreeEntry[]> {
  const byPath = new Map<string, TreeEntry>();
  for (const commit of [heads.side, heads.head])
    if (commit !== null) for (const entry of await git.listTree(commit, 'records')) byPath.set(entry.path, entry);
  return [...byPath.values()];
}

/** Records of the newest known branch, oldest first; a damaged one is named in a warning once and left out. */
export async function loadRecords(
  ports: Ports,
  kinds?: readonly RecordKind[],
): Promise<readonly { readonly id: string; readonly record: MetadataRecord }[]> {
  const { git } = ports;
  const state = knownOf(git);
  const prefixes = kinds?.map((kind) => `records/${kind}/`);
  const entries = (await listRecordFiles(git, await findHeads(git))).filter(
    ({ path }) => prefixes === undefined || prefixes.some((prefix) => path.startsWith(prefix)),
  );
  const fresh = entries.filter(({ oid, path }) => !state.records.has(`${oid} ${path}`));
  const blobs = await git.readBlobs(fresh.map(({ oid }) => oid));
  for (const [index, { oid, path }] of fresh.entries())
    state.records.set(`${oid} ${path}`, parseRecordFile(path, blobs[index]!));
  const found: { readonly id: string; readonly record: MetadataRecord }[] = [];
  for (const { oid, path } of entries) {
    const read = state.records.get(`${oid} ${path}`)!;
    if (read.kind === 'record') found.push({ id: read.id, record: read.record });
    else warnOnce(ports, `Record "${path}" on branch ${metadataBranch} is damaged and left out: ${read.reason}`);
  }
  return found.sort(compareRecords);
}

/** One commit on the branch and the other refs, all or nothing, each under its lease. */
export async function publish(
  ports: Ports,
  files: readonly RecordFile[],
  refs: readonly RefUpdate[],
  operation: string,
): Promise<PushOutcome> {
  const { git } = ports;
  const heads = await findHeads(git);
  const updates = [...refs];
  if (files.length > 0) {
    const target = await writeRecordCommit(ports, heads, files, operation);
    updates.push({ ref: localRef, expected: heads.head, target });
  }
  return heads.remote === undefined ? git.updateRefs(updates) : git.push(updates);
}

async function writeRecordCommit(
  ports: Ports,
  heads: Heads,
  files: readonly RecordFile[],
  operation: string,
): Promise<string> {
  const { git, clock } = ports;
  const edits = await Promise.all(
    files.map(async ({ path, text }) => ({ path, blob: (await git.writeBlob(text)) as string })),
  );
  const parents = heads.head === null ? [] : [heads.head];
  if (heads.side !== null) {
    const there = new Set(
      heads.head === null ? [] : (await git.listTree(heads.head, 'records')).map(({ path }) => path),
    );
    const missing = (await git.listTree(heads.side, 'records')).filter(({ path }) => !there.has(path));
    edits.push(...missing.map(({ path, oid }) => ({ path, blob: oid })));
    if (missing.length > 0) parents.push(heads.side);
  }
  const tree = await git.writeTree(heads.head, edits);
  const kinds = [...new Set(files.map(({ record }) => record.kind))].join(', ');
  const oneLine = operation.replace(/\p{Cc}+/gu, ' ');
  const message = `Add ${kinds} record${files.length === 1 ? '' : 's'}\n\nMlops-Operation: ${oneLine}\n`;
  return git.writeCommit({ tree, parents, message, time: clock.now() });
}
