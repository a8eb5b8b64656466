import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInferenceRequest } from '../../formats/inference.ts';
import type { TensorSpec } from '../../formats/tensor.ts';
import { bindInputs } from './bind-inputs.ts';
import { logTensors, renderAnswer } from './render-inference.ts';
import { createServingMetrics } from './serving-metrics.ts';
import { bucketOf, requestKeyOf, variantOf } from './split.ts';

const specs: readonly TensorSpec[] = [
  { name: 'x', datatype: 'FP32', shape: [-1, 2], symbols: ['N', ''] },
  { name: 'n', datatype: 'INT64', shape: [-1], symbols: ['N'] },
];
const x = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] };
const n = { name: 'n', datatype: 'INT64', shape: [1], data: [3] };

function bind(inputs: readonly object[]) {
  const parsed = parseInferenceRequest(JSON.stringify({ inputs }));
  if (parsed.kind === 'malformed') return parsed.reason;
  const bound = bindInputs(parsed.request, specs);
  return bound.kind === 'refused' ? bound.reason : bound;
}

describe('inference requests', () => {
  it('binds flat and nested data', () => {
    expect(bind([x, n])).toMatchObject({ rows: 1, tensors: { x: { data: Float32Array.of(1, 2) } } });
    const nested = bind([
      {
        ...x,
        shape: [2, 2],
        data: [
          [1, 2],
          [3, 4],
        ],
      },
      { ...n, shape: [2], data: [1, 2] },
    ]);
    expect(nested).toMatchObject({ rows: 2, tensors: { x: { data: Float32Array.of(1, 2, 3, 4) } } });
  });

  it.each([
    ['missing', [x], /missing input "n"/],
    ['unknown', [x, n, { ...n, name: 'z' }], /unknown input "z"; the model takes "x", "n"/],
    ['twice', [x, n, n], /given twice/],
    ['rank', [{ ...x, shape: [2] }, n], /shape \[2\], the model takes \[-1, 2\]/],
    ['width', [{ ...x, shape: [1, 3], data: [1, 2, 3] }, n], /shape/],
    ['count', [{ ...x, data: [1] }, n], /1 values, its shape \[1, 2\] needs 2/],
    ['datatype', [{ ...x, datatype: 'FP64' }, n], /datatype FP64, the model takes FP32/],
    ['text for number', [{ ...x, data: [1, 'a'] }, n], /value at 1 that is no FP32/],
    ['fraction for integer', [x, { ...n, data: [1.5] }], /value at 0 that is no INT64/],
    ['null', [{ ...x, data: [1, null] }, n], /value at 1/],
    ['batch', [{ ...x, shape: [2, 2], data: [1, 2, 3, 4] }, n], /another input has 2/],
    ['none', [], /inputs/],
    ['negative size', [{ ...x, shape: [-1, 2] }, n], /shape/],
  ])('refuses: %s', (_name, inputs, reason) => {
    expect(bind(inputs as object[])).toMatch(reason as RegExp);
  });

  it('keeps 64-bit integers exact in and out', () => {
    const text =
      '{"inputs":[{"name":"n","shape":[2],"datatype":"INT64","data":[9223372036854775807,-9223372036854775808]}]}';
    const parsed = parseInferenceRequest(text);
    const bound = parsed.kind === 'request' ? bindInputs(parsed.request, [specs[1]!]) : undefined;
    expect(bound).toMatchObject({ kind: 'bound' });
    const outputs = (bound as unknown as { tensors: Record<string, never> }).tensors;
    const rendered = renderAnswer({ model: 'm', version: 'v', id: 'i', outputs });
    expect(rendered).toMatchObject({ body: expect.stringContaining('[9223372036854775807,-9223372036854775808]') });
    const past = parseInferenceRequest(text.replace('9223372036854775807', '9223372036854775808'));
    expect(past.kind === 'request' && bindInputs(past.request, [specs[1]!])).toMatchObject({ kind: 'refused' });
  });

  it('does not answer NaN', () => {
    const outputs = { p: { datatype: 'FP32', shape: [1], data: Float32Array.of(Number.NaN) } };
    expect(renderAnswer({ model: 'm', version: 'v', id: 'i', outputs })).toMatchObject({ kind: 'not-finite' });
    expect(logTensors(outputs)).toEqual({ p: 'NaN' });
  });

  it('logs a value, a list, or rows of lists', () => {
    const tensor = (shape: number[], ...data: number[]) => ({ datatype: 'FP64', shape, data: Float64Array.from(data) });
    expect(
      logTensors({
        a: tensor([1, 1], 5),
        b: tensor([1, 2], 5, 6),
        c: tensor([2, 1], 5, 6),
        d: tensor([2, 2], 1, 2, 3, 4),
      }),
    ).toEqual({
      a: 5,
      b: [5, 6],
      c: [5, 6],
      d: [
        [1, 2],
        [3, 4],
      ],
    });
  });
});

describe('the split', () => {
  it('is nested: nobody leaves the candidate while its weight grows', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 100 }),
        (seed, key, a, b) => {
          const bucket = bucketOf(seed, key);
          expect(bucket).toBeGreaterThanOrEqual(0);
          expect(bucket).toBeLessThan(1);
          if (variantOf(bucket, Math.min(a, b)) === 'candidate')
            expect(variantOf(bucket, Math.max(a, b))).toBe('candidate');
        },
      ),
    );
    expect(variantOf(0, 0)).toBe('stable');
    expect(variantOf(0.9999999, 100)).toBe('candidate');
  });

  it('gives each side its share', () => {
    const count = 20_000;
    const candidates = Array.from({ length: count }, (_, i) => variantOf(bucketOf('s', `k${i}`), 10)).filter(
      (v) => v === 'candidate',
    );
    expect(Math.abs(candidates.length / count - 0.1)).toBeLessThan(4 * Math.sqrt((0.1 * 0.9) / count));
  });

  it('takes the key of the header, the parameter, the id', () => {
    expect(requestKeyOf({ header: 'h', parameter: 'p', id: 'i' })).toBe('h');
    expect(requestKeyOf({ header: '', parameter: 7, id: 'i' })).toBe('7');
    expect(requestKeyOf({ header: undefined, parameter: {}, id: 'i' })).toBe('i');
  });
});

it('renders counters by version and variant', () => {
  const metrics = createServingMetrics();
  const request = { model: 'm"\n', version: 'v1.0.0', variant: 'stable', status: 200, seconds: 0.003 };
  metrics.count(request);
  metrics.count({ ...request, status: 500, seconds: 20 });
  const text = metrics.render({ m: 10 });
  const labels = 'model="m\\"\\n",version="v1.0.0",variant="stable"';
  expect(text).toContain(`mlops_requests_total{${labels}} 2\n`);
  expect(text).toContain(`mlops_request_errors_total{${labels}} 1\n`);
  expect(text).toContain(`mlops_request_duration_seconds_bucket{${labels},le="0.005"} 1\n`);
  expect(text).toContain(`mlops_request_duration_seconds_bucket{${labels},le="10"} 1\n`);
  expect(text).toContain(`mlops_request_duration_seconds_bucket{${labels},le="+Inf"} 2\n`);
  expect(text).toContain('mlops_candidate_weight_percent{model="m"} 10\n');
});
