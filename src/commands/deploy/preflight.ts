/** Checks a candidate before it gets traffic: its file is there, has the digests of its tag, loads, and answers one example. */

import { KitError } from '../../base/errors.ts';
import { formatNumber } from '../../base/text.ts';
import type { RolloutState } from '../../formats/rollout-state.ts';
import { elementsOf, type Tensor, type TensorSpec } from '../../formats/tensor.ts';
import type { Ports } from '../../ports/ports.ts';
import { fetchModel } from '../serve/serving-state.ts';

export interface PreflightResult {
  readonly ok: boolean;
  readonly detail: string;
}

/** A failed check is a result; anything that is not about the candidate is thrown. */
export async function runPreflight(ports: Ports, state: RolloutState): Promise<PreflightResult> {
  const { candidate, spec } = state;
  try {
    const file = await fetchModel(ports, candidate, spec.manifest);
    if (!candidate.path.endsWith('.onnx')) return { ok: true, detail: 'its file has the digests of its tag' };
    const model = await (await ports.modelRuntime()).load(file, { isolated: true });
    try {
      const started = ports.clock.monotonic();
      const outputs = await model.infer(exampleOf(model.inputs));
      const elapsed = ports.clock.monotonic() - started;
      const broken = Object.entries(outputs).find(([, tensor]) => !holdsNumbers(tensor));
      if (broken !== undefined) return { ok: false, detail: `output "${broken[0]}" of an example is not finite` };
      const detail = `its file has the digests of its tag, loads, and answers an example in ${formatNumber(elapsed, 2)} ms`;
      return { ok: true, detail };
    } finally {
      await model.close();
    }
  } catch (error) {
    if (!(error instanceof KitError) || !aboutCandidate.has(error.code)) throw error;
    return { ok: false, detail: error.message };
  }
}

const aboutCandidate = new Set([
  'object-missing',
  'object-damaged',
  'model-missing',
  'model-unreadable',
  'model-digest',
  'model-unsupported',
  'inference-failed',
]);

/** One row of zeros, false and empty texts. */
function exampleOf(inputs: readonly TensorSpec[]): Record<string, Tensor> {
  return Object.fromEntries(
    inputs.map(({ name, datatype, shape }) => {
      const sizes = shape.map((size) => (size === -1 ? 1 : size));
      return [name, { datatype, shape: sizes, data: zeros(datatype, elementsOf(sizes)) }];
    }),
  );
}

function zeros(datatype: string, count: number): Tensor['data'] {
  switch (datatype) {
    case 'FP64':
      return new Float64Array(count);
    case 'INT64':
      return new BigInt64Array(count);
    case 'INT32':
      return new Int32Array(count);
    case 'BOOL':
      return new Uint8Array(count);
    case 'BYTES':
      return new Array<string>(count).fill('');
    default:
      return new Float32Array(count);
  }
}

function holdsNumbers({ datatype, data }: Tensor): boolean {
  return !datatype.startsWith('FP') || (data as Float32Array).every(Number.isFinite);
}
