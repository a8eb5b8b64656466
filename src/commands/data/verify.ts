/** Re-hashes what the cache and the remote hold for tracked data: every object must be what its address says. */

import { join } from 'node:path';
import { mapConcurrent } from '../../base/map-concurrent.ts';
import { parseDirObject } from '../../domain/data/dir-object.ts';
import { legacyMd5 } from '../../domain/data/legacy-md5.ts';
import { objectKey } from '../../domain/data/object-key.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { DataPorts, DvcRepository } from './dvc-repository.ts';
import type { TrackedOutput } from './tracked-outputs.ts';
import type { RemoteOf } from './transfer.ts';

export interface PlaceReport {
  readonly place: 'cache' | 'remote';
  readonly objects: number;
  readonly bytes: number;
  readonly missing: readonly string[];
  readonly damaged: readonly string[];
}

export interface VerifiedOutput {
  readonly output: TrackedOutput;
  readonly places: readonly PlaceReport[];
}

export async function verifyOutputs(
  ports: DataPorts,
  repository: DvcRepository,
  outputs: readonly TrackedOutput[],
  remoteOf: RemoteOf | undefined,
): Promise<readonly VerifiedOutput[]> {
  const known = outputs.filter((output) => output.cached && output.md5 !== undefined);
  const task = ports.progress.start('Verifying data', { unit: 'bytes' });
  const temporary = await ports.files.makeTemporaryDirectory('mlops-verify-');
  const verified: VerifiedOutput[] = [];
  try {
    for (const output of known) {
      const stores: (readonly ['cache' | 'remote', ObjectStore])[] = [['cache', repository.cache]];
      if (remoteOf !== undefined && output.pushed) stores.push(['remote', (await remoteOf(output)).store]);
      const places: PlaceReport[] = [];
      for (const [place, store] of stores) {
        places.push({
          place,
          ...(await verifyStore(ports, { store, output, temporary, onBytes: (bytes) => task.advance(bytes) })),
        });
      }
      verified.push({ output, places });
    }
  } finally {
    await ports.files.remove(temporary);
    task.done();
  }
  return verified;
}

interface Subject {
  readonly store: ObjectStore;
  readonly output: TrackedOutput;
  readonly temporary: string;
  readonly onBytes: (bytes: number) => void;
}

async function verifyStore(ports: DataPorts, subject: Subject): Promise<Omit<PlaceReport, 'place'>> {
  const head = await verifyObjects(ports, subject, [subject.output.md5!]);
  const listing = head.texts[0];
  if (listing === undefined) return head;
  const entries = parseDirObject(listing, subject.output.md5!);
  const rest = await verifyObjects(ports, subject, [...new Set(entries.map((entry) => entry.md5))]);
  return {
    objects: head.objects + rest.objects,
    bytes: head.bytes + rest.bytes,
    missing: rest.missing,
    damaged: rest.damaged,
  };
}

const batchObjects = 64;

/** Copies batches out of the store and hashes them, so that the check sees what a reader would get. */
async function verifyObjects(
  ports: DataPorts,
  subject: Subject,
  oids: readonly string[],
): Promise<Omit<PlaceReport, 'place'> & { readonly texts: readonly string[] }> {
  const { legacy } = subject.output;
  const there = await subject.store.has(oids.map((oid) => objectKey(oid, legacy)));
  const found = oids.filter((oid) => there.has(objectKey(oid, legacy)));
  const damaged: string[] = [];
  const texts: string[] = [];
  let bytes = 0;
  for (let start = 0; start < found.length; start += batchObjects) {
    const batch = found.slice(start, start + batchObjects);
    const pathOf = (oid: string): string => join(subject.temporary, oid);
    await mapConcurrent(batch, 8, (oid) => subject.store.get(objectKey(oid, legacy), pathOf(oid)));
    const digests = await ports.hasher.md5Files(batch.map(pathOf), subject.onBytes);
    for (const [index, oid] of batch.entries()) {
      const plain = oid.replace(/\.dir$/, '');
      bytes += digests[index]!.size;
      const isOld = legacy && !oid.endsWith('.dir');
      const actual = isOld ? legacyMd5(await ports.files.readBytes(pathOf(oid))) : digests[index]!.md5;
      if (actual !== plain) damaged.push(oid);
      else if (oid.endsWith('.dir')) texts.push(await ports.files.readText(pathOf(oid)));
      await ports.files.remove(pathOf(oid));
    }
  }
  return {
    objects: found.length,
    bytes,
    missing: oids.filter((oid) => !there.has(objectKey(oid, legacy))),
    damaged,
    texts,
  };
}
