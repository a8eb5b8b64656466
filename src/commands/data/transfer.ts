/** Moves tracked content between cache and remote: push with listings last, pull with a check of all that arrives. */

import { KitError } from '../../base/errors.ts';
import { mapConcurrent } from '../../base/map-concurrent.ts';
import { plural } from '../../base/text.ts';
import { legacyMd5 } from '../../domain/data/legacy-md5.ts';
import { objectKey } from '../../domain/data/object-key.ts';
import type { ProgressTask } from '../../ports/progress.ts';
import { checkoutOutput } from './checkout.ts';
import type { DataPorts, DvcRepository, Remote } from './dvc-repository.ts';
import { fetchObjects, readListing } from './fetch-objects.ts';
import type { TrackedOutput } from './tracked-outputs.ts';

export interface Transfer {
  readonly output: TrackedOutput;
  readonly objects: number;
  readonly bytes: number;
  /** Object ids that are nowhere. */
  readonly missing: readonly string[];
  /** Whether the work tree was written (pull). */
  readonly written: boolean;
}

export type RemoteOf = (output: TrackedOutput) => Promise<Remote>;

interface Step {
  readonly output: TrackedOutput & { readonly md5: string };
  readonly remoteOf: RemoteOf;
  readonly task: ProgressTask;
  readonly dryRun: boolean;
}

export interface TransferOptions {
  readonly remoteOf: RemoteOf;
  readonly dryRun: boolean;
}

export async function pushOutputs(
  ports: DataPorts,
  repository: DvcRepository,
  outputs: readonly TrackedOutput[],
  options: TransferOptions,
): Promise<readonly Transfer[]> {
  const wanted = outputs.filter((output) => output.pushed);
  return await eachOutput(ports, wanted, 'Pushing data', (output, task) =>
    pushOutput(ports, repository, { ...options, output, task }),
  );
}

export async function pullOutputs(
  ports: DataPorts,
  repository: DvcRepository,
  outputs: readonly TrackedOutput[],
  options: TransferOptions & { readonly force: boolean },
): Promise<readonly Transfer[]> {
  return await eachOutput(ports, outputs, 'Pulling data', (output, task) =>
    pullOutput(ports, repository, { ...options, output, task }, options.force),
  );
}

async function eachOutput(
  ports: DataPorts,
  outputs: readonly TrackedOutput[],
  title: string,
  step: (output: TrackedOutput & { readonly md5: string }, task: ProgressTask) => Promise<Transfer>,
): Promise<readonly Transfer[]> {
  const known = outputs.filter((output) => output.cached && output.md5 !== undefined);
  const total = known.reduce((sum, output) => sum + output.size, 0);
  const task = ports.progress.start(title, { total, unit: 'bytes' });
  const transfers: Transfer[] = [];
  for (const output of known) transfers.push(await step({ ...output, md5: output.md5! }, task));
  const moved = transfers.reduce((sum, transfer) => sum + transfer.objects, 0);
  task.done(`${title}: ${plural(moved, 'object')} moved`);
  return transfers;
}

/** All objects of an output, its listing first; undefined when the listing is not in the cache. */
async function objectsOf(
  ports: DataPorts,
  repository: DvcRepository,
  output: Step['output'],
): Promise<readonly string[] | undefined> {
  if (!output.md5.endsWith('.dir')) return [output.md5];
  const key = objectKey(output.md5, output.legacy);
  if (!(await repository.cache.has([key])).has(key)) return undefined;
  const listing = await readListing(ports, repository, output.md5, output.legacy);
  return [output.md5, ...new Set(listing.map((entry) => entry.md5))];
}

async function pushOutput(ports: DataPorts, repository: DvcRepository, step: Step): Promise<Transfer> {
  const { output } = step;
  const nothing = { output, objects: 0, bytes: 0, missing: [], written: false };
  const keyOf = (oid: string): string => objectKey(oid, output.legacy);
  const remote = await step.remoteOf(output);
  if ((await remote.store.has([keyOf(output.md5)])).has(keyOf(output.md5))) return nothing;
  const oids = await objectsOf(ports, repository, output);
  if (oids === undefined) return { ...nothing, missing: [output.md5] };
  const there = await remote.store.has(oids.map(keyOf));
  const wanted = oids.filter((oid) => !there.has(keyOf(oid)));
  const cached = await repository.cache.has(wanted.map(keyOf));
  const missing = wanted.filter((oid) => !cached.has(keyOf(oid)));
  const files = wanted.filter((oid) => !oid.endsWith('.dir') && !missing.includes(oid));
  const bytes = await assertSound(ports, repository, files, output.legacy);
  if (step.dryRun) return { output, objects: files.length, bytes, missing, written: false };
  await mapConcurrent(files, 8, async (oid) => {
    await remote.store.put(keyOf(oid), repository.cachePath(oid, output.legacy));
    step.task.advance((await ports.files.stat(repository.cachePath(oid, output.legacy)))?.size ?? 0);
  });
  // The listing goes last, and only over a complete set: its presence says that all of its files are there.
  const listing = missing.length === 0 && output.md5.endsWith('.dir');
  if (listing) await remote.store.put(keyOf(output.md5), repository.cachePath(output.md5, output.legacy));
  return { output, objects: files.length + Number(listing), bytes, missing, written: false };
}

/** A damaged cache must not spread. Returns the bytes. */
async function assertSound(
  ports: DataPorts,
  repository: DvcRepository,
  oids: readonly string[],
  legacy: boolean,
): Promise<number> {
  const damaged = await findDamaged(ports, repository, oids, legacy);
  if (damaged.oids.length === 0) return damaged.bytes;
  const first = damaged.oids[0]!;
  throw new KitError('object-damaged', `Cannot push object "${first}": its copy in the cache has another hash`, {
    hint: 'Remove the file from the cache and add the data again.',
    at: { path: repository.cachePath(first, legacy) },
  });
}

/** Objects of the cache whose content is not what their name says. */
export async function findDamaged(
  ports: DataPorts,
  repository: DvcRepository,
  oids: readonly string[],
  legacy: boolean,
): Promise<{ readonly oids: readonly string[]; readonly bytes: number }> {
  const paths = oids.map((oid) => repository.cachePath(oid, legacy));
  const digests = await ports.hasher.md5Files(paths);
  const wrong: string[] = [];
  for (const [index, oid] of oids.entries()) {
    const plain = oid.replace(/\.dir$/, '');
    if (digests[index]!.md5 === plain) continue;
    const isOld = legacy && !oid.endsWith('.dir');
    if (isOld && legacyMd5(await ports.files.readBytes(paths[index]!)) === plain) continue;
    wrong.push(oid);
  }
  return { oids: wrong, bytes: digests.reduce((sum, digest) => sum + digest.size, 0) };
}

async function pullOutput(ports: DataPorts, repository: DvcRepository, step: Step, force: boolean): Promise<Transfer> {
  const { output, task } = step;
  const options = { legacy: output.legacy, remote: () => step.remoteOf(output) };
  if (step.dryRun) return { output, objects: 0, bytes: 0, missing: [], written: false };
  const head = await fetchObjects(ports, repository, [output.md5], {
    ...options,
    ...(output.md5.endsWith('.dir') ? {} : { onBytes: (bytes: number) => task.advance(bytes) }),
  });
  if (head.missing.length > 0) return { output, ...head, written: false };
  const oids = (await objectsOf(ports, repository, output)) ?? [];
  const rest = await fetchObjects(ports, repository, oids.slice(1), {
    ...options,
    onBytes: (bytes) => task.advance(bytes),
  });
  const bytes = head.bytes + rest.bytes;
  const objects = head.objects + rest.objects;
  if (rest.missing.length > 0) return { output, objects, bytes, missing: rest.missing, written: false };
  const written = await checkoutOutput(ports, repository, output, { force });
  return { output, objects, bytes, missing: [], written };
}
