/** The model runtime on real ONNX files, in the calling thread and in one of its own. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModelRuntime } from '../../src/adapters/serving/model-runtime.ts';
import { writeEchoModel, writeFailingModel, writeSigmoidModel, writeSlowModel } from '../fixtures/make-onnx.ts';

let root: string;
const runtime = () => createModelRuntime({ root, loadNative: (name) => import(name) });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mlops-kit-runtime-'));
  await writeSigmoidModel(join(root, 'sigmoid.onnx'));
  await writeSlowModel(join(root, 'slow.onnx'));
  await writeFailingModel(join(root, 'failing.onnx'));
  await writeEchoModel(join(root, 'echo.onnx'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const row = (...values: number[]) => ({
  x: { datatype: 'FP32', shape: [values.length / 2, 2], data: Float32Array.from(values) },
});

describe.each([false, true])('isolated: %s', (isolated) => {
  it('reads metadata and infers', async () => {
    const model = await (await runtime()).load('sigmoid.onnx', { isolated });
    expect(model.inputs).toEqual([{ name: 'x', datatype: 'FP32', shape: [-1, 2], symbols: ['N', ''] }]);
    expect(model.outputs).toEqual([{ name: 'p', datatype: 'FP32', shape: [-1, 1], symbols: ['N', ''] }]);
    const { p } = await model.infer(row(2, 1, 0, 0));
    expect(p!.shape).toEqual([2, 1]);
    expect((p!.data as Float32Array)[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
    expect((p!.data as Float32Array)[1]).toBeCloseTo(0.5, 6);
    await model.close();
  });

  it('carries texts, 64-bit integers and booleans', async () => {
    const model = await (await runtime()).load('echo.onnx', { isolated });
    const outputs = await model.infer({
      name: { datatype: 'BYTES', shape: [2], data: ['a', 'é😀'] },
      count: { datatype: 'INT64', shape: [2], data: BigInt64Array.of(9n, 9007199254740993n) },
    });
    expect(outputs.label!.data).toEqual(['a', 'é😀']);
    expect([...(outputs.total!.data as BigInt64Array)]).toEqual([9n, 9007199254740993n]);
    expect([...(outputs.large!.data as Uint8Array)]).toEqual([0, 1]);
    expect(outputs.large!.datatype).toBe('BOOL');
    await model.close();
  });

  it('says which rows cannot be computed and goes on', async () => {
    const model = await (await runtime()).load('failing.onnx', { isolated });
    await expect(model.infer(row(0, 5))).rejects.toMatchObject({ code: 'inference-failed' });
    const { p } = await model.infer(row(0, 0));
    expect((p!.data as Float32Array)[0]).toBe(0.5);
    await model.close();
  });

  it('refuses what is missing or no model', async () => {
    await writeFile(join(root, 'text.onnx'), 'not a model');
    const loading = await runtime();
    await expect(loading.load('none.onnx', { isolated })).rejects.toMatchObject({ code: 'model-missing' });
    await expect(loading.load('text.onnx', { isolated })).rejects.toMatchObject({ code: 'model-unreadable' });
    await expect(loading.load('.', { isolated })).rejects.toMatchObject({ code: 'model-unreadable' });
  });
});

it('keeps the event loop free while an isolated model computes', async () => {
  const model = await (await runtime()).load('slow.onnx', { isolated: true });
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 1);
  const started = performance.now();
  await model.infer(row(1, 1));
  const elapsed = performance.now() - started;
  clearInterval(timer);
  expect(elapsed).toBeGreaterThan(5);
  expect(ticks).toBeGreaterThan(2);
  await model.close();
});

it('names the missing runtime', async () => {
  const loading = await createModelRuntime({ root, loadNative: () => Promise.reject(new Error('not installed')) });
  await expect(loading.load('sigmoid.onnx')).rejects.toMatchObject({ code: 'runtime-missing' });
});
