/** Converts a command's zod inputs into the fields that flags, action inputs, help and tables are made from. */

import { z } from 'zod';
import type { Command } from '../commands/command.ts';

export type FieldKind = 'string' | 'number' | 'integer' | 'boolean' | 'list';

/** One input as flags and action inputs carry it. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly description: string;
  /** Allowed values of a string, or of a list's entries. */
  readonly choices?: readonly string[];
  readonly default?: string | number | boolean | readonly string[];
  readonly required: boolean;
  /** Place among the CLI's positional arguments. */
  readonly positional?: number;
}

/** The command's own inputs followed by those that every command has and it does not define itself. */
export function fieldsOf(command: Command): readonly Field[] {
  const own = fieldsOfObject(command.inputs);
  const names = new Set(own.map((field) => field.name));
  return [...own, ...commonFields(command).filter((field) => !names.has(field.name))];
}

/** The fields of one zod object. @throws TypeError when a field is none of text, number, boolean, enum or list of text */
export function fieldsOfObject(object: z.ZodObject): readonly Field[] {
  const schema = z.toJSONSchema(object, { io: 'input' }) as unknown as JsonSchema;
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, property]) => fieldOf(name, property, required.has(name)));
}

/** Names of the fields that stand in front of flags, by place. */
export function positionalsOf(fields: readonly Field[]): readonly Field[] {
  return fields
    .filter((field) => field.positional !== undefined)
    .sort((a, b) => (a.positional ?? 0) - (b.positional ?? 0));
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly default?: unknown;
  readonly description?: string;
  readonly positional?: number;
}

function fieldOf(name: string, property: JsonSchema, required: boolean): Field {
  const kind = kindOf(property);
  if (kind === undefined) throw new TypeError(`input "${name}" is no text, number, boolean, enum or list of text`);
  const choices = choicesOf(kind === 'list' ? (property.items ?? {}) : property);
  return {
    name,
    kind,
    description: property.description ?? '',
    required,
    ...(choices === undefined ? {} : { choices }),
    ...(property.default === undefined ? {} : { default: property.default as string | number | boolean | string[] }),
    ...(property.positional === undefined ? {} : { positional: property.positional }),
  };
}

function kindOf(property: JsonSchema): FieldKind | undefined {
  if (property.type === 'array') return property.items?.type === 'string' ? 'list' : undefined;
  if (
    property.type === 'string' ||
    property.type === 'number' ||
    property.type === 'integer' ||
    property.type === 'boolean'
  )
    return property.type;
  if (Array.isArray(property.type)) return kindOf({ anyOf: property.type.map((type: string) => ({ type })) });
  if (property.enum !== undefined || typeof property.const === 'string') return 'string';
  const kinds = new Set((property.anyOf ?? []).map(kindOf));
  if (kinds.size === 0 || kinds.has(undefined) || kinds.has('list')) return undefined;
  return kinds.size === 1 ? [...kinds][0] : 'string';
}

function choicesOf(property: JsonSchema): readonly string[] | undefined {
  if (property.enum !== undefined) return property.enum.map(String);
  return property.const === undefined ? undefined : [String(property.const)];
}

/** Inputs that the shell gives to every command. */
function commonFields(command: Command): readonly Field[] {
  return [
    {
      name: 'config',
      kind: 'string',
      description: 'Config file of the project.',
      default: 'mlops.yaml',
      required: false,
    },
    {
      name: 'working-directory',
      kind: 'string',
      description: 'Folder the command works in; paths are relative to it.',
      default: '.',
      required: false,
    },
    ...(command.writes
      ? [
          {
            name: 'dry-run',
            kind: 'boolean',
            description: 'Plan and print, write nothing outside .mlops/.',
            default: false,
            required: false,
          } as const,
        ]
      : []),
    ...('verdict' in command.outputs.shape
      ? [
          {
            name: 'fail-on',
            kind: 'string',
            description: 'Verdict that makes the command fail: fail, inconclusive (both), or never.',
            choices: ['fail', 'inconclusive', 'never'],
            default: 'fail',
            required: false,
          } as const,
        ]
      : []),
  ];
}
