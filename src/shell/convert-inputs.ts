/** Converts the raw text of flags or action inputs into a command's typed inputs, naming each input that is wrong. */

import { KitError, type Problem } from '../base/errors.ts';
import { nearestOf, plural } from '../base/text.ts';
import type { FailOn } from '../base/verdict.ts';
import type { Command, CommonInputs } from '../commands/command.ts';
import { describeIssues, formatKeyPath } from '../formats/issues.ts';
import { type Field, fieldsOf } from './fields.ts';

/** What was given, by input name: text, several texts, or a switch. Inputs that were not given are absent. */
export type RawInputs = ReadonlyMap<string, string | readonly string[] | boolean>;

export interface ConvertedInputs {
  /** For `command.run`. */
  readonly inputs: CommonInputs & Readonly<Record<string, unknown>>;
  readonly workingDirectory: string;
  readonly failOn: FailOn;
}

/** How the place of an input is called: `--model` on the command line, `model` in a workflow. */
export type InputName = (field: string) => string;

/** @throws KitError `input-unknown`, `input-malformed`, `input-missing`, with every problem at once */
export function convertInputs(command: Command, raw: RawInputs, nameOf: InputName): ConvertedInputs {
  const fields = fieldsOf(command);
  const problems: Problem[] = [...raw.keys()].flatMap((name) => unknownInput(name, fields, nameOf));
  const values: Record<string, unknown> = {};
  for (const field of fields) {
    const given = raw.get(field.name);
    if (given === undefined) {
      if (field.default !== undefined) values[field.name] = field.default;
      continue;
    }
    const value = convertValue(field, given);
    if (value.ok) values[field.name] = value.value;
    else problems.push(malformed(nameOf(field.name), value.expected, given));
  }
  if (problems.length === 0) return split(command, values, nameOf);
  throw inputError(problems);
}

/** One error for all problems of the inputs. */
export function inputError(problems: readonly Problem[]): KitError {
  const [first] = problems;
  if (problems.length === 1) {
    return new KitError(first!.code, first!.message, first!.hint === undefined ? {} : { hint: first!.hint });
  }
  return new KitError('input-invalid', `Cannot run the command: ${plural(problems.length, 'input')} wrong`, {
    problems,
  });
}

function split(command: Command, values: Readonly<Record<string, unknown>>, nameOf: InputName): ConvertedInputs {
  const own = Object.fromEntries(Object.entries(values).filter(([name]) => name in command.inputs.shape));
  const parsed = command.inputs.safeParse(own);
  if (!parsed.success) {
    const problems = describeIssues(command.inputs, parsed.error.issues, own).map((issue): Problem => {
      const [field = '', ...rest] = issue.path;
      const name = `${nameOf(String(field))}${rest.length === 0 ? '' : formatKeyPath(rest)}`;
      const missing = issue.kind === 'missing-key';
      return {
        code: missing ? 'input-missing' : 'input-malformed',
        message: `Cannot read input "${name}": it ${issue.message}`,
        ...(issue.hint === undefined ? {} : { hint: issue.hint }),
      };
    });
    throw inputError(problems);
  }
  const inputs = {
    ...parsed.data,
    config: String(parsed.data.config ?? values.config),
    'dry-run': (parsed.data['dry-run'] ?? values['dry-run'] ?? false) === true,
  };
  return {
    inputs,
    workingDirectory: String(values['working-directory']),
    failOn: (values['fail-on'] ?? 'fail') as FailOn,
  };
}

type Converted = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly expected: string };

function convertValue(field: Field, given: string | readonly string[] | boolean): Converted {
  if (field.kind === 'list') return convertList(field, typeof given === 'string' ? [given] : given);
  if (field.kind === 'boolean') return convertBoolean(given);
  if (typeof given !== 'string') return { ok: false, expected: 'one value' };
  if (field.kind === 'number' || field.kind === 'integer') return convertNumber(field.kind, given);
  if (field.choices !== undefined && !field.choices.includes(given))
    return { ok: false, expected: oneOf(field.choices) };
  return { ok: true, value: given };
}

function convertList(field: Field, given: readonly string[] | boolean): Converted {
  if (typeof given === 'boolean') return { ok: false, expected: 'a value' };
  const { choices } = field;
  if (choices?.length && given.some((entry) => !choices.includes(entry)))
    return { ok: false, expected: oneOf(choices) };
  return { ok: true, value: given };
}

function convertBoolean(given: string | readonly string[] | boolean): Converted {
  if (typeof given === 'boolean') return { ok: true, value: given };
  if (given === 'true' || given === 'false') return { ok: true, value: given === 'true' };
  return { ok: false, expected: 'true or false' };
}

function convertNumber(kind: 'number' | 'integer', given: string): Converted {
  const pattern = kind === 'integer' ? /^-?\d+$/ : /^-?(\d+(\.\d+)?|\.\d+)(e[-+]?\d+)?$/i;
  if (pattern.test(given)) return { ok: true, value: Number(given) };
  return { ok: false, expected: kind === 'integer' ? 'a whole number' : 'a number' };
}

function oneOf(choices: readonly string[]): string {
  return `one of ${choices.join(', ')}`;
}

function malformed(name: string, expected: string, given: string | readonly string[] | boolean): Problem {
  const value = Array.isArray(given) ? given.join(', ') : String(given);
  return {
    code: 'input-malformed',
    message: `Cannot read input "${name}": it must be ${expected}, not "${value}"`,
    hint: `Give ${expected}.`,
  };
}

function unknownInput(name: string, fields: readonly Field[], nameOf: InputName): readonly Problem[] {
  const names = fields.map((field) => field.name);
  if (names.includes(name)) return [];
  const nearest = nearestOf(name, names);
  return [
    {
      code: 'input-unknown',
      message: `Cannot read input "${nameOf(name)}": there is no such input`,
      hint: nearest === undefined ? `Known: ${names.map(nameOf).join(', ')}.` : `Did you mean "${nameOf(nearest)}"?`,
    },
  ];
}
