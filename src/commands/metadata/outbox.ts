/** The write-ahead outbox `.mlops/outbox`: a write is noted there before it is pushed, and finished by the next start. */

import { sha256 } from '../../base/digest.ts';
import { KitError, messageOf } from '../../base/errors.ts';
import { formatRecordFile } from '../../domain/metadata/record-file.ts';
import { OutboxEntry } from '../../formats/outbox.ts';
import type { Ports } from '../../ports/ports.ts';
import { fetchRegistry, loadRecords, publish } from './branch.ts';

const folder = '.mlops/outbox';
const attempts = 5;

function pathOf(operation: string): string {
  const name = encodeURIComponent(operation);
  return `${folder}/${name.length <= 180 ? name : sha256(operation)}.json`;
}

export async function writeOutbox(ports: Ports, entry: OutboxEntry): Promise<void> {
  await ports.files.write(pathOf(entry.operation), `${JSON.stringify(entry, null, 2)}\n`);
}

export async function clearOutbox(ports: Ports, operation: string): Promise<void> {
  await ports.files.remove(pathOf(operation));
}

/**
 * Finishes what an earlier process planned and did not push. An entry that can no longer stand (its tag is taken by another writer,
 * its objects are gone) is set aside with a warning; without a reachable remote all stay for the next time.
 *
 * @param except Operation that the caller is about to plan again itself.
 */
export async function finishOutbox(ports: Ports, except?: string): Promise<void> {
  const names = (await ports.files.list(folder)).filter((name) => name.endsWith('.json'));
  const skipped = except === undefined ? undefined : pathOf(except);
  for (const name of names) {
    const path = `${folder}/${name}`;
    if (path === skipped) continue;
    const entry = await readEntry(ports, path);
    if (entry === undefined) continue;
    try {
      await finish(ports, path, entry);
    } catch (error) {
      const waits = error instanceof KitError && /^git-(remote-unreachable|push-forbidden)$/.test(error.code);
      if (!waits) throw error;
      ports.progress.warn(`Unfinished write "${entry.operation}" stays in ${path}: ${error.message}`);
    }
  }
}

async function readEntry(ports: Ports, path: string): Promise<OutboxEntry | undefined> {
  if (!(await ports.files.exists(path))) return undefined;
  try {
    return OutboxEntry.parse(JSON.parse(await ports.files.readText(path)));
  } catch (error) {
    await setAside(ports, path, `it cannot be read (${messageOf(error)})`);
    return undefined;
  }
}

async function finish(ports: Ports, path: string, entry: OutboxEntry): Promise<void> {
  const files = entry.records.map(formatRecordFile);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    await fetchRegistry(ports, true);
    const stands = (await loadRecords(ports)).some(({ record }) => record.common.operation === entry.operation);
    if (stands) return ports.files.remove(path);
    const obstacle = await findObstacle(ports, entry);
    if (obstacle !== undefined) return setAside(ports, path, obstacle);
    const outcome = await publish(ports, files, entry.refs, entry.operation);
    if (outcome.kind === 'pushed') {
      ports.progress.info(`Finished the write "${entry.operation}" of an earlier run`);
      return ports.files.remove(path);
    }
    await ports.clock.sleep(100 * attempt + Number.parseInt(ports.clock.randomHex(1), 16));
  }
  ports.progress.warn(`Unfinished write "${entry.operation}" stays in ${path}: other writers were faster`);
}

/** Why the refs of an entry can never be pushed as planned. */
async function findObstacle(ports: Ports, entry: OutboxEntry): Promise<string | undefined> {
  const { git } = ports;
  if (entry.refs.length === 0) return undefined;
  const names = entry.refs.map(({ ref }) => ref);
  const remote = await git.remote();
  const current =
    remote === undefined
      ? new Map((await git.refs(names)).map(({ name, oid }) => [name, oid]))
      : await git.remoteRefs(names);
  for (const { ref, expected, target } of entry.refs) {
    if ((current.get(ref) ?? null) !== expected) return `${ref} was written by someone else`;
    if (target === null) continue;
    try {
      await git.resolve(target);
    } catch (error) {
      if (error instanceof KitError && error.code === 'git-unknown-revision') return `object ${target} is gone`;
      throw error;
    }
  }
  return undefined;
}

async function setAside(ports: Ports, path: string, reason: string): Promise<void> {
  await ports.files.rename(path, `${path}.set-aside`);
  ports.progress.warn(
    `Unfinished write set aside in ${path}.set-aside: ${reason}. Run its command again if still wanted.`,
  );
}
