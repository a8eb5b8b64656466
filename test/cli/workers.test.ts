/** What a bundle finds only at run time: its worker threads, DuckDB and onnxruntime. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { builtDist } from '../fakes/built-dist.ts';
import { gitVariables, scratchRepository } from '../fakes/scratch-repository.ts';
import { writeSigmoidModel } from '../fixtures/make-onnx.ts';

let cli: string;
beforeAll(async () => {
  cli = join(await builtDist(), 'cli.js');
});

test('many files are hashed by the worker of the bundle', () => {
  const files = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`data/${index}.txt`, `text ${index}`]));
  const cwd = scratchRepository({ 'mlops.yaml': 'version: 1\n' });
  mkdirSync(join(cwd, 'data'));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(cwd, path), text);
  const added = spawnSync(process.execPath, [cli, 'sync-data', 'add', 'data'], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...gitVariables },
  });
  expect(added.status, added.stderr).toBe(0);
  expect(readFileSync(join(cwd, 'data.dvc'), 'utf8')).toContain('nfiles: 100');
});

test('serve from the bundle loads a model in its thread, answers and stops', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'mlops-serve-dist-'));
  await writeSigmoidModel(join(cwd, 'm.onnx'));
  const args = ['serve', '--model-file', 'm.onnx', '--port', '0', '--address-file', 'address'];
  const server = spawn(process.execPath, [cli, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  server.stdout.on('data', (chunk: Buffer) => (output += chunk));
  server.stderr.on('data', (chunk: Buffer) => (output += chunk));
  const ended = new Promise<number | null>((resolve) => server.on('close', resolve));
  await expect.poll(() => existsSync(join(cwd, 'address')), { timeout: 20_000, message: output }).toBe(true);
  const address = readFileSync(join(cwd, 'address'), 'utf8').trim();
  const metadata = await fetch(new URL('/v2/models/model', address)).then((response) => response.json());
  const inputs = (metadata as { inputs: { name: string; datatype: string; shape: number[] }[] }).inputs.map((input) => {
    const shape = input.shape.map((size) => (size < 1 ? 1 : size));
    return {
      name: input.name,
      datatype: input.datatype,
      shape,
      data: Array(shape.reduce((a, b) => a * b, 1)).fill(0.5),
    };
  });
  const response = await fetch(new URL('/v2/models/model/infer', address), {
    method: 'POST',
    body: JSON.stringify({ inputs }),
  });
  const answer = (await response.json()) as { outputs?: { data: number[] }[] };
  expect(response.status, JSON.stringify(answer)).toBe(200);
  expect(answer.outputs?.[0]?.data.length).toBeGreaterThan(0);
  server.kill('SIGTERM');
  expect(await ended).toBe(0);
});
