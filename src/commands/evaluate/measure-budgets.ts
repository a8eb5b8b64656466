/** Measures what the budgets limit: bytes of the artifact, and load and inference time of an ONNX model on one zero row. */

import { binomialCdf } from '../../base/statistics/beta.ts';
import type { Measurement } from '../../domain/evaluation/decide-budget.ts';
import type { Gate } from '../../formats/config.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Model, Tensor, TensorSpec } from '../../ports/serving.ts';

const timedRequests = 1000;
const warmUp = 50;

/** Only what a gate asks for is measured. What cannot be measured is left out, and its gate is inconclusive. */
export async function measureBudgets(
  ports: Ports,
  gates: readonly Gate[],
  artifact: { readonly path: string; readonly size: number },
): Promise<Readonly<Record<string, Measurement>>> {
  const asked = new Set(gates.flatMap((gate) => ('budget' in gate ? [gate.budget] : [])));
  const measured: Record<string, Measurement> = {};
  if (asked.delete('artifact-bytes'))
    measured['artifact-bytes'] = { ...exact(artifact.size), n: 1, note: 'size of the artifact' };
  if (asked.size === 0 || !artifact.path.endsWith('.onnx')) return measured;

  const runtime = await ports.modelRuntime();
  const loading = ports.clock.monotonic();
  const model = await runtime.load(artifact.path);
  const loadTime = ports.clock.monotonic() - loading;
  try {
    measured['load-time'] = { ...exact(loadTime), n: 1, note: 'one cold load' };
    const times = await timeInference(ports, model);
    for (const [name, p] of [
      ['latency-p50', 0.5],
      ['latency-p95', 0.95],
      ['latency-p99', 0.99],
    ] as const)
      measured[name] = {
        ...quantileInterval(times, p),
        n: times.length,
        note: `${times.length} single-row inferences on zeros, after ${warmUp} to warm up`,
      };
  } finally {
    await model.close();
  }
  return measured;
}

function exact(value: number): Pick<Measurement, 'value' | 'low' | 'high'> {
  return { value, low: value, high: value };
}

async function timeInference(ports: Ports, model: Model): Promise<Float64Array> {
  const inputs = Object.fromEntries(model.inputs.map((spec) => [spec.name, zeroTensor(spec)]));
  for (let i = 0; i < warmUp; i++) await model.infer(inputs);
  const times = new Float64Array(timedRequests);
  for (let i = 0; i < timedRequests; i++) {
    const start = ports.clock.monotonic();
    await model.infer(inputs);
    times[i] = ports.clock.monotonic() - start;
  }
  return times.sort();
}

function zeroTensor(spec: TensorSpec): Tensor {
  const shape = spec.shape.map((size) => (size < 0 ? 1 : size));
  const length = shape.reduce((product, size) => product * size, 1);
  const data = {
    BYTES: () => Array.from({ length }, () => ''),
    INT64: () => new BigInt64Array(length),
    INT32: () => new Int32Array(length),
    BOOL: () => new Uint8Array(length),
    FP64: () => new Float64Array(length),
  }[spec.datatype];
  return { datatype: spec.datatype, shape, data: data?.() ?? new Float32Array(length) };
}

/** Distribution-free 95 % interval of a quantile from order statistics: ranks where the binomial leaves 2.5 % on each side. */
function quantileInterval(sorted: Float64Array, p: number): Pick<Measurement, 'value' | 'low' | 'high'> {
  const n = sorted.length;
  let low = 0;
  while (low < n - 1 && binomialCdf(low, n, p) < 0.025) low++;
  let high = low;
  while (high < n - 1 && binomialCdf(high, n, p) < 0.975) high++;
  return { value: sorted[Math.ceil(p * n) - 1]!, low: sorted[low]!, high: sorted[high]! };
}
