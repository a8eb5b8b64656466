/** The check of generated files: it is green on the sources, and red as soon as one input, output, summary or format changes. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { replaceBetween, textBetween } from '../../scripts/generated/markers.ts';
import { findStale, planGenerated } from '../../scripts/generated/plan.ts';
import type { Command } from '../../src/commands/command.ts';
import { type CommandEntry, commandTable } from '../../src/commands/table.ts';
import { Config } from '../../src/formats/config.ts';
import { fileFormats } from '../../src/formats/schemas.ts';
import { repositoryRoot as root } from '../fakes/built-dist.ts';

const stale = async (change: { table?: readonly CommandEntry[]; formats?: typeof fileFormats }) =>
  findStale(await planGenerated({ root, ...change }), root);

/** The table with one command changed. */
async function withCommand(
  name: string,
  change: (command: Command) => Partial<Command>,
): Promise<readonly CommandEntry[]> {
  const entry = commandTable.find((one) => one.name === name)!;
  const command = await entry.load();
  const changed = { ...command, ...change(command) };
  return commandTable.map((one) =>
    one === entry ? { ...one, summary: changed.summary, load: async () => changed } : one,
  );
}

test('generated files are up to date', async () => {
  expect(await stale({})).toEqual([]);
});

test('one more input makes the action and its README stale', async () => {
  const table = await withCommand('serve', (command) => ({
    inputs: command.inputs.extend({ shiny: z.string().optional().describe('New.') }),
  }));
  expect(await stale({ table })).toEqual(['actions/serve/README.md', 'actions/serve/action.yml']);
});

test('a changed default, description, output or summary makes them stale', async () => {
  const output = await withCommand('serve', (command) => ({
    outputs: command.outputs.extend({ extra: z.string().describe('New.') }),
  }));
  expect(await stale({ table: output })).toContain('actions/serve/action.yml');
  const summary = await withCommand('serve', () => ({ summary: 'Something else.' }));
  expect(await stale({ table: summary })).toContain('actions/serve/action.yml');
});

test('a changed format makes its schema and the page stale, a dropped one leaves a file that has to go', async () => {
  const formats = fileFormats.map((one) =>
    one.name === 'mlops' ? { ...one, schema: Config.extend({ extra: z.string() }) } : one,
  );
  expect(await stale({ formats })).toEqual(['docs/formats.md', 'schemas/mlops.schema.json']);
  expect(await stale({ formats: fileFormats.filter((one) => one.name !== 'mlops') })).toContain(
    'schemas/mlops.schema.json',
  );
});

test('a table that says something else than its command is refused', async () => {
  const table = commandTable.map((entry) => ({ ...entry, summary: `${entry.summary} Or not.` }));
  await expect(planGenerated({ root, table })).rejects.toThrow('src/commands/table.ts says');
});

test('the check as a program ends in exit code 0 and writes nothing', () => {
  const printed = execFileSync(process.execPath, [join(root, 'scripts/check-generated.ts')], { encoding: 'utf8' });
  expect(printed).toMatch(/^\d+ generated files are up to date\n$/);
});

test('markers keep the text by hand and take the generated one', () => {
  const text = 'a\n<!-- x:begin (note) -->\nold\n<!-- x:end -->\nb\n';
  expect(textBetween(text, 'x')).toBe('old');
  expect(replaceBetween(text, 'x', 'new $1')).toBe('a\n<!-- x:begin (note) -->\nnew $1\n<!-- x:end -->\nb\n');
  expect(replaceBetween(text, 'y', 'new')).toBe(text);
});
