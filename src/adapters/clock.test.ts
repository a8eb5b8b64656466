/** The clock's seeded ids; files and time are in test/cli. */

import { expect, test } from 'vitest';
import { createClock } from './clock.ts';
import { readEnvironment } from './environment.ts';

test('the same seed draws the same ids, none draws fresh ones', () => {
  const draw = (seed?: number) => {
    const clock = createClock(seed === undefined ? {} : { seed });
    return [clock.randomHex(8), clock.randomHex(8)];
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(draw(7)[0]).not.toBe(draw(7)[1]);
  expect(draw()).not.toEqual(draw());
  expect(draw()[0]).toMatch(/^[0-9a-f]{16}$/);
});

test('sleep ends early when it is aborted', async () => {
  const stop = new AbortController();
  const sleeping = createClock().sleep(60_000, stop.signal);
  stop.abort();
  await expect(sleeping).rejects.toThrow();
});

test('the environment is the run in Actions, and the user of the machine elsewhere', () => {
  const variables = {
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: 'pusher',
    GITHUB_TRIGGERING_ACTOR: 'rerunner',
    GITHUB_REPOSITORY: 'a/b',
    GITHUB_RUN_ID: '12',
    GITHUB_RUN_ATTEMPT: '2',
    GITHUB_EVENT_PATH: '',
  };
  const inActions = readEnvironment({ variables, user: 'me', version: '1.2.3' });
  expect(inActions.actor).toBe('rerunner');
  expect(inActions.tool).toBe('mlops-kit/1.2.3');
  expect(inActions.actions).toMatchObject({
    runId: '12',
    runAttempt: 2,
    runUrl: 'https://github.com/a/b/actions/runs/12/attempts/2',
    eventPath: undefined,
  });
  const elsewhere = readEnvironment({ variables: { GITHUB_ACTOR: 'x', PATH: '/bin' }, user: 'me', version: '1' });
  expect([elsewhere.actor, elsewhere.actions, elsewhere.variable('PATH')]).toEqual(['me', undefined, '/bin']);
});
