/** Parses `INPUT_*` variables, as the Actions runner sets them, into raw inputs. */

import type { RawInputs } from './convert-inputs.ts';
import type { Field } from './fields.ts';

/**
 * The runner upper-cases names and keeps dashes. Values are trimmed; an empty one was not given; lists have one entry per line.
 * `reserved` inputs belong to the shell and are left out.
 */
export function parseEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  fields: readonly Field[],
  reserved: readonly string[],
): RawInputs {
  const byName = new Map(fields.map((field) => [field.name, field]));
  const raw = new Map<string, string | readonly string[]>();
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith('INPUT_') || text === undefined) continue;
    const name = variable.slice('INPUT_'.length).toLowerCase();
    const value = text.trim();
    if (value === '' || reserved.includes(name)) continue;
    raw.set(name, byName.get(name)?.kind === 'list' ? linesOf(value) : value);
  }
  return raw;
}

/** Non-empty lines, trimmed. */
export function linesOf(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
