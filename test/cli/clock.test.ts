/** The test clock: a file that holds the time, read anew on each call. */

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createClock } from '../../src/adapters/clock.ts';
import { KitError } from '../../src/base/errors.ts';

const timeFile = join(mkdtempSync(join(tmpdir(), 'mlops-clock-')), 'now');

test('the time is what the file says, now and after it was moved', () => {
  const clock = createClock({ timeFile });
  writeFileSync(timeFile, '2001-04-01T00:00:00Z\n');
  expect(clock.now().toISOString()).toBe('2001-04-01T00:00:00.000Z');
  writeFileSync(timeFile, '2001-05-01T12:30:00+02:00');
  expect(clock.now().toISOString()).toBe('2001-05-01T10:30:00.000Z');
});

test.each(['', 'yesterday', '2001-13-01T00:00:00Z', '5'])('a file that holds "%s" is an error', (text) => {
  writeFileSync(timeFile, text);
  expect(() => createClock({ timeFile }).now()).toThrow(KitError);
});

test('a file that is missing is an error', () => {
  expect(() => createClock({ timeFile: `${timeFile}-missing` }).now()).toThrow('missing or unreadable');
});

test('durations go on while the time stands still', async () => {
  const clock = createClock({ timeFile });
  const before = clock.monotonic();
  await clock.sleep(15);
  expect(clock.monotonic() - before).toBeGreaterThan(10);
});
