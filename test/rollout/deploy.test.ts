/** Rollouts on real git: the whole way, rollback, races between clones, hand edits, supersession. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeSigmoidModel } from '../fixtures/make-onnx.ts';
import { abortRef, copyStand, createStand, manifestPath, type Stand } from './stand.ts';

// Dozens of git processes per rollout, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let stand: Stand;
const model = (bias: number) => (path: string) => writeSigmoidModel(path, { bias });
const phase = (result: { outputs: Record<string, unknown> }) => result.outputs.phase;

let firstLive: Stand;
let secondStarted: Stand;
let secondLive: Stand;

/** v1.0.0 live, v1.1.0 promoted, its rollout started and at 10 %. */
async function startSecond(): Promise<void> {
  await stand[Symbol.asyncDispose]();
  stand = await copyStand(secondStarted);
}

beforeAll(async () => {
  firstLive = await createStand();
  await firstLive.promote('v1.0.0', model(0));
  expect(phase(await firstLive.home.deploy('start'))).toBe('completed');
  secondStarted = await copyStand(firstLive);
  await secondStarted.promote('v1.1.0', model(1));
  expect(phase(await secondStarted.home.deploy('start'))).toBe('settling');
  secondLive = await copyStand(secondStarted);
  for (const requests of [5000, 3000, 50]) {
    secondLive.traffic(requests);
    await secondLive.home.deploy('advance');
  }
});
afterAll(async () => {
  for (const each of [firstLive, secondStarted, secondLive]) await each[Symbol.asyncDispose]();
});
beforeEach(async () => {
  stand = await createStand();
});
afterEach(() => stand[Symbol.asyncDispose]());

describe('deploy', () => {
  it('takes the first version live at once and a second one step by step', async () => {
    await stand.promote('v1.0.0', model(0));
    const planned = await stand.home.deploy('plan');
    expect(planned.markdown).toContain('takes 100 % at once');
    const first = await stand.home.deploy('start');
    expect(first).toMatchObject({ verdict: 'pass', outputs: { phase: 'completed', version: 'v1.0.0' } });
    expect(first.markdown).toContain('no stable version to compare with');
    expect(stand.manifest()).toMatchObject({ stable: { version: 'v1.0.0' }, weight: 0 });
    expect(readFileSync(join(stand.home.repository.root, manifestPath), 'utf8')).toContain('v1.0.0');
    expect(stand.home.repository.git('status', '--porcelain')).toBe('');
    expect((await stand.home.deploy('start')).outputs).toMatchObject({ phase: 'none', changed: false });

    await stand.promote('v1.1.0', model(1));
    expect((await stand.home.deploy('plan')).markdown).toContain('canary requests');
    expect(phase(await stand.home.deploy('start'))).toBe('settling');
    expect(stand.manifest()).toMatchObject({ candidate: { version: 'v1.1.0' }, weight: 10 });
    expect((await stand.home.deploy('start')).outputs).toMatchObject({ phase: 'settling', changed: false });
    stand.traffic(5000);
    expect((await stand.home.deploy('advance')).outputs).toMatchObject({ phase: 'settling', weight: 50 });
    stand.traffic(3000);
    expect(phase(await stand.home.deploy('advance'))).toBe('verifying');
    expect(stand.manifest()).toMatchObject({ stable: { version: 'v1.1.0' }, weight: 0 });
    expect(stand.manifest().candidate).toBeUndefined();
    expect((await stand.home.deploy('advance')).outputs).toMatchObject({ phase: 'verifying', changed: false });
    stand.traffic(50);
    const done = await stand.home.deploy('watch');
    expect(done).toMatchObject({ verdict: 'pass', outputs: { phase: 'completed' } });
    expect((await stand.home.deploy('status')).markdown).toContain('✔ setWeight 10');

    // Twice the same phase: a note of what is waited for.
    const second = 'pending preflight settling settling analysing settling analysing verifying verifying completed';
    expect(stand.chain()).toEqual(['pending', 'preflight', 'completed', ...second.split(' ')]);
    expect(new Set(stand.recorded()).size).toBe(stand.recorded().length);
    expect(stand.tags()).toEqual(['m#production#1', 'm#production#2']);
    const deployments = await (await stand.home.ports.forge()).listDeployments('production');
    expect(deployments.map(({ state }) => state).sort()).toEqual(['inactive', 'success']);
  });

  it('rolls a harmful version back byte for byte and gives the stage to what is live', async () => {
    await stand[Symbol.asyncDispose]();
    stand = await copyStand(firstLive);
    const path = join(stand.home.repository.root, manifestPath);
    const edited = `# ours   \r\n${readFileSync(path, 'utf8').replace('weight: 0', 'weight:   0   # percent').replaceAll('\n', '\r\n')}owner: "@a"`;
    stand.home.repository.commit({ [manifestPath]: edited }, 'hand edit');
    stand.home.repository.git('push', '--quiet', 'origin', 'main');
    await stand.promote('v1.1.0', model(1));
    await stand.home.deploy('start');
    expect(stand.manifest()).toMatchObject({ weight: 10, owner: '@a' });
    stand.traffic(3000, { canaryErrors: 60 });
    const result = await stand.home.deploy('advance');
    expect(result).toMatchObject({ verdict: 'fail', outputs: { phase: 'rolled-back', weight: 0, health: 'degraded' } });
    expect(result.markdown).toContain('❌ harm');
    expect(stand.yard.remoteGit('rev-parse', `main:${manifestPath}`)).toBe(
      stand.home.repository.git('hash-object', '--no-filters', manifestPath),
    );
    expect(readFileSync(path, 'utf8')).toBe(edited);
    expect(stand.tags()).toEqual(['m#production#1', 'm#production#2', 'm#production#3']);
    const tag = stand.yard.remoteGit('cat-file', 'tag', 'm#production#3');
    expect(tag).toContain('Mlops-Version: v1.0.0');
    expect(tag).toMatch(/Mlops-Rollout: r-[0-9a-f]{12}/);
    expect((await stand.home.deploy('start')).markdown).toContain('live in production already');
    await expect(stand.home.deploy('abort')).rejects.toMatchObject({ code: 'rollout-ended' });
  });

  it('aborts on request, from another clone, and the abort ref is gone afterwards', async () => {
    await startSecond();
    const other = stand.site('other');
    const result = await other.deploy('abort', { reason: 'pager' });
    expect(result.outputs).toMatchObject({ phase: 'rolled-back' });
    expect(result.verdict).toBeUndefined();
    expect(stand.state().because).toContain('pager');
    expect(stand.manifest()).toMatchObject({ stable: { version: 'v1.0.0' }, weight: 0 });
    expect(stand.hasRef(abortRef)).toBe(false);
    expect((await stand.home.deploy('advance')).outputs).toMatchObject({ phase: 'rolled-back', changed: false });
  });

  it('cancels when preflight fails, and unassigns a first version', async () => {
    await stand.promote('v1.0.0', async (path) => (await import('node:fs/promises')).writeFile(path, 'no model'));
    const result = await stand.home.deploy('start');
    expect(result).toMatchObject({ verdict: 'fail', outputs: { phase: 'cancelled' } });
    expect(result.markdown).toContain('preflight failed');
    expect(stand.tags()).toEqual(['m#production!#2', 'm#production#1']);
    await expect(stand.home.deploy('start')).rejects.toMatchObject({ code: 'stage-empty' });
  });

  it('a newer version supersedes the one under way, weight to 0 first', async () => {
    await startSecond();
    await stand.promote('v1.2.0', model(2));
    expect((await stand.home.deploy('start')).outputs).toMatchObject({ phase: 'settling', version: 'v1.2.0' });
    expect(stand.manifest()).toMatchObject({
      stable: { version: 'v1.0.0' },
      candidate: { version: 'v1.2.0' },
      weight: 10,
    });
    expect(stand.chain()).toContain('superseded');
    const log = stand.yard.remoteGit('log', '--format=%s', '-3', 'main').split('\n');
    expect(log[1]).toContain('v1.1.0 superseded at 0 %');
    expect(stand.tags()).toHaveLength(3);
  });

  it('goes back to a version that was live before in one step', async () => {
    await stand[Symbol.asyncDispose]();
    stand = await copyStand(secondLive);
    expect(stand.state().phase).toBe('completed');
    await stand.assign('v1.0.0');
    expect((await stand.home.deploy('start')).outputs).toMatchObject({
      phase: 'verifying',
      weight: 100,
      version: 'v1.0.0',
    });
    expect(stand.manifest().stable.version).toBe('v1.0.0');
  });

  it('rolls a completed rollout back with one verb, also without the metadata branch', async () => {
    await stand[Symbol.asyncDispose]();
    stand = await copyStand(secondLive);
    stand.yard.remoteGit('update-ref', '-d', 'refs/heads/mlops-metadata');
    stand.yard.remoteGit('update-ref', 'refs/heads/mlops-metadata/blocked', 'refs/heads/main');
    const result = await stand.home.deploy('rollback');
    expect(result.outputs).toMatchObject({ phase: 'rolled-back' });
    expect(stand.manifest()).toMatchObject({ stable: { version: 'v1.0.0' }, weight: 0 });
    expect(stand.tags().at(-1)).toBe('m#production#3');
    await expect(stand.home.deploy('rollback')).rejects.toMatchObject({ code: 'rollout-refused' });
  });

  it('leaves changes of the work tree alone', async () => {
    await startSecond();
    const path = join(stand.home.repository.root, manifestPath);
    stand.home.repository.write(manifestPath, '# mine\n');
    stand.traffic(5000);
    await stand.home.deploy('advance');
    expect(readFileSync(path, 'utf8')).toBe('# mine\n');
    expect(stand.manifest().weight).toBe(50);
    expect(stand.home.ports.lines.join('\n')).toContain('left as it is');
  });

  it('refuses what it cannot do', async () => {
    await expect(stand.home.deploy('advance')).rejects.toMatchObject({ code: 'rollout-none' });
    await expect(stand.home.deploy('start')).rejects.toMatchObject({ code: 'artifact-unknown' });
    expect((await stand.home.deploy('status')).outputs.phase).toBe('none');
    await stand.promote('v1.0.0', model(0));
    await expect(stand.home.deploy('start', { version: 'v9.9.9' })).rejects.toMatchObject({ code: 'version-unknown' });
    const config =
      'version: 1\ndatasets: {d: {path: a.csv}}\nmodels: {m: {artifact: m, dataset: d, task: binary}}\nstages: {production: {}}\n';
    stand.home.repository.write('mlops.yaml', config);
    await expect(stand.home.deploy('start')).rejects.toMatchObject({ code: 'stage-without-deploy' });
  });
});

describe('races', () => {
  it('two clones advance at once: one wins each transition, nothing is doubled', async () => {
    await startSecond();
    const other = stand.site('other');
    for (const requests of [5000, 3000, 50]) {
      stand.traffic(requests);
      const [a, b] = await Promise.all([stand.home.deploy('advance'), other.deploy('advance')]);
      expect([a.outputs.phase, b.outputs.phase]).toContain(stand.state().phase);
    }
    await stand.home.deploy('advance');
    expect(stand.state().phase).toBe('completed');
    const transitions = stand.recorded();
    expect(new Set(transitions).size).toBe(transitions.length);
    expect(stand.chain().filter((name) => name === 'completed')).toHaveLength(2);
    expect(
      stand.yard
        .remoteGit('log', '--format=%s', 'main')
        .split('\n')
        .filter((line) => line.includes('v1.1.0')),
    ).toHaveLength(3);
  });

  it('an abort during an advance wins', async () => {
    await startSecond();
    const other = stand.site('other');
    stand.traffic(5000);
    await Promise.all([stand.home.deploy('advance'), other.deploy('abort', { reason: 'now' })]);
    await stand.home.deploy('advance');
    expect(stand.state().phase).toBe('rolled-back');
    expect(stand.manifest()).toMatchObject({ stable: { version: 'v1.0.0' }, weight: 0 });
    expect(stand.hasRef(abortRef)).toBe(false);
    expect(stand.tags()).toHaveLength(3);
  });

  it('start from two clones is one rollout', async () => {
    await stand[Symbol.asyncDispose]();
    stand = await copyStand(firstLive);
    await stand.promote('v1.1.0', model(1));
    const other = stand.site('other');
    const [a, b] = await Promise.all([stand.home.deploy('start'), other.deploy('start')]);
    expect(a.outputs.rollout).toBe(b.outputs.rollout);
    expect(stand.chain().filter((name) => name === 'pending')).toHaveLength(2);
  });
});
