/** A rollout against the real server: live requests, real models; a good one completes, one that errs or is slow goes back. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createHttpServer } from '../../src/adapters/serving/http-server.ts';
import { command } from '../../src/commands/serve.ts';
import { writeFailingModel, writeSigmoidModel, writeSlowModel } from '../fixtures/make-onnx.ts';
import { createTestPorts } from '../serving/ports.ts';
import { copyStand, createStand, manifestPath, type Stand } from './stand.ts';

// Dozens of git processes per rollout, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let stand: Stand;
let firstLive: Stand;
beforeAll(async () => {
  firstLive = await createStand('[{setWeight: 20}, {analysis: 0s}, {setWeight: 50}, {analysis: 0s}]', '250ms');
  await firstLive.promote('v1.0.0', (path) => writeSigmoidModel(path));
  await firstLive.home.deploy('start');
});
afterAll(() => firstLive[Symbol.asyncDispose]());

let stop: () => void;
let running: Promise<unknown>;
let clients: Promise<void>;
let done: boolean;
const failures: number[] = [];

beforeEach(async () => {
  stand = await copyStand(firstLive);
  const root = stand.home.repository.root;
  const stopped = new Promise<string>((resolve) => {
    stop = () => resolve('SIGTERM');
  });
  const ports = createTestPorts(root, {
    httpServer: async () => ({ start: createHttpServer().start, stopRequested: () => stopped }),
  });
  const inputs = command.inputs.parse({
    follow: manifestPath,
    port: 0,
    'address-file': '.mlops/address',
    'follow-interval': '50ms',
  });
  running = command.run(ports, { ...inputs, config: 'mlops.yaml', 'dry-run': false });
  done = false;
  failures.length = 0;
  clients = Promise.all(Array.from({ length: 4 }, (_, i) => client(join(root, '.mlops/address'), i))).then(() => {});
});
afterEach(async () => {
  done = true;
  await clients;
  stop();
  await running;
  await stand[Symbol.asyncDispose]();
});

/** One request after the other; each fourth has a second value of 1, which the failing model cannot look up. */
async function client(addressFile: string, own: number): Promise<void> {
  for (let i = 0; !done; i++) {
    let address: string;
    try {
      address = readFileSync(addressFile, 'utf8');
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    const data = [0.5, i % 4 === 0 ? 1 : 0];
    const body = JSON.stringify({ id: `c${own}-${i}`, inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', data }] });
    const response = await fetch(`${address}/v2/models/m/infer`, { method: 'POST', body });
    await response.arrayBuffer();
    if (response.status !== 200 && response.status !== 503) failures.push(response.status);
  }
}

it('completes with a good version while requests come, and none fails', async () => {
  await stand.promote('v1.1.0', (path) => writeSigmoidModel(path, { bias: 1 }));
  await stand.home.deploy('start');
  const result = await stand.home.deploy('watch', { interval: '100ms', timeout: '100s' });
  expect(result.outputs).toMatchObject({ phase: 'completed', version: 'v1.1.0' });
  expect(stand.manifest().stable.version).toBe('v1.1.0');
  expect(failures).toEqual([]);
});

it('goes back from a version that errs', async () => {
  await stand.promote('v1.1.0', writeFailingModel);
  await stand.home.deploy('start');
  const result = await stand.home.deploy('watch', { interval: '100ms', timeout: '60s' });
  expect(result).toMatchObject({ verdict: 'fail', outputs: { phase: 'rolled-back' } });
  expect(stand.state().because).toContain('error-rate is harmful');
  expect(stand.manifest()).toMatchObject({ stable: { version: 'v1.0.0' }, weight: 0 });
  expect(failures.every((status) => status === 500)).toBe(true);
});

it('goes back from a version that is slow', async () => {
  await stand.promote('v1.1.0', (path) => writeSlowModel(path, { products: 300, size: 384 }));
  await stand.home.deploy('start');
  const result = await stand.home.deploy('watch', { interval: '100ms', timeout: '60s' });
  expect(result).toMatchObject({ verdict: 'fail', outputs: { phase: 'rolled-back' } });
  expect(stand.state().because).toContain('latency-p99 is harmful');
});
