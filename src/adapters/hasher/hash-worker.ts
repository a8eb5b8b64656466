/** Worker thread that hashes batches of files synchronously: the fastest way through many small files. */

import { readFileSync, statSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { hashFileSync, hashSync } from 'hasha';
import type { FileDigest } from '../../ports/hasher.ts';

export interface HashRequest {
  /** Absolute. */
  readonly paths: readonly string[];
}

/** One result per path, in order. */
export type HashReply = readonly (
  | FileDigest
  | { readonly error: { readonly code?: string; readonly message: string } }
)[];

const wholeFileBytes = 1024 * 1024;

parentPort?.on('message', (request: HashRequest) => {
  const reply: HashReply = request.paths.map((path) => {
    try {
      return hashOne(path);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return { error: { message, ...(code === undefined ? {} : { code }) } };
    }
  });
  parentPort?.postMessage(reply);
});

function hashOne(path: string): FileDigest {
  const { size } = statSync(path);
  if (size > wholeFileBytes) return { md5: hashFileSync(path, { algorithm: 'md5' }), size };
  const bytes = readFileSync(path);
  return { md5: hashSync(bytes, { algorithm: 'md5' }), size: bytes.length };
}
