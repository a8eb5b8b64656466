/** Tells the time and draws fresh random bytes; tests fix both by a file and a seed. */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { KitError } from '../base/errors.ts';
import { createRandom } from '../base/random.ts';
import type { Clock } from '../ports/clock.ts';

export interface ClockOptions {
  /** A file that holds the time as RFC 3339, read anew on each call so that a test can move it. */
  readonly timeFile?: string;
  /** Unsigned 32-bit seed of `randomHex`. */
  readonly seed?: number;
}

export function createClock(options: ClockOptions = {}): Clock {
  const { timeFile, seed } = options;
  const random = seed === undefined ? undefined : createRandom(seed);
  return {
    now: () => (timeFile === undefined ? new Date() : readTime(timeFile)),
    monotonic: () => performance.now(),
    sleep: async (milliseconds, signal) => {
      await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
    },
    randomHex: (bytes) => {
      if (random === undefined) return randomBytes(bytes).toString('hex');
      return Array.from({ length: bytes }, () => random.below(256).toString(16).padStart(2, '0')).join('');
    },
  };
}

function readTime(file: string): Date {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new KitError('test-clock-unreadable', `Cannot read test clock "${file}": the file is missing or unreadable`, {
      cause,
    });
  }
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(time.getTime())) {
    throw new KitError('test-clock-unreadable', `Cannot read test clock "${file}": "${text}" is no RFC 3339 time`);
  }
  return time;
}
