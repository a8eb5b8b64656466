/** Parses the arguments after a command's name into raw inputs and the switches of the CLI itself. */

import { parseArgs } from 'node:util';
import { KitError } from '../base/errors.ts';
import { nearestOf } from '../base/text.ts';
import type { RawInputs } from './convert-inputs.ts';
import { type Field, positionalsOf } from './fields.ts';

export interface ParsedArguments {
  readonly raw: RawInputs;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly help: boolean;
}

const switches = ['json', 'verbose', 'help'] as const;

/**
 * Flags, repeated flags for lists, `--no-x` for switches, positionals by place, `--` before values that start with a dash.
 *
 * @throws KitError `input-unknown`, `input-malformed`
 */
export function parseArguments(args: readonly string[], fields: readonly Field[]): ParsedArguments {
  const booleans = new Set<string>([...switches, ...fields.filter((f) => f.kind === 'boolean').map((f) => f.name)]);
  const options = Object.fromEntries([
    ...switches.map((name) => [name, { type: 'boolean' as const, ...(name === 'help' ? { short: 'h' } : {}) }]),
    ...fields.map((field) => [
      field.name,
      { type: booleans.has(field.name) ? ('boolean' as const) : ('string' as const) },
    ]),
  ]);
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const raw = new Map<string, string | readonly string[] | boolean>();
  const given: Record<string, boolean> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const negative = token.name.startsWith('no-') && booleans.has(token.name.slice(3));
    const name = negative ? token.name.slice(3) : token.name;
    if (!Object.hasOwn(options, name)) throw unknownFlag(token.rawName, [...Object.keys(options)]);
    if (booleans.has(name)) {
      const value = switchValue(token, negative);
      if ((switches as readonly string[]).includes(name)) given[name] = value;
      else raw.set(name, value);
    } else {
      const value = flagValue(token);
      const field = fields.find((candidate) => candidate.name === name);
      if (field?.kind === 'list') raw.set(name, [...((raw.get(name) as readonly string[] | undefined) ?? []), value]);
      else if (raw.has(name)) throw malformed(token.rawName, 'is given twice', 'Give it once.');
      else raw.set(name, value);
    }
  }
  placePositionals(positionals, fields, raw);
  return { raw, json: given.json === true, verbose: given.verbose === true, help: given.help === true };
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function switchValue(token: OptionToken, negative: boolean): boolean {
  if (token.value === undefined) return !negative;
  if (!negative && (token.value === 'true' || token.value === 'false')) return token.value === 'true';
  throw malformed(token.rawName, `is a switch, it takes no value "${token.value}"`, `Write ${token.rawName} alone.`);
}

function flagValue(token: OptionToken): string {
  const { value, inlineValue, rawName } = token;
  if (value === undefined) throw malformed(rawName, 'needs a value', `Write ${rawName} <value>.`);
  if (inlineValue !== true && value.startsWith('-') && !/^-[\d.]/.test(value) && value !== '-') {
    throw malformed(
      rawName,
      `needs a value, and "${value}" looks like another flag`,
      `Write ${rawName}=${value} when that is the value.`,
    );
  }
  return value;
}

function placePositionals(
  positionals: readonly string[],
  fields: readonly Field[],
  raw: Map<string, string | readonly string[] | boolean>,
): void {
  const places = positionalsOf(fields);
  for (const [index, value] of positionals.entries()) {
    const last = places.at(-1);
    const field = places[index] ?? (last?.kind === 'list' ? last : undefined);
    if (field === undefined) {
      const names = places.map((place) => `<${place.name}>`).join(' ');
      throw malformed(
        value,
        'is an argument too many',
        names === '' ? 'This command takes flags only.' : `Expected: ${names}.`,
      );
    }
    if (field.kind === 'list')
      raw.set(field.name, [...((raw.get(field.name) as readonly string[] | undefined) ?? []), value]);
    else if (raw.has(field.name)) throw malformed(value, `repeats --${field.name}`, 'Give it once.');
    else raw.set(field.name, value);
  }
}

function malformed(what: string, reason: string, hint: string): KitError {
  return new KitError('input-malformed', `Cannot read argument "${what}": it ${reason}`, { hint });
}

function unknownFlag(rawName: string, known: readonly string[]): KitError {
  const nearest = nearestOf(rawName.replace(/^-+/, ''), known);
  return new KitError('input-unknown', `Cannot read argument "${rawName}": there is no such flag`, {
    hint: nearest === undefined ? 'See --help for the flags of this command.' : `Did you mean "--${nearest}"?`,
  });
}
