/** Turns an onnxruntime session into a Model: datatypes, shapes and errors of one become those of the other. */

import { KitError, messageOf } from '../../base/errors.ts';
import type { Model, Tensor, TensorData, TensorSpec } from '../../ports/serving.ts';

/** The part of onnxruntime-node that is used here. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(path: string, options: Readonly<Record<string, unknown>>): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: string, data: unknown, shape: readonly number[]) => OnnxTensor;
}

interface OnnxTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

interface OnnxSession {
  readonly inputMetadata: readonly OnnxMetadata[];
  readonly outputMetadata: readonly OnnxMetadata[];
  run(feeds: Readonly<Record<string, OnnxTensor>>, fetches: readonly string[]): Promise<Record<string, OnnxTensor>>;
  release(): Promise<void>;
}

interface OnnxMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

const datatypeOfType: Readonly<Record<string, string>> = {
  float32: 'FP32',
  float64: 'FP64',
  int64: 'INT64',
  int32: 'INT32',
  bool: 'BOOL',
  string: 'BYTES',
};
const typeOfDatatype = Object.fromEntries(Object.entries(datatypeOfType).map(([type, datatype]) => [datatype, type]));

/**
 * Opens one model file. One thread per model: models of this kit are small, and a canary must not slow the stable one.
 *
 * @throws KitError `model-unreadable`
 */
export async function openOnnxModel(runtime: OnnxRuntime, path: string, shownPath: string): Promise<Model> {
  const session = await createSession(runtime, path, shownPath);
  const inputs = session.inputMetadata.map((metadata) => specOf(metadata, shownPath));
  // Sequences and maps (scikit-learn's ZipMap) have no place in the protocol; the tensors beside them have.
  const outputs = session.outputMetadata
    .filter((metadata) => metadata.isTensor)
    .map((metadata) => specOf(metadata, shownPath));
  if (outputs.length === 0) throw unreadable(shownPath, 'it has no output that is a tensor');
  const fetches = outputs.map((output) => output.name);
  return {
    inputs,
    outputs,
    async infer(tensors) {
      try {
        const feeds = Object.fromEntries(
          Object.entries(tensors).map(([name, tensor]) => [name, toOnnx(runtime, tensor)]),
        );
        const results = await session.run(feeds, fetches);
        return Object.fromEntries(fetches.map((name) => [name, fromOnnx(results[name]!)]));
      } catch (error) {
        throw new KitError('inference-failed', `Cannot run model "${shownPath}": ${firstLine(messageOf(error))}`, {
          hint: 'Compare the inputs with the metadata of the model.',
          cause: error,
        });
      }
    },
    close: () => session.release(),
  };
}

async function createSession(runtime: OnnxRuntime, path: string, shownPath: string): Promise<OnnxSession> {
  try {
    return await runtime.InferenceSession.create(path, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
    });
  } catch (error) {
    throw unreadable(shownPath, firstLine(messageOf(error)), error);
  }
}

function unreadable(path: string, reason: string, cause?: unknown): KitError {
  return new KitError('model-unreadable', `Cannot load model "${path}": ${reason}`, {
    hint: 'The file must be an ONNX model of an opset and IR version that this onnxruntime knows.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function specOf(metadata: OnnxMetadata, path: string): TensorSpec {
  const datatype = metadata.isTensor ? datatypeOfType[metadata.type ?? ''] : undefined;
  if (datatype === undefined) {
    const type = metadata.isTensor ? metadata.type : 'no tensor';
    throw unreadable(path, `"${metadata.name}" is ${type}; known are ${Object.keys(datatypeOfType).join(', ')}`);
  }
  const shape = metadata.shape ?? [];
  return {
    name: metadata.name,
    datatype,
    shape: shape.map((size) => (typeof size === 'number' ? size : -1)),
    symbols: shape.map((size) => (typeof size === 'number' ? '' : size)),
  };
}

function toOnnx(runtime: OnnxRuntime, tensor: Tensor): OnnxTensor {
  const type = typeOfDatatype[tensor.datatype];
  if (type === undefined) throw new TypeError(`datatype ${tensor.datatype} is not known`);
  return new runtime.Tensor(type, tensor.data, tensor.shape);
}

function fromOnnx(tensor: OnnxTensor): Tensor {
  return { datatype: datatypeOfType[tensor.type]!, shape: [...tensor.dims], data: tensor.data as TensorData };
}

/** Messages of onnxruntime go over many lines with paths of its build. */
function firstLine(message: string): string {
  return message.split('\n')[0]!.slice(0, 500);
}
