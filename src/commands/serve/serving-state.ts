/** Holds what is served: loads the versions of a manifest by digest, swaps them at once, closes an old one after its last request. */

import { KitError } from '../../base/errors.ts';
import {
  parseReferenceManifest,
  type ReferenceManifest,
  type ServedVersion,
} from '../../formats/reference-manifest.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Model } from '../../ports/serving.ts';
import { restoreObject } from '../restore-object.ts';

export interface ServedModel {
  readonly version: string;
  readonly digest: string;
  readonly model: Model;
  /** Requests under way. */
  pending: number;
  retired: boolean;
}

export interface Serving {
  readonly artifact: string;
  readonly stable: ServedModel;
  readonly candidate: ServedModel | undefined;
  readonly weight: number;
  readonly seed: string;
  readonly rollout: string | undefined;
}

export interface ServingState {
  current(): Serving | undefined;
  /** Serves what a manifest says. On error the former state stays in force. */
  applyManifest(text: string, path: string): Promise<void>;
  /** Serves one file, without a registry. */
  applyFile(path: string, artifact: string): Promise<void>;
  close(): Promise<void>;
}

export function createServingState(ports: Ports): ServingState {
  const loaded = new Map<string, ServedModel>();
  let serving: Serving | undefined;

  const swap = (next: Serving): void => {
    serving = next;
    for (const [key, served] of loaded) {
      if (served === next.stable || served === next.candidate) continue;
      loaded.delete(key);
      served.retired = true;
      closeWhenIdle(served);
    }
  };
  const open = async (served: ServedVersion, manifest: string): Promise<ServedModel> => {
    const key = `${served.version} ${served.md5}`;
    const known = loaded.get(key);
    if (known !== undefined) return known;
    const path = await fetchModel(ports, served, manifest);
    const model = await (await ports.modelRuntime()).load(path, { isolated: true });
    const opened: ServedModel = { version: served.version, digest: served.md5, model, pending: 0, retired: false };
    loaded.set(key, opened);
    return opened;
  };
  return {
    current: () => serving,
    async applyManifest(text, path) {
      const manifest: ReferenceManifest = parseReferenceManifest(text, path);
      const stable = await open(manifest.stable, path);
      const candidate = manifest.candidate ? await open(manifest.candidate, path) : undefined;
      const { artifact, weight, seed, rollout } = manifest;
      swap({ artifact, stable, candidate, weight, seed, rollout: rollout ?? undefined });
    },
    async applyFile(path, artifact) {
      const { md5 } = await ports.hasher.md5File(path);
      const model = await (await ports.modelRuntime()).load(path, { isolated: true });
      const stable: ServedModel = { version: 'file', digest: md5, model, pending: 0, retired: false };
      loaded.set(path, stable);
      swap({ artifact, stable, candidate: undefined, weight: 0, seed: artifact, rollout: undefined });
    },
    async close() {
      serving = undefined;
      await Promise.all([...loaded.values()].map((served) => served.model.close()));
      loaded.clear();
    },
  };
}

/** Ends one request; the last one of a retired model closes it. */
export function releaseModel(served: ServedModel): void {
  served.pending -= 1;
  closeWhenIdle(served);
}

function closeWhenIdle(served: ServedModel): void {
  if (served.retired && served.pending === 0) void served.model.close();
}

/** The model file of a version, from the kit's cache or restored from the data remote, its digests checked. */
export async function fetchModel(ports: Ports, served: ServedVersion, manifest: string): Promise<string> {
  if (served.md5.endsWith('.dir')) {
    throw new KitError('model-unsupported', `Cannot serve version "${served.version}": its artifact is a folder`, {
      hint: 'The reference server takes one ONNX file. Deploy folders with another target.',
      at: { path: manifest },
    });
  }
  const path = `.mlops/cache/models/${served.md5}.onnx`;
  const cached = (await ports.files.exists(path)) && (await ports.hasher.md5File(path)).md5 === served.md5;
  if (!cached) await restoreObject(ports, served.md5, path);
  if (served.sha256 !== undefined && (await ports.hasher.sha256File(path)) !== served.sha256) {
    throw new KitError('model-digest', `Cannot serve version "${served.version}": its file has another SHA-256`, {
      hint: 'MD5 agrees but SHA-256 does not: somebody exchanged the file. Do not use it; look into the data remote.',
      at: { path: manifest },
    });
  }
  return path;
}
