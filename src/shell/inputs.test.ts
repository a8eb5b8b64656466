/** Flags and `INPUT_*` variables become typed inputs; whatever is unknown or malformed is named. */

import { expect, test } from 'vitest';
import { z } from 'zod';
import { KitError } from '../base/errors.ts';
import { defineCommand } from '../commands/command.ts';
import { convertInputs, type RawInputs } from './convert-inputs.ts';
import { fieldsOf, fieldsOfObject } from './fields.ts';
import { renderHelp, renderOverview } from './help.ts';
import { parseArguments } from './parse-arguments.ts';
import { parseEnvironment } from './parse-environment.ts';

const command = defineCommand({
  name: 'sample',
  summary: 'Does a sample.',
  description: 'Does a sample of everything that inputs can be.',
  inputs: z.strictObject({
    action: z.enum(['start', 'stop']).default('start').meta({ positional: 0, description: 'What to do.' }),
    path: z.array(z.string()).default([]).meta({ positional: 1, description: 'Files.' }),
    model: z.string().min(2).optional().describe('Name of the model.'),
    count: z.int().positive().default(3).describe('How often.'),
    share: z.number().optional().describe('A share.'),
    label: z.array(z.string()).default([]).describe('Labels.'),
    record: z.boolean().default(true).describe('Write a record.'),
    force: z.boolean().default(false).describe('Do it anyway.'),
    limit: z.union([z.number(), z.string()]).optional().describe('A number or a text.'),
    to: z.string().describe('Where to.'),
  }),
  outputs: z.strictObject({ verdict: z.enum(['pass', 'fail', 'inconclusive']).describe('How it went.') }),
  writes: true,
  run: async () => {
    throw new Error('not run here');
  },
});

const fields = fieldsOf(command);
const fromFlags = (...args: string[]) =>
  convertInputs(command, parseArguments(args, fields).raw, (name) => `--${name}`);
const fromVariables = (variables: Record<string, string>) =>
  convertInputs(command, parseEnvironment(variables, fields, ['github-token']), (name) => name);

function problemsOf(body: () => unknown): readonly string[] {
  try {
    body();
  } catch (error) {
    if (error instanceof KitError)
      return error.problems.map((one) => `${one.code}: ${one.message} | ${one.hint ?? ''}`);
    throw error;
  }
  return [];
}

test('fields carry kind, choices, default, place and the inputs every command has', () => {
  expect(fields.map((field) => `${field.name}:${field.kind}`)).toEqual([
    'action:string',
    'path:list',
    'model:string',
    'count:integer',
    'share:number',
    'label:list',
    'record:boolean',
    'force:boolean',
    'limit:string',
    'to:string',
    'config:string',
    'working-directory:string',
    'dry-run:boolean',
    'fail-on:string',
  ]);
  expect(fields[0]).toMatchObject({ choices: ['start', 'stop'], default: 'start', positional: 0, required: false });
  expect(fields.find((field) => field.name === 'to')?.required).toBe(true);
  expect(() => fieldsOfObject(z.strictObject({ nested: z.strictObject({}) }))).toThrow('input "nested"');
});

test('flags, positionals, repeated lists, switches and numbers', () => {
  const { inputs, workingDirectory, failOn } = fromFlags(
    'stop',
    'a.csv',
    'b.csv',
    '--to',
    'x',
    '--label=one',
    '--label',
    'two',
    '--no-record',
    '--count',
    '7',
    '--share=-0.5',
    '--dry-run',
    '--fail-on',
    'never',
    '--working-directory',
    'sub',
  );
  expect(inputs).toEqual({
    action: 'stop',
    path: ['a.csv', 'b.csv'],
    to: 'x',
    label: ['one', 'two'],
    record: false,
    force: false,
    count: 7,
    share: -0.5,
    config: 'mlops.yaml',
    'dry-run': true,
  });
  expect([workingDirectory, failOn]).toEqual(['sub', 'never']);
});

test('after -- everything is a value, and --share takes a negative number', () => {
  expect(fromFlags('--to=x', '--share', '-2', 'start', '--', '--odd.csv').inputs).toMatchObject({
    share: -2,
    path: ['--odd.csv'],
  });
});

test.each([
  [
    ['--to=x', '--modle', 'm'],
    'input-unknown: Cannot read argument "--modle": there is no such flag | Did you mean "--model"?',
  ],
  [
    ['--to=x', '--count', 'many'],
    'input-malformed: Cannot read input "--count": it must be a whole number, not "many" | Give a whole number.',
  ],
  [
    ['--to=x', '--count', '1.5'],
    'input-malformed: Cannot read input "--count": it must be a whole number, not "1.5" | Give a whole number.',
  ],
  [['--to=x', '--count=0'], 'input-malformed: Cannot read input "--count": it must be more than 0, not 0 | '],
  [
    ['--to=x', '--share', '1e'],
    'input-malformed: Cannot read input "--share": it must be a number, not "1e" | Give a number.',
  ],
  [
    ['--to=x', '--model', 'm'],
    'input-malformed: Cannot read input "--model": it must have at least 2 characters, not "m" | ',
  ],
  [
    ['--to=x', 'begin'],
    'input-malformed: Cannot read input "--action": it must be one of start, stop, not "begin" | Give one of start, stop.',
  ],
  [['--to'], 'input-malformed: Cannot read argument "--to": it needs a value | Write --to <value>.'],
  [
    ['--to', '--force'],
    'input-malformed: Cannot read argument "--to": it needs a value, and "--force" looks like another flag | Write --to=--force when that is the value.',
  ],
  [['--to=a', '--to=b'], 'input-malformed: Cannot read argument "--to": it is given twice | Give it once.'],
  [
    ['--to=a', '--force=maybe'],
    'input-malformed: Cannot read argument "--force": it is a switch, it takes no value "maybe" | Write --force alone.',
  ],
  [
    ['--to=a', '--no-model'],
    'input-unknown: Cannot read argument "--no-model": there is no such flag | See --help for the flags of this command.',
  ],
  [[], 'input-missing: Cannot read input "--to": it is required | '],
])('%j is refused', (args, expected) => {
  expect(problemsOf(() => fromFlags(...args))).toEqual([expected]);
});

test('an argument too many is refused', () => {
  const small = defineCommand({ ...command, inputs: z.strictObject({ force: z.boolean().default(false) }) });
  expect(problemsOf(() => parseArguments(['extra'], fieldsOf(small)))).toEqual([
    'input-malformed: Cannot read argument "extra": it is an argument too many | This command takes flags only.',
  ]);
});

test('variables are trimmed, empty ones were not given, lists have one entry per line', () => {
  const { inputs, failOn } = fromVariables({
    INPUT_TO: '  there \n',
    INPUT_MODEL: '',
    INPUT_LABEL: 'one\n\n  two \r\n',
    INPUT_RECORD: 'false',
    INPUT_COUNT: ' 4 ',
    'INPUT_DRY-RUN': 'true',
    'INPUT_FAIL-ON': 'inconclusive',
    'INPUT_GITHUB-TOKEN': 'secret',
    OTHER: 'x',
  });
  expect(inputs).toMatchObject({ to: 'there', label: ['one', 'two'], record: false, count: 4, 'dry-run': true });
  expect(inputs).not.toHaveProperty('model');
  expect(failOn).toBe('inconclusive');
});

test('every wrong variable is named at once', () => {
  expect(
    problemsOf(() =>
      fromVariables({
        INPUT_TO: 'x',
        INPUT_FAIL_ON: 'never',
        INPUT_RECORD: 'yes',
        INPUT_COUNT: 'NaN',
        'INPUT_FAIL-ON': 'always',
      }),
    ),
  ).toEqual([
    'input-unknown: Cannot read input "fail_on": there is no such input | Did you mean "fail-on"?',
    'input-malformed: Cannot read input "count": it must be a whole number, not "NaN" | Give a whole number.',
    'input-malformed: Cannot read input "record": it must be true or false, not "yes" | Give true or false.',
    'input-malformed: Cannot read input "fail-on": it must be one of fail, inconclusive, never, not "always" | Give one of fail, inconclusive, never.',
  ]);
});

test.each(['True', 'TRUE', '1', 'on', 'yes'])('"%s" is no boolean', (text) => {
  expect(problemsOf(() => fromVariables({ INPUT_TO: 'x', INPUT_FORCE: text }))).toHaveLength(1);
});

test('a name like a property of every object is no input', () => {
  expect(
    problemsOf(() =>
      convertInputs(
        command,
        new Map([
          ['constructor', 'x'],
          ['to', 'x'],
        ]) as RawInputs,
        (name) => name,
      ),
    ),
  ).toHaveLength(1);
  expect(problemsOf(() => parseArguments(['--constructor'], fields))).toHaveLength(1);
});

test('help shows usage, every flag with its default, and outputs', () => {
  const help = renderHelp(command);
  expect(help).toContain('Usage: mlops-kit sample [action] [path...] [flags]');
  expect(help).toMatch(/--\[no-\]record\s+Write a record\. \[default: true\]/);
  expect(help).toMatch(/--to <text>\s+Where to\. Required\./);
  expect(help).toMatch(/--fail-on <text>\s+Verdict that makes/);
  expect(help).toMatch(/verdict\s+How it went\./);
  expect(help.split('\n').every((line) => line.length <= 120)).toBe(true);
  expect(renderOverview([{ name: 'sample', summary: 'Does a sample.', load: async () => command }], '1.2.3')).toContain(
    'sample  Does a sample.',
  );
});
