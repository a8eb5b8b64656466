/** Compares tracked data with the work tree, the cache and (when asked) the remote, without moving anything. */

import { objectKey } from '../../domain/data/object-key.ts';
import type { DataPorts, DvcRepository, Remote } from './dvc-repository.ts';
import { readListing } from './fetch-objects.ts';
import { hashPath } from './hash-path.ts';
import type { TrackedOutput } from './tracked-outputs.ts';

export type WorkState = 'unchanged' | 'modified' | 'deleted' | 'not-cached' | 'never-ran';

export interface OutputStatus {
  readonly output: TrackedOutput;
  readonly work: WorkState;
  /** Objects that the remote lacks; undefined when it was not asked. */
  readonly missing: number | undefined;
}

export async function readStatus(
  ports: DataPorts,
  repository: DvcRepository,
  outputs: readonly TrackedOutput[],
  remoteOf?: (output: TrackedOutput) => Promise<Remote>,
): Promise<readonly OutputStatus[]> {
  const total = outputs.reduce((sum, output) => sum + output.size, 0);
  const task = ports.progress.start('Hashing tracked data', { total, unit: 'bytes' });
  const states: OutputStatus[] = [];
  for (const output of outputs) {
    const work = await workState(ports, repository, output, (bytes) => task.advance(bytes));
    const remote = remoteOf !== undefined && output.cached && output.pushed ? await remoteOf(output) : undefined;
    const missing = remote === undefined ? undefined : await countMissing(ports, repository, output, remote);
    states.push({ output, work, missing });
  }
  task.done();
  return states;
}

async function workState(
  ports: DataPorts,
  repository: DvcRepository,
  output: TrackedOutput,
  onBytes: (bytes: number) => void,
): Promise<WorkState> {
  if (output.md5 === undefined) return 'never-ran';
  const current = await hashPath(ports, repository, output.path, { legacy: output.legacy, onBytes });
  if (current === undefined) return 'deleted';
  if (current.md5 !== output.md5) return 'modified';
  if (!output.cached) return 'unchanged';
  const key = objectKey(output.md5, output.legacy);
  return (await repository.cache.has([key])).has(key) ? 'unchanged' : 'not-cached';
}

/** A listing in the remote means all of its files are there: every writer puts it last (dvc.md 1.4). */
async function countMissing(
  ports: DataPorts,
  repository: DvcRepository,
  output: TrackedOutput,
  remote: Remote,
): Promise<number> {
  if (output.md5 === undefined) return 0;
  const key = objectKey(output.md5, output.legacy);
  if ((await remote.store.has([key])).has(key)) return 0;
  if (!output.md5.endsWith('.dir') || !(await repository.cache.has([key])).has(key)) return 1;
  const listing = await readListing(ports, repository, output.md5, output.legacy);
  const keys = [...new Set(listing.map((entry) => objectKey(entry.md5, output.legacy)))];
  const there = await remote.store.has(keys);
  return 1 + keys.filter((one) => !there.has(one)).length;
}
