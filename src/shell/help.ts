/** Renders the help of the CLI and of each command from the command table. */

import type { Command } from '../commands/command.ts';
import type { CommandEntry } from '../commands/table.ts';
import { type Field, fieldsOf, positionalsOf } from './fields.ts';

/** `mlops-kit --help`. */
export function renderOverview(table: readonly CommandEntry[], version: string): string {
  return [
    `mlops-kit ${version}: your repository is the MLOps platform.`,
    '',
    'Usage: mlops-kit <command> [arguments]',
    '',
    'Commands:',
    ...columns(table.map((entry) => [entry.name, entry.summary])),
    '',
    'mlops-kit <command> --help shows the inputs of a command; mlops-kit --version prints the version.',
    'Exit codes: 0 pass, 1 verdict fail, 2 an error to fix, 3 inconclusive or approval needed, 70 a bug.',
    '',
  ].join('\n');
}

/** `mlops-kit <command> --help`. */
export function renderHelp(command: Command): string {
  const fields = fieldsOf(command);
  const positionals = positionalsOf(fields);
  const usage = ['mlops-kit', command.name, ...positionals.map(formatPositional), '[flags]'].join(' ');
  const outputs = Object.entries(command.outputs.shape).map(([name, schema]): [string, string] => [
    name,
    (schema as { description?: string }).description ?? '',
  ]);
  return [
    command.summary,
    '',
    ...wrap(command.description, 100),
    '',
    `Usage: ${usage}`,
    ...(positionals.length === 0
      ? []
      : ['', 'Arguments:', ...columns(positionals.map((f) => [f.name, describeField(f)]))]),
    '',
    'Flags:',
    ...columns([
      ...fields
        .filter((field) => field.positional === undefined)
        .map((field): [string, string] => [formatFlag(field), describeField(field)]),
      ['--json', 'Print one JSON document on stdout, logs on stderr.'],
      ['--verbose', 'Show debug lines, and the stack of a bug.'],
      ['-h, --help', 'Print this help.'],
    ]),
    ...(outputs.length === 0 ? [] : ['', 'Outputs in Actions:', ...columns(outputs)]),
    '',
  ].join('\n');
}

/** Description, allowed values and default of a field in one line. */
export function describeField(field: Field): string {
  const text = field.description.trim();
  const choices = field.choices?.filter((choice) => !text.includes(choice)).length
    ? `One of ${field.choices.join(', ')}.`
    : '';
  const value = field.default;
  const shown = value === undefined || value === false || value === '' || (Array.isArray(value) && value.length === 0);
  const fallback = shown ? '' : `[default: ${Array.isArray(value) ? value.join(', ') : value}]`;
  const required = field.required ? 'Required.' : '';
  return [text, choices, required, fallback].filter((part) => part !== '').join(' ');
}

function formatPositional(field: Field): string {
  const name = field.kind === 'list' ? `${field.name}...` : field.name;
  return field.required ? `<${name}>` : `[${name}]`;
}

function formatFlag(field: Field): string {
  if (field.kind === 'boolean') return field.default === true ? `--[no-]${field.name}` : `--${field.name}`;
  const value = field.kind === 'list' ? '<text>, repeated' : field.kind === 'string' ? '<text>' : '<number>';
  return `--${field.name} ${value}`;
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.min(34, Math.max(0, ...rows.map(([name]) => name.length)));
  return rows.map(([name, text]) => {
    const wrapped = wrap(text, 100 - width - 4);
    const head =
      name.length > width ? [`  ${name}`, ...wrapped.map((line) => `${' '.repeat(width + 4)}${line}`)] : undefined;
    return (
      head ?? [
        `  ${name.padEnd(width)}  ${wrapped[0] ?? ''}`,
        ...wrapped.slice(1).map((line) => `${' '.repeat(width + 4)}${line}`),
      ]
    )
      .map((line) => line.trimEnd())
      .join('\n');
  });
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
