/** Decides which variant answers a request: a hash of its key against the candidate's weight, so that a key keeps its place. */

import { sha256 } from '../../base/digest.ts';

export type Variant = 'stable' | 'candidate';

/** Where a key falls in [0, 1): the first 48 bits of sha256(seed + key). */
export function bucketOf(seed: string, key: string): number {
  return Number.parseInt(sha256(seed + key).slice(0, 12), 16) / 2 ** 48;
}

/**
 * Buckets are nested: who is sent to the candidate at 10 % still is at 50 %, so a ramp never moves a user back and forth.
 * `weight` is in percent.
 */
export function variantOf(bucket: number, weight: number): Variant {
  return bucket < weight / 100 ? 'candidate' : 'stable';
}

/** The key of a request: header `x-request-key`, else parameter `key`, else its id. */
export function requestKeyOf(request: {
  readonly header: string | undefined;
  readonly parameter: unknown;
  readonly id: string;
}): string {
  if (request.header !== undefined && request.header !== '') return request.header;
  if (typeof request.parameter === 'string' || typeof request.parameter === 'number') return String(request.parameter);
  return request.id;
}
