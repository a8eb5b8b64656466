/** Renders inference answers, model metadata and errors of the Open Inference Protocol v2, and tensors for the prediction log. */

import type { Json } from '../../base/canonical-json.ts';
import { elementsOf, type Tensor, type TensorSpec } from '../../formats/tensor.ts';

export interface InferenceAnswer {
  readonly model: string;
  readonly version: string;
  readonly id: string;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

export type RenderedAnswer =
  | { readonly kind: 'rendered'; readonly body: string }
  /** NaN and infinities have no form in JSON; an answer that holds one is an error of the model. */
  | { readonly kind: 'not-finite'; readonly reason: string };

/** The JSON body; 64-bit integers keep all their digits. */
export function renderAnswer(answer: InferenceAnswer): RenderedAnswer {
  const outputs: string[] = [];
  for (const [name, tensor] of Object.entries(answer.outputs)) {
    const data = tensorText(tensor);
    if (data === undefined) return { kind: 'not-finite', reason: `output "${name}" holds NaN or an infinity` };
    outputs.push(
      `{"name":${JSON.stringify(name)},"shape":[${tensor.shape.join(',')}],"datatype":"${tensor.datatype}","data":[${data}]}`,
    );
  }
  const head = `"model_name":${JSON.stringify(answer.model)},"model_version":${JSON.stringify(answer.version)},"id":${JSON.stringify(answer.id)}`;
  return { kind: 'rendered', body: `{${head},"outputs":[${outputs.join(',')}]}` };
}

function tensorText({ datatype, data }: Tensor): string | undefined {
  if (datatype === 'BYTES') return (data as readonly string[]).map((text) => JSON.stringify(text)).join(',');
  if (datatype === 'BOOL') return Array.from(data as Uint8Array, (bit) => (bit === 0 ? 'false' : 'true')).join(',');
  if (datatype === 'FP32' || datatype === 'FP64') {
    if (!(data as Float32Array).every(Number.isFinite)) return undefined;
  }
  return (data as Float32Array).join(',');
}

/** `{"error"}` as every server of the protocol gives it. */
export function renderError(message: string): string {
  return JSON.stringify({ error: message });
}

export function renderModelMetadata(model: {
  readonly name: string;
  readonly versions: readonly string[];
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}): string {
  const tensors = (specs: readonly TensorSpec[]) =>
    specs.map(({ name, datatype, shape }) => ({ name, datatype, shape }));
  return JSON.stringify({
    name: model.name,
    versions: model.versions,
    platform: 'onnxruntime_onnx',
    inputs: tensors(model.inputs),
    outputs: tensors(model.outputs),
  });
}

/** Tensors as the prediction log keeps them: a value for one row of one value, else one entry per row. */
export function logTensors(tensors: Readonly<Record<string, Tensor>>): Record<string, Json> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, logTensor(tensor)]));
}

function logTensor(tensor: Tensor): Json {
  const values = Array.from(tensor.data as ArrayLike<number | bigint | string>, (value) => logValue(tensor, value));
  const rows = tensor.shape[0] ?? 1;
  const width = rows === 0 ? 0 : elementsOf(tensor.shape) / rows;
  if (rows === 1) return width === 1 ? values[0]! : values;
  if (width <= 1) return values;
  return Array.from({ length: rows }, (_, row) => values.slice(row * width, (row + 1) * width));
}

function logValue(tensor: Tensor, value: number | bigint | string): Json {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (tensor.datatype === 'BOOL') return value !== 0;
  return Number.isFinite(value) ? value : String(value);
}
