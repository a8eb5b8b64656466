/** Twenty processes in twenty clones register one artifact at once against one bare remote: twenty versions, no error. */

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRegistry } from '../../src/commands/read-registry.ts';
import { readRecords } from '../../src/commands/records.ts';
import { latestOf, versionsOf } from '../../src/domain/registry/queries.ts';
import { createTestPorts } from './ports.ts';
import { projectFiles, train } from './project.ts';
import { createYard, type Repository, type Yard } from './repositories.ts';

const cli = resolve(import.meta.dirname, '../../src/shell/cli.ts');
const writers = 20;

let yard: Yard;
let first: Repository;
beforeEach(() => {
  yard = createYard(projectFiles);
  first = yard.clone('first');
});
afterEach(() => yard[Symbol.asyncDispose]());

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(cwd: string, ...args: string[]): Promise<Ended> {
  return new Promise((done) => {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GITHUB_ACTIONS: '' };
    const child = spawn(process.execPath, [cli, ...args], { cwd, env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}

it('twenty registrations give twenty versions', { timeout: 180_000 }, async () => {
  const ports = createTestPorts(first.root, { git: first.port });
  await train(first, ports, 'model');
  const clones = Array.from({ length: writers }, (_, index) => yard.clone(`clone-${index}`));
  for (const clone of clones) clone.write('models/churn.onnx', 'model');
  const start = performance.now();
  const ended = await Promise.all(
    clones.map((clone, index) => run(clone.root, 'register', '--operation-id', `writer-${index}`, '--json')),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const { code, stderr } of ended) expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  const expected = Array.from({ length: writers }, (_, index) => `v0.0.${index + 1}`);
  const written = ended.map(({ stdout }) => (JSON.parse(stdout) as { version: string }).version);
  const byNumber = (a: string, b: string): number => Number(a.split('.')[2]) - Number(b.split('.')[2]);
  expect(written.sort(byNumber)).toEqual(expected);
  const registry = await readRegistry(ports, { fetch: true });
  expect(registry.problems).toEqual([]);
  expect(versionsOf(registry, 'churn').map(({ version }) => version)).toEqual([...expected].reverse());
  expect(new Set(versionsOf(registry, 'churn').map(({ commit }) => commit)).size).toBe(writers);
  const registrations = (await readRecords(ports, { kinds: ['registration'] })).map(
    ({ record }) => record.body.version,
  );
  expect(new Set(registrations).size).toBe(writers);
  expect(latestOf(registry, 'churn')!.version).toBe(`v0.0.${writers}`);
  console.info(`${writers} registrations in ${seconds.toFixed(1)} s`);
});
