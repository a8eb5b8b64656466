/** Running a model, in this process or in a thread of its own. */

import type { Tensor, TensorSpec } from '../formats/tensor.ts';

export type { Tensor, TensorData, TensorSpec } from '../formats/tensor.ts';

export interface Model {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** @throws KitError `inference-failed` when the model cannot compute these inputs */
  infer(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
  close(): Promise<void>;
}

export interface LoadOptions {
  /** Runs the model in a thread of its own, so that a slow one cannot stop the event loop. */
  readonly isolated?: boolean;
}

export interface ModelRuntime {
  /** Loads an ONNX file. @throws KitError `model-missing`, `model-unreadable`, `runtime-missing` */
  load(path: string, options?: LoadOptions): Promise<Model>;
}
