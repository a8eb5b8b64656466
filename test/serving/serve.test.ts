/** The reference server end to end: real HTTP, real ONNX models, real files. */

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpServer } from '../../src/adapters/serving/http-server.ts';
import { command } from '../../src/commands/serve.ts';
import { type PredictionLogRecord, parseLogLine } from '../../src/formats/prediction-log.ts';
import { writeFailingModel, writeSigmoidModel, writeSlowModel } from '../fixtures/make-onnx.ts';
import { createTestPorts } from './ports.ts';

let root: string;
let stopServer: () => void;
let running: ReturnType<typeof command.run> | undefined;
let messages: readonly string[];
const manifestPath = 'deploy/production/m.yaml';
const logPath = '.mlops/logs/predictions/production-m.jsonl';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mlops-kit-serve-'));
  await mkdir(join(root, '.mlops/cache/models'), { recursive: true });
  await mkdir(join(root, 'deploy/production'), { recursive: true });
});
afterEach(async () => {
  stopServer?.();
  await running;
  running = undefined;
  await rm(root, { recursive: true, force: true });
});

async function putModel(write: (path: string) => Promise<void>): Promise<string> {
  const path = join(root, 'new.onnx');
  await write(path);
  const bytes = await readFile(path);
  const md5 = createHash('md5').update(bytes).digest('hex');
  await writeFile(join(root, `.mlops/cache/models/${md5}.onnx`), bytes);
  return md5;
}

function manifest(stable: string, candidate?: string, weight = 0): Promise<void> {
  const version = (name: string, md5: string) => `{version: ${name}, md5: "${md5}", path: m.onnx}`;
  return writeFile(
    join(root, manifestPath),
    [
      'schema: reference-manifest/v1',
      'artifact: m',
      `stable: ${version(`v1.0.0`, stable)}`,
      ...(candidate === undefined ? [] : [`candidate: ${version('v2.0.0', candidate)}`]),
      `weight: ${weight}`,
      'seed: s',
      'rollout: r1',
      '',
    ].join('\n'),
  );
}

async function start(inputs: Record<string, unknown> = {}): Promise<string> {
  const stopped = new Promise<string>((resolve) => {
    stopServer = () => resolve('SIGTERM');
  });
  const ports = createTestPorts(root, {
    httpServer: async () => ({ start: createHttpServer().start, stopRequested: () => stopped }),
  });
  messages = ports.lines;
  const given = inputs['model-file'] === undefined ? { follow: manifestPath, ...inputs } : inputs;
  const parsed = command.inputs.parse({
    port: 0,
    'address-file': '.mlops/address',
    'follow-interval': '20ms',
    ...given,
  });
  running = command.run(ports, { ...parsed, config: 'mlops.yaml', 'dry-run': false });
  running.catch(() => {});
  for (let i = 0; i < 500; i++) {
    const address = await readFile(join(root, '.mlops/address'), 'utf8').catch(() => undefined);
    if (address !== undefined && (await fetch(`${address}/v2/health/ready`)).status === 200) return address;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`not ready: ${messages.join('\n')}`);
}

const body = (values: readonly number[], more: object = {}) =>
  JSON.stringify({ inputs: [{ name: 'x', shape: [values.length / 2, 2], datatype: 'FP32', data: values }], ...more });

async function infer(address: string, text: string, init: { headers?: Record<string, string>; path?: string } = {}) {
  const response = await fetch(`${address}/v2/models/${init.path ?? 'm'}/infer`, {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'application/json', ...init.headers },
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

async function log(): Promise<readonly PredictionLogRecord[]> {
  const text = await readFile(join(root, logPath), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const parsed = parseLogLine(line);
      if (parsed.kind === 'damaged') throw new Error(parsed.reason);
      return parsed.record;
    });
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not come');
}

describe('serve', () => {
  it('speaks the protocol', async () => {
    await manifest(await putModel(writeSigmoidModel));
    const address = await start();
    const get = async (path: string) => {
      const response = await fetch(address + path);
      return [response.status, await response.json()];
    };
    expect(await get('/v2/health/live')).toEqual([200, { live: true }]);
    expect(await get('/v2/health/ready')).toEqual([200, { ready: true }]);
    expect(await get('/v2')).toEqual([200, { name: 'mlops-kit', version: '0.0.0', extensions: [] }]);
    expect(await get('/v2/models/m/ready')).toEqual([200, { name: 'm', ready: true }]);
    expect(await get('/v2/models/m')).toEqual([
      200,
      {
        name: 'm',
        versions: ['v1.0.0'],
        platform: 'onnxruntime_onnx',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
        outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 1] }],
      },
    ]);
    const answer = await infer(address, body([0, 0, 0, 0], { id: 'q1', outputs: [{ name: 'p' }] }));
    expect(answer).toEqual({
      status: 200,
      json: {
        model_name: 'm',
        model_version: 'v1.0.0',
        id: 'q1',
        outputs: [{ name: 'p', shape: [2, 1], datatype: 'FP32', data: [0.5, 0.5] }],
      },
    });
    expect((await infer(address, body([0, 0]))).json.id).toMatch(/^[0-9a-f]{32}$/);

    const refusals: [number, Promise<{ status: number; json: Record<string, unknown> }>][] = [
      [400, infer(address, 'no json')],
      [400, infer(address, '{"inputs":[]}')],
      [400, infer(address, body([0, 0], { outputs: [{ name: 'z' }] }))],
      [400, infer(address, body([0, 0]).replace('"x"', '"y"'))],
      [400, infer(address, body([0, 0]).replace('[1,2]', '[1,3]'))],
      [404, infer(address, body([0, 0]), { path: 'other' })],
      [404, infer(address, body([0, 0]), { path: 'm/versions/v9.0.0' })],
    ];
    for (const [status, refusal] of refusals) {
      expect(await refusal).toEqual({ status, json: { error: expect.any(String) } });
    }
    expect((await get('/nowhere'))[0]).toBe(404);
    expect(await (await fetch(`${address}/metrics`)).text()).toContain(
      'mlops_requests_total{model="m",version="v1.0.0",variant="stable"} 5',
    );
    stopServer();
    expect((await running!).outputs).toEqual({ address, requests: 5 });
    expect((await log()).map(({ status }) => status)).toEqual([200, 200, 400, 400, 400]);
    expect((await log())[1]).toMatchObject({
      model: 'm',
      version: 'v1.0.0',
      rollout: 'r1',
      features: { x: [0, 0] },
      outputs: { p: 0.5 },
      rows: 1,
    });
  });

  it('splits by key, keeps users on the candidate while the weight grows, and logs the version asked for by name', async () => {
    const [one, two] = [
      await putModel(writeSigmoidModel),
      await putModel((path) => writeSigmoidModel(path, { bias: 5 })),
    ];
    await manifest(one, two, 10);
    const address = await start();
    const versions = async () => {
      const answers = await Promise.all(
        Array.from({ length: 300 }, (_, i) =>
          infer(address, body([0, 0]), { headers: { 'x-request-key': `user-${i}` } }),
        ),
      );
      return answers.map((answer) => answer.json.model_version);
    };
    const before = await versions();
    await manifest(one, two, 50);
    await until(() => messages.some((line) => line.includes('50 %')));
    const after = await versions();
    const share = (list: readonly unknown[]) => list.filter((version) => version === 'v2.0.0').length / list.length;
    expect(share(before)).toBeGreaterThan(0.04);
    expect(share(before)).toBeLessThan(0.18);
    expect(share(after)).toBeGreaterThan(0.4);
    expect(before.every((version, i) => version !== 'v2.0.0' || after[i] === 'v2.0.0')).toBe(true);
    expect((await infer(address, body([0, 0]), { path: 'm/versions/v2.0.0' })).json.model_version).toBe('v2.0.0');
    stopServer();
    await running;
    const records = await log();
    expect(records).toHaveLength(601);
    expect(records.at(-1)).toMatchObject({ pinned: true, variant: 'candidate', version: 'v2.0.0', weight: 50 });
  });

  it('reloads under load without one failed request', async () => {
    const digests = [];
    for (let bias = 0; bias < 6; bias++) digests.push(await putModel((path) => writeSigmoidModel(path, { bias })));
    await manifest(digests[0]!);
    const address = await start();
    let done = false;
    const statuses: number[] = [];
    const client = async () => {
      while (!done) statuses.push((await infer(address, body([0, 0]))).status);
    };
    const clients = Array.from({ length: 8 }, client);
    const answered = async () =>
      ((await infer(address, body([0, 0]))).json.outputs as { data: number[] }[])[0]!.data[0]!;
    for (const [bias, digest] of digests.entries()) {
      await manifest(digest);
      await until(async () => Math.abs((await answered()) - 1 / (1 + Math.exp(-bias))) < 1e-4);
    }
    stopServer();
    done = true;
    await Promise.allSettled(clients);
    await running;
    expect(statuses.length).toBeGreaterThan(100);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    const records = await log();
    expect(new Set(records.map(({ digest }) => digest)).size).toBe(6);
    expect(records.length).toBeGreaterThanOrEqual(statuses.length);
  });

  it('answers and logs errors of a model, and its stable neighbour stays quick', async () => {
    await manifest(await putModel(writeSigmoidModel), await putModel(writeFailingModel), 100);
    const address = await start();
    expect((await infer(address, body([0, 5]))).status).toBe(500);
    expect((await infer(address, body([0, 0]))).status).toBe(200);
    stopServer();
    await running;
    expect((await log())[0]).toMatchObject({
      status: 500,
      version: 'v2.0.0',
      features: { x: [0, 5] },
      error: expect.stringContaining('Cannot run model'),
    });
  });

  it('answers 504 in time while a model computes on', async () => {
    await manifest(await putModel((path) => writeSlowModel(path, { products: 400, size: 384 })));
    const address = await start({ timeout: '30ms' });
    const started = performance.now();
    expect((await infer(address, body([0, 0]))).status).toBe(504);
    expect(performance.now() - started).toBeLessThan(500);
    expect((await fetch(`${address}/v2/health/live`)).status).toBe(200);
    stopServer();
    await running;
    expect((await log())[0]).toMatchObject({ status: 504 });
  });

  it('drains: an answer under way comes, then the log stands', async () => {
    await manifest(await putModel((path) => writeSlowModel(path, { products: 100, size: 256 })));
    const address = await start();
    const under = infer(address, body([0, 0]));
    await new Promise((resolve) => setTimeout(resolve, 20));
    stopServer();
    expect((await under).status).toBe(200);
    await running;
    expect(await log()).toHaveLength(1);
    await expect(fetch(`${address}/v2/health/live`)).rejects.toThrow();
  });

  it('keeps what it serves when the manifest is damaged, and says so once', async () => {
    const one = await putModel(writeSigmoidModel);
    await manifest(one);
    const address = await start();
    await writeFile(join(root, manifestPath), 'weight: [');
    await until(() => messages.some((line) => line.includes('Cannot read manifest')));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await infer(address, body([0, 0]))).status).toBe(200);
    expect(messages.filter((line) => line.includes('Cannot read manifest'))).toHaveLength(1);
    await rm(join(root, manifestPath));
    await until(() => messages.some((line) => line.includes('Waiting for manifest')));
    expect((await infer(address, body([0, 0]))).status).toBe(200);
  });

  it('serves one file, refuses large bodies and a port in use', async () => {
    await writeSigmoidModel(join(root, 'm.onnx'));
    const address = await start({ 'model-file': 'm.onnx', model: 'a/b', 'body-limit': 200 });
    expect((await infer(address, body([0, 0]), { path: 'a%2Fb' })).json).toMatchObject({ model_name: 'a/b' });
    expect((await infer(address, body(new Array(200).fill(0)), { path: 'a%2Fb' })).status).toBe(413);
    const port = Number(new URL(address).port);
    const parsed = command.inputs.parse({ port, 'model-file': 'm.onnx' });
    await expect(command.run(createTestPorts(root), { ...parsed, config: '', 'dry-run': false })).rejects.toMatchObject(
      { code: 'port-taken' },
    );
    expect((await stat(join(root, '.mlops'))).isDirectory()).toBe(true);
  });

  it('wants a manifest or a file', async () => {
    const parsed = command.inputs.parse({});
    await expect(command.run(createTestPorts(root), { ...parsed, config: '', 'dry-run': false })).rejects.toMatchObject(
      { code: 'serve-what' },
    );
  });
});
