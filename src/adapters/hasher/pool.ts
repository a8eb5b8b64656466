/** Deals batches of files to hash workers, and gathers their digests in the order of the paths. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FileDigest } from '../../ports/hasher.ts';
import type { HashReply, HashRequest } from './hash-worker.ts';

const batchFiles = 128;

export interface PoolOptions {
  readonly workers: number;
  readonly at: (path: string) => string;
  readonly onFile: ((bytes: number) => void) | undefined;
  readonly unreadable: (path: string, cause: unknown) => Error;
}

export async function hashInPool(paths: readonly string[], options: PoolOptions): Promise<readonly FileDigest[]> {
  const digests: FileDigest[] = new Array(paths.length);
  // Small batches at few files keep every worker busy and one large file from holding back many others.
  const batch = Math.max(1, Math.min(batchFiles, Math.ceil(paths.length / (options.workers * 4))));
  let next = 0;
  const takeBatch = (): { first: number; paths: readonly string[] } | undefined => {
    if (next >= paths.length) return undefined;
    const first = next;
    next = Math.min(paths.length, first + batch);
    return { first, paths: paths.slice(first, next) };
  };
  const work = async (): Promise<void> => {
    const worker = new Worker(workerUrl());
    try {
      for (let task = takeBatch(); task !== undefined; task = takeBatch()) {
        const reply = await ask(worker, { paths: task.paths.map(options.at) });
        reply.forEach((result, index) => {
          if ('error' in result) throw options.unreadable(task.paths[index]!, result.error);
          digests[task.first + index] = result;
          options.onFile?.(result.size);
        });
      }
    } catch (error) {
      next = paths.length;
      throw error;
    } finally {
      await worker.terminate();
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: options.workers }, work));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return digests;
}

function ask(worker: Worker, request: HashRequest): Promise<HashReply> {
  return new Promise((fulfil, reject) => {
    const settle = (finish: () => void): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
      finish();
    };
    const onMessage = (reply: HashReply): void => settle(() => fulfil(reply));
    const onError = (error: unknown): void => settle(() => reject(error));
    const onExit = (code: number): void => settle(() => reject(new Error(`hash worker ended with code ${code}`)));
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    worker.postMessage(request);
  });
}

/** From source the worker stands beside this file; in a bundle in the folder of the entries, beside or above the chunk. */
function workerUrl(): URL {
  if (import.meta.url.endsWith('.ts')) return new URL('./hash-worker.ts', import.meta.url);
  const beside = new URL('./hash-worker.js', import.meta.url);
  return existsSync(fileURLToPath(beside)) ? beside : new URL('../hash-worker.js', import.meta.url);
}
