/** Loads ONNX models with onnxruntime, in this thread or in one of their own. */

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { KitError, messageOf } from '../../base/errors.ts';
import type { LoadOptions, Model, ModelRuntime } from '../../ports/serving.ts';
import { loadInThread } from './model-thread.ts';
import { type OnnxRuntime, openOnnxModel } from './onnx-session.ts';

export interface ModelRuntimeOptions {
  readonly root: string;
  /** The loader of native modules; throws when onnxruntime is neither installed nor may be fetched. */
  loadNative(name: 'onnxruntime-node'): Promise<unknown>;
}

export async function createModelRuntime(options: ModelRuntimeOptions): Promise<ModelRuntime> {
  let runtime: Promise<OnnxRuntime> | undefined;
  return {
    async load(path: string, load: LoadOptions = {}): Promise<Model> {
      const file = resolve(options.root, path);
      const found = await stat(file).catch(() => undefined);
      if (found === undefined) {
        throw new KitError('model-missing', `Cannot load model "${path}": there is no such file`, {
          hint: 'Fetch it with `mlops-kit sync-data pull`, or train it.',
          at: { path },
        });
      }
      if (!found.isFile()) {
        throw new KitError('model-unreadable', `Cannot load model "${path}": it is not a file`, { at: { path } });
      }
      runtime ??= openRuntime(options);
      const module = await runtime;
      return load.isolated ? loadInThread(file, path) : openOnnxModel(module, file, path);
    },
  };
}

async function openRuntime(options: ModelRuntimeOptions): Promise<OnnxRuntime> {
  try {
    const loaded = (await options.loadNative('onnxruntime-node')) as { default?: OnnxRuntime } & OnnxRuntime;
    return loaded.InferenceSession === undefined ? loaded.default! : loaded;
  } catch (error) {
    if (error instanceof KitError) throw error;
    throw new KitError('runtime-missing', `Cannot load "onnxruntime-node": ${messageOf(error)}`, {
      hint: 'Install it with `npm install onnxruntime-node`.',
      cause: error,
    });
  }
}
