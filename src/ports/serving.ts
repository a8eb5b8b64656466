/** Running a model in this process, and serving HTTP. */

export type TensorData = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array | readonly string[];

export interface Tensor {
  /** Open Inference Protocol datatype: FP32, FP64, INT64, INT32, BOOL, BYTES. */
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface TensorSpec {
  readonly name: string;
  readonly datatype: string;
  /** -1 = variable. */
  readonly shape: readonly number[];
}

export interface Model {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  infer(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
  close(): Promise<void>;
}

export interface ModelRuntime {
  /** Loads an ONNX file. @throws KitError `model-missing`, `model-unreadable`, `runtime-missing` */
  load(path: string): Promise<Model>;
}
