/** Turns the inputs of an inference request into the tensors a model takes, or says why they do not fit. */

import type { InferenceRequest } from '../../formats/inference.ts';
import { elementsOf, type Tensor, type TensorData, type TensorSpec } from '../../formats/tensor.ts';

export type BoundInputs =
  | { readonly kind: 'bound'; readonly tensors: Readonly<Record<string, Tensor>>; readonly rows: number }
  | { readonly kind: 'refused'; readonly reason: string };

type RequestInput = InferenceRequest['inputs'][number];

class Refusal extends Error {}

/** Every input of the model exactly once, nothing else; datatype and shape as the model says, with -1 for any size. */
export function bindInputs(request: InferenceRequest, specs: readonly TensorSpec[]): BoundInputs {
  try {
    const given = new Map<string, RequestInput>();
    for (const input of request.inputs) {
      if (given.has(input.name)) throw new Refusal(`input "${input.name}" is given twice`);
      given.set(input.name, input);
    }
    const known = new Set(specs.map((spec) => spec.name));
    const unknown = [...given.keys()].filter((name) => !known.has(name));
    if (unknown.length > 0) {
      throw new Refusal(`unknown input ${quoteAll(unknown)}; the model takes ${quoteAll([...known])}`);
    }
    const missing = [...known].filter((name) => !given.has(name));
    if (missing.length > 0) throw new Refusal(`missing input ${quoteAll(missing)}`);

    const sizes = new Map<string, number>();
    const tensors: Record<string, Tensor> = {};
    for (const spec of specs) {
      const input = given.get(spec.name)!;
      assertShape(input, spec, sizes);
      tensors[spec.name] = {
        datatype: spec.datatype,
        shape: input.shape,
        data: readData(input, spec),
      };
    }
    return { kind: 'bound', tensors, rows: request.inputs[0]!.shape[0] ?? 1 };
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', reason: error.message };
    throw error;
  }
}

function quoteAll(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

function assertShape(input: RequestInput, spec: TensorSpec, sizes: Map<string, number>): void {
  if (input.datatype !== spec.datatype) {
    throw new Refusal(`input "${spec.name}" has datatype ${input.datatype}, the model takes ${spec.datatype}`);
  }
  if (spec.shape.length === 0) return;
  const fits =
    input.shape.length === spec.shape.length &&
    spec.shape.every((size, index) => size === -1 || size === input.shape[index]);
  if (!fits) {
    throw new Refusal(
      `input "${spec.name}" has shape [${input.shape.join(', ')}], the model takes [${spec.shape.join(', ')}]`,
    );
  }
  for (const [index, symbol] of (spec.symbols ?? []).entries()) {
    if (symbol === '') continue;
    const size = input.shape[index]!;
    const before = sizes.get(symbol) ?? size;
    if (before !== size) {
      throw new Refusal(
        `input "${spec.name}" has ${size} in dimension ${index} (${symbol}), another input has ${before}`,
      );
    }
    sizes.set(symbol, size);
  }
}

function readData(input: RequestInput, spec: TensorSpec): TensorData {
  const values = flatten(input.data);
  const expected = elementsOf(input.shape);
  if (values.length !== expected) {
    throw new Refusal(
      `input "${spec.name}" has ${values.length} values, its shape [${input.shape.join(', ')}] needs ${expected}`,
    );
  }
  const wrong = (index: number): never => {
    throw new Refusal(`input "${spec.name}" has a value at ${index} that is no ${spec.datatype}`);
  };
  switch (spec.datatype) {
    case 'FP32':
      return Float32Array.from(values, (value, index) => (typeof value === 'number' ? value : wrong(index)));
    case 'FP64':
      return Float64Array.from(values, (value, index) => (typeof value === 'number' ? value : wrong(index)));
    case 'INT32':
      return Int32Array.from(values, (value, index) =>
        typeof value === 'number' && (value | 0) === value ? value : wrong(index),
      );
    case 'INT64':
      return BigInt64Array.from(values, (value, index) => toInt64(value) ?? wrong(index));
    case 'BOOL':
      return Uint8Array.from(values, (value, index) => (typeof value === 'boolean' ? Number(value) : wrong(index)));
    case 'BYTES':
      return values.map((value, index) => (typeof value === 'string' ? value : wrong(index)));
    default:
      throw new Refusal(`input "${spec.name}" has datatype ${spec.datatype}, which cannot be read from JSON`);
  }
}

/** Data may be nested along the shape or flat, always row-major. */
function flatten(data: readonly unknown[]): readonly unknown[] {
  return data.some(Array.isArray) ? data.flat(Number.POSITIVE_INFINITY) : data;
}

function toInt64(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== 'bigint') return undefined;
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
