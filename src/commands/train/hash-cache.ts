/** Remembers content addresses during one run, until a stage writes over them. */

import { pathsOverlap } from '../../base/repo-path.ts';
import type { DataPorts, DvcRepository } from '../data/dvc-repository.ts';
import { type HashedPath, hashPath } from '../data/hash-path.ts';

export interface HashCache {
  get(path: string): Promise<HashedPath | undefined>;
  /** As DVC before version 3 hashed it; not remembered. */
  legacy(path: string): Promise<HashedPath | undefined>;
  forget(path: string): void;
}

export function createHashCache(
  ports: DataPorts,
  repository: DvcRepository,
  onBytes: (bytes: number) => void,
): HashCache {
  const known = new Map<string, Promise<HashedPath | undefined>>();
  return {
    get(path) {
      const hashing = known.get(path) ?? hashPath(ports, repository, path, { onBytes });
      known.set(path, hashing);
      return hashing;
    },
    legacy: (path) => hashPath(ports, repository, path, { onBytes, legacy: true }),
    forget(path) {
      for (const one of known.keys()) if (pathsOverlap(one, path)) known.delete(one);
    },
  };
}
