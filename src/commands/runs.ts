/** Reads training runs from their records: a list, one run, or two side by side. */

import { z } from 'zod';
import type { Json } from '../base/canonical-json.ts';
import { KitError } from '../base/errors.ts';
import { escapeMarkdown, inlineCode, markdownTable } from '../base/markdown.ts';
import { formatNumber, nearestOf } from '../base/text.ts';
import { flattenNumbers, flattenValues, type RunSummary, summarizeRun } from '../domain/registry/run-summary.ts';
import { type CommandResult, defineCommand } from './command.ts';
import { readRecords } from './records.ts';

const Outputs = z.strictObject({
  operation: z.string().describe('What was asked.'),
  count: z.int().describe('Runs in the answer.'),
  run: z.string().describe('Id of the run shown; the newest one in a list.'),
});
type Result = CommandResult<z.output<typeof Outputs>>;

export const command = defineCommand({
  name: 'runs',
  summary: 'Reads training runs: list, show, compare.',
  description:
    'list shows the newest runs with their metrics; show one run with parameters, data, steps and metrics; compare two runs side by side, only what differs. ' +
    'A run is named by its id or the start of it; "latest" is the newest one.',
  inputs: z.strictObject({
    operation: z.enum(['list', 'show', 'compare']).default('list').describe('What to read.').meta({ positional: 0 }),
    run: z.string().default('latest').describe('Run id, or its start.').meta({ positional: 1 }),
    with: z.string().optional().describe('Run to compare with. Default: the one before.').meta({ positional: 2 }),
    model: z.string().optional().describe('Only runs of this model.'),
    fetch: z.boolean().optional().describe('Fetch records first. Default: where the checkout may be incomplete.'),
    limit: z.int().positive().default(20).describe('Most rows shown as text; JSON has all.'),
  }),
  outputs: Outputs,
  writes: false,
  async run(ports, inputs): Promise<Result> {
    const records = await readRecords(ports, {
      kinds: ['run'],
      ...(inputs.fetch === undefined ? {} : { fetch: inputs.fetch }),
    });
    const runs = records
      .map(summarizeRun)
      .filter(({ models }) => inputs.model === undefined || models.some(({ name }) => name === inputs.model))
      .reverse();
    if (inputs.operation === 'list') return list(runs, inputs.limit);
    const run = findRun(runs, inputs.run);
    if (inputs.operation === 'show') return show(run);
    const before = runs[runs.indexOf(run) + 1];
    const other = inputs.with === undefined ? before : findRun(runs, inputs.with);
    if (other !== undefined) return compare(other, run);
    throw new KitError('run-unknown', `Cannot compare run "${run.id}": there is no run before it`, {
      hint: 'Name another run: mlops-kit runs compare <run> <run>',
    });
  },
});

function findRun(runs: readonly RunSummary[], wanted: string): RunSummary {
  const found = wanted === 'latest' ? runs[0] : (runs.find(({ id }) => id === wanted) ?? uniqueStart(runs, wanted));
  if (found !== undefined) return found;
  const nearest = nearestOf(
    wanted,
    runs.map(({ id }) => id),
  );
  throw new KitError('run-unknown', `Cannot find run "${wanted}": no record names it`, {
    hint: nearest === undefined ? 'List them: mlops-kit runs list' : `Did you mean "${nearest}"?`,
  });
}

function uniqueStart(runs: readonly RunSummary[], wanted: string): RunSummary | undefined {
  const starting = runs.filter(({ id }) => id.startsWith(wanted));
  if (new Set(starting.map(({ id }) => id)).size < 2) return starting[0];
  throw new KitError('run-ambiguous', `Cannot choose a run "${wanted}": ${starting.length} runs start like that`, {
    hint: `For example: ${starting
      .slice(0, 3)
      .map(({ id }) => id)
      .join(', ')}`,
  });
}

function list(runs: readonly RunSummary[], limit: number): Result {
  const shown = runs.slice(0, limit);
  const metrics = [...new Set(shown.flatMap((run) => Object.keys(flattenNumbers(run.metrics))))].slice(0, 5);
  const rows = shown.map((run) => {
    const numbers = flattenNumbers(run.metrics);
    return [
      inlineCode(run.id),
      run.models.map(({ name }) => inlineCode(name)).join(', '),
      run.time.slice(0, 16).replace('T', ' '),
      run.verdict ?? '-',
      ...metrics.map((metric) => (numbers[metric] === undefined ? '-' : formatNumber(numbers[metric]))),
    ];
  });
  const table = markdownTable(['run', 'model', 'time', 'verdict', ...metrics.map(escapeMarkdown)], rows);
  const more = runs.length > shown.length ? `\n\n${runs.length - shown.length} more; raise --limit or use --json.` : '';
  return {
    outputs: { operation: 'list', count: runs.length, run: runs[0]?.id ?? '' },
    document: { schema: 'runs-list/v1', runs: runs as unknown as Json },
    markdown: `${runs.length === 0 ? 'There are no runs yet. Start one with `mlops-kit train`.' : table}${more}\n`,
  };
}

function show(run: RunSummary): Result {
  const rows = [
    [
      'model',
      run.models.map(({ name, md5 }) => `${inlineCode(name)} md5 ${inlineCode(md5 ?? 'unknown')}`).join('<br>'),
    ],
    ['time', run.time],
    ['by', escapeMarkdown(run.actor)],
    ['commit', run.commit === undefined ? '-' : inlineCode(run.commit)],
    ['verdict', run.verdict ?? '-'],
    ['data', run.data.map(({ dataset, md5 }) => `${inlineCode(dataset)} md5 ${inlineCode(md5)}`).join('<br>') || '-'],
    ...(run.url === undefined ? [] : [['log', escapeMarkdown(run.url)]]),
  ];
  const part = (title: string, values: Readonly<Record<string, string>>): string => {
    const entries = Object.entries(values);
    if (entries.length === 0) return '';
    return `\n\n**${title}**\n\n${markdownTable(
      ['name', 'value'],
      entries.map(([key, value]) => [inlineCode(key), inlineCode(value)]),
    )}`;
  };
  return {
    outputs: { operation: 'show', count: 1, run: run.id },
    document: { schema: 'run-show/v1', ...(run as unknown as { readonly [key: string]: Json }) },
    markdown: `### Run ${inlineCode(run.id)}\n\n${markdownTable(['', ''], rows)}${part('Parameters', flattenValues(run.params))}${part('Metrics', flattenValues(run.metrics))}\n`,
  };
}

function compare(before: RunSummary, after: RunSummary): Result {
  const [a, b] = [comparable(before), comparable(after)];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => a[key] !== b[key]);
  const rows = keys.map((key) => [inlineCode(key), cell(a[key]), cell(b[key]), difference(a[key], b[key])]);
  const table = markdownTable(['what', inlineCode(before.id), inlineCode(after.id), 'change'], rows);
  return {
    outputs: { operation: 'compare', count: 2, run: after.id },
    document: {
      schema: 'runs-compare/v1',
      runs: [before.id, after.id],
      differences: keys.map((key) => ({ what: key, before: a[key] ?? null, after: b[key] ?? null })),
    },
    markdown: `${keys.length === 0 ? `Runs ${inlineCode(before.id)} and ${inlineCode(after.id)} agree in all that is recorded.` : table}\n`,
  };
}

function comparable(run: RunSummary): Readonly<Record<string, string>> {
  const prefixed = (prefix: string, values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix} ${key}`, value]));
  return {
    ...prefixed('metric', flattenValues(run.metrics)),
    ...prefixed('param', flattenValues(run.params)),
    ...Object.fromEntries(run.data.map(({ dataset, md5 }) => [`data ${dataset}`, md5])),
    ...Object.fromEntries(run.models.map(({ name, md5 }) => [`model ${name}`, md5 ?? 'unknown'])),
    ...(run.commit === undefined ? {} : { commit: run.commit }),
  };
}

function cell(value: string | undefined): string {
  return value === undefined ? '-' : inlineCode(value.length > 40 ? `${value.slice(0, 39)}…` : value);
}

function difference(a: string | undefined, b: string | undefined): string {
  if (a === undefined || b === undefined) return '';
  const change = Number(b) - Number(a);
  return Number.isFinite(change) && a !== '' && b !== '' ? `${change > 0 ? '+' : ''}${formatNumber(change)}` : '';
}
