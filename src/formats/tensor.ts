/** Tensors in memory: typed values with a shape and an Open Inference Protocol datatype. */

export type TensorData = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array | readonly string[];

/** Open Inference Protocol datatypes that models here take and give. */
export const tensorDatatypes = ['FP32', 'FP64', 'INT64', 'INT32', 'BOOL', 'BYTES'] as const;
export type TensorDatatype = (typeof tensorDatatypes)[number];

export interface Tensor {
  /** One of `tensorDatatypes`. */
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface TensorSpec {
  readonly name: string;
  readonly datatype: string;
  /** -1 = variable; empty when the model does not say. */
  readonly shape: readonly number[];
  /** Name of each variable dimension (empty text for fixed ones); dimensions of one name must be equal in a request. */
  readonly symbols?: readonly string[];
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
