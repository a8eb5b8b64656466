/** Parses and formats durations such as `10m`, `1h30m`, `20ms`; the inverse pair used by config and rollout steps. */

import { KitError } from './errors.ts';

const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/**
 * Milliseconds of a duration: number and unit (ms, s, m, h, d), several in falling order.
 *
 * @throws KitError `duration-malformed`
 */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  const pattern =
    /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;
  const match = pattern.exec(trimmed);
  if (trimmed === '' || match === null) {
    throw new KitError(
      'duration-malformed',
      `Cannot parse duration "${text}": expected forms are 20ms, 30s, 10m, 1h30m, 7d`,
      {
        hint: 'Write a number followed by ms, s, m, h or d.',
      },
    );
  }
  const [, d = 0, h = 0, m = 0, s = 0, ms = 0] = match;
  return Number(d) * unitMs.d + Number(h) * unitMs.h + Number(m) * unitMs.m + Number(s) * unitMs.s + Number(ms);
}

/** The shortest exact form: 5,400,000 as `1h30m`. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.round(milliseconds);
  if (rest <= 0) return '0s';
  let text = '';
  for (const [unit, size] of Object.entries(unitMs)) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}
