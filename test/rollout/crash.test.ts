/** A process that dies between any two writes of a rollout: the next advance finishes it, and nothing is lost or doubled. */

import { afterEach, expect, it, vi } from 'vitest';
import type { Git } from '../../src/ports/git.ts';
import { writeSigmoidModel } from '../fixtures/make-onnx.ts';
import { abortRef, createStand, type Site, type Stand } from './stand.ts';

const writes = ['writeBlob', 'writeTree', 'writeCommit', 'writeTag', 'push', 'updateRefs'] as const;

class Died extends Error {}

/** Dies at the k-th write: before it, or after a push that the remote has taken. */
function mortal(plan: { left: number; after: boolean }) {
  return (git: Git): Git =>
    new Proxy(git, {
      get(target, name: string) {
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
        if (!(writes as readonly string[]).includes(name)) return method;
        return async (...args: unknown[]) => {
          plan.left -= 1;
          if (plan.left < 0) throw new Died('died before');
          if (plan.left === 0 && !(plan.after && name === 'push')) throw new Died('died before');
          const result = await method.apply(target, args);
          if (plan.left === 0) throw new Died('died after');
          return result;
        };
      },
    });
}

// Dozens of git processes per rollout, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let stand: Stand;
afterEach(() => stand[Symbol.asyncDispose]());

const model = (bias: number) => (path: string) => writeSigmoidModel(path, { bias });

/** Runs one command again and again, dying one write later each time, until it lives; `fresh` takes a new clone each time, as runners are. */
async function dieAtEveryWrite(
  name: string,
  operation: string,
  { fresh, ...more }: { fresh: boolean } & Record<string, unknown>,
): Promise<number> {
  const plan = { left: 0, after: false };
  let site: Site | undefined;
  for (let k = 1; k < 80; k++) {
    Object.assign(plan, { left: k, after: k % 2 === 0 });
    if (fresh || site === undefined) {
      site = stand.site(`${name}-${k}`, mortal(plan));
      if (operation === 'advance') stand.traffic(3000, { at: site });
    }
    try {
      await site.deploy(operation, more);
      return k - 1;
    } catch (error) {
      // The run that died had finished the abort already.
      if ((error as { code?: string }).code === 'rollout-ended') return k - 1;
      if (!(error instanceof Died)) throw error;
    }
  }
  throw new Error('it never lived');
}

function assertWhole(stand: Stand): void {
  const transitions = stand.recorded();
  expect(new Set(transitions).size).toBe(transitions.length);
  const written = stand.yard.remoteGit('log', '--format=%(trailers:key=Mlops-Transition,valueonly,separator=)', 'main');
  const changes = written.split('\n').filter(Boolean);
  expect(new Set(changes).size).toBe(changes.length);
  expect(new Set(stand.tags()).size).toBe(stand.tags().length);
}

it('start, advance and promote survive a death at every write', async () => {
  stand = await createStand();
  await stand.promote('v1.0.0', model(0));
  await stand.home.deploy('start');
  await stand.promote('v1.1.0', model(1));
  let deaths = await dieAtEveryWrite('starter', 'start', { fresh: true });
  expect(stand.manifest()).toMatchObject({ weight: 10, candidate: { version: 'v1.1.0' } });
  for (const [index, fresh] of [true, false, true].entries()) {
    deaths += await dieAtEveryWrite(`runner-${index}`, 'advance', { fresh });
  }
  while (stand.state().phase !== 'completed') {
    stand.traffic(500);
    await stand.home.deploy('advance');
  }
  expect(deaths).toBeGreaterThan(8);
  expect(stand.manifest()).toMatchObject({ stable: { version: 'v1.1.0' }, weight: 0 });
  expect(stand.tags()).toEqual(['m#production#1', 'm#production#2']);
  assertWhole(stand);
});

it('abort survives a death at every write, and git is true afterwards', async () => {
  stand = await createStand();
  await stand.promote('v1.0.0', model(0));
  await stand.home.deploy('start');
  const before = stand.yard.remoteGit('rev-parse', 'main:deploy/production/m.yaml');
  await stand.promote('v1.1.0', model(1));
  await stand.home.deploy('start');
  const deaths = await dieAtEveryWrite('aborter', 'abort', { reason: 'test', fresh: true });
  await stand.home.deploy('advance');
  expect(deaths).toBeGreaterThan(3);
  expect(stand.state().phase).toBe('rolled-back');
  expect(stand.yard.remoteGit('rev-parse', 'main:deploy/production/m.yaml')).toBe(before);
  expect(stand.tags()).toEqual(['m#production#1', 'm#production#2', 'm#production#3']);
  expect(stand.hasRef(abortRef)).toBe(false);
  assertWhole(stand);
});
