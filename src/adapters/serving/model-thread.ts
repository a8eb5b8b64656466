/** Runs a model in a thread of its own: onnxruntime computes on the calling thread, and a slow model would hold up all requests. */

import { once } from 'node:events';
import { createRequire } from 'node:module';
import { sep } from 'node:path';
import { Worker } from 'node:worker_threads';
import { KitError } from '../../base/errors.ts';
import type { Model, Tensor, TensorSpec } from '../../ports/serving.ts';

export interface ThreadStart {
  /** Main file of onnxruntime-node. */
  readonly modulePath: string;
  readonly file: string;
  readonly shownPath: string;
}

export type ThreadRequest =
  | { readonly kind: 'infer'; readonly id: number; readonly inputs: Readonly<Record<string, Tensor>> }
  | { readonly kind: 'close' };

export type ThreadAnswer =
  | { readonly kind: 'loaded'; readonly inputs: readonly TensorSpec[]; readonly outputs: readonly TensorSpec[] }
  | { readonly kind: 'inferred'; readonly id: number; readonly outputs: Readonly<Record<string, Tensor>> }
  | {
      readonly kind: 'refused';
      readonly id: number;
      readonly code: string;
      readonly message: string;
      readonly hint: string;
    };

interface Waiting {
  resolve(outputs: Readonly<Record<string, Tensor>>): void;
  reject(error: KitError): void;
}

/** @throws KitError `model-unreadable` */
export async function loadInThread(file: string, shownPath: string): Promise<Model> {
  const start: ThreadStart = { modulePath: loadedModulePath(), file, shownPath };
  // Beside this module in src; beside the chunk that holds it in dist, where the build writes it as an entry of its own.
  const entry = import.meta.url.endsWith('.ts') ? './model-worker.ts' : './model-worker.js';
  const worker = new Worker(new URL(entry, import.meta.url), { workerData: start });
  const waiting = new Map<number, Waiting>();
  const specs = await firstAnswer(worker);
  worker.unref();

  worker.on('message', (answer: ThreadAnswer) => {
    if (answer.kind === 'loaded') return;
    const waiter = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (waiting.size === 0) worker.unref();
    if (answer.kind === 'inferred') waiter?.resolve(answer.outputs);
    else waiter?.reject(refusal(answer));
  });
  const fail = (reason: string): void => {
    for (const waiter of waiting.values()) {
      waiter.reject(new KitError('inference-failed', `Cannot run model "${shownPath}": ${reason}`));
    }
    waiting.clear();
  };
  let ended = false;
  worker.on('error', (error) => fail(error instanceof Error ? error.message : String(error)));
  worker.on('exit', () => {
    ended = true;
    fail('its thread has ended');
  });

  let lastId = 0;
  return {
    ...specs,
    infer(inputs) {
      return new Promise((resolve, reject) => {
        if (ended) {
          reject(new KitError('inference-failed', `Cannot run model "${shownPath}": its thread has ended`));
          return;
        }
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        worker.ref();
        worker.postMessage({ kind: 'infer', id: lastId, inputs } satisfies ThreadRequest);
      });
    },
    async close() {
      if (ended) return;
      worker.ref();
      const exit = once(worker, 'exit');
      worker.postMessage({ kind: 'close' } satisfies ThreadRequest);
      await exit;
    },
  };
}

async function firstAnswer(worker: Worker): Promise<{ inputs: readonly TensorSpec[]; outputs: readonly TensorSpec[] }> {
  const [answer] = (await once(worker, 'message')) as [ThreadAnswer];
  if (answer.kind === 'loaded') return { inputs: answer.inputs, outputs: answer.outputs };
  await worker.terminate();
  if (answer.kind === 'refused') throw refusal(answer);
  throw new TypeError(`thread answered ${answer.kind} before it was asked`);
}

function refusal(answer: Extract<ThreadAnswer, { kind: 'refused' }>): KitError {
  return new KitError(answer.code, answer.message, answer.hint === '' ? {} : { hint: answer.hint });
}

/** Where this process has loaded onnxruntime-node from: node_modules, or the tool cache the loader fetched it into. */
function loadedModulePath(): string {
  const require = createRequire(import.meta.url);
  const ending = ['onnxruntime-node', 'dist', 'index.js'].join(sep);
  return Object.keys(require.cache).find((path) => path.endsWith(ending)) ?? require.resolve('onnxruntime-node');
}
