/** Entry of a model's own thread: loads one ONNX file and answers inference messages until it is closed. */

import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { KitError } from '../../base/errors.ts';
import type { Model } from '../../ports/serving.ts';
import type { ThreadAnswer, ThreadRequest, ThreadStart } from './model-thread.ts';
import { openOnnxModel } from './onnx-session.ts';

const start = workerData as ThreadStart;
const post = (answer: ThreadAnswer): void => parentPort!.postMessage(answer);

const model: Model | undefined = await openOnnxModel(
  createRequire(import.meta.url)(start.modulePath),
  start.file,
  start.shownPath,
).catch((error: unknown) => {
  post({ kind: 'refused', id: 0, ...describe(error) });
  return undefined;
});

if (model !== undefined) {
  parentPort!.on('message', async (request: ThreadRequest) => {
    if (request.kind === 'close') {
      await model.close();
      parentPort!.close();
      return;
    }
    try {
      post({ kind: 'inferred', id: request.id, outputs: await model.infer(request.inputs) });
    } catch (error) {
      post({ kind: 'refused', id: request.id, ...describe(error) });
    }
  });
  post({ kind: 'loaded', inputs: model.inputs, outputs: model.outputs });
}

function describe(error: unknown): { code: string; message: string; hint: string } {
  if (error instanceof KitError) return { code: error.code, message: error.message, hint: error.hint ?? '' };
  return { code: 'inference-failed', message: error instanceof Error ? error.message : String(error), hint: '' };
}
