/** Reads and writes a profile as JSON with one line a column, so that git shows which column changed. */

import { KitError, messageOf } from '../base/errors.ts';
import { Profile } from './profile.ts';

/** @throws KitError `profile-malformed` */
export function parseProfile(text: string, path: string): Profile {
  const malformed = (reason: string, cause?: unknown): KitError =>
    new KitError('profile-malformed', `Cannot read profile "${path}": ${reason}`, {
      at: { path },
      hint: 'Write it again with `mlops-kit validate-data --infer --overwrite`.',
      ...(cause === undefined ? {} : { cause }),
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed(messageOf(cause), cause);
  }
  const parsed = Profile.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw malformed(`${issue.path.join('.') || 'the file'}: ${issue.message}`);
  }
  return parsed.data;
}

export function formatProfile(profile: Profile): string {
  const { columns, ...head } = profile;
  const start = JSON.stringify(head).slice(0, -1);
  return `${start},"columns":[\n${columns.map((column) => JSON.stringify(column)).join(',\n')}\n]}\n`;
}
