/** Checks the config file and explains where each effective value comes from. */

import { z } from 'zod';
import type { Json } from '../base/canonical-json.ts';
import { formatLocation } from '../base/errors.ts';
import { inlineCode, markdownTable } from '../base/markdown.ts';
import { plural } from '../base/text.ts';
import { applyDefaults } from '../formats/config-defaults.ts';
import { formatKeyPath } from '../formats/issues.ts';
import type { KeyPath } from '../formats/schema-keys.ts';
import { defineCommand } from './command.ts';
import { type LoadedConfig, loadConfig } from './load-config.ts';

export const command = defineCommand({
  name: 'config',
  summary: 'Checks mlops.yaml and prints every effective value with its source.',
  description:
    'Reads the config and reports all of its problems at once, each with line, column and what to write instead. ' +
    'With --explain, lists every effective value and whether the file or a default set it.',
  inputs: z.strictObject({
    explain: z.boolean().default(false).describe('Print every effective value and its source.'),
    check: z.boolean().default(false).describe('Only check, print one line.'),
  }),
  outputs: z.strictObject({
    datasets: z.array(z.string()).describe('Names of the datasets.'),
    models: z.array(z.string()).describe('Names of the models.'),
    stages: z.array(z.string()).describe('Names of the stages, in order.'),
  }),
  writes: false,
  async run(ports, inputs) {
    const loaded = await loadConfig(ports, inputs.config);
    const { config, path } = loaded;
    const names = {
      datasets: Object.keys(config.datasets),
      models: Object.keys(config.models),
      stages: Object.keys(config.stages),
    };
    const counted = [
      plural(names.datasets.length, 'dataset'),
      plural(names.models.length, 'model'),
      plural(names.stages.length, 'stage'),
    ].join(', ');
    const good = `${inlineCode(path)} is a valid config: ${counted}.`;
    const values = inputs.explain ? explain(loaded) : [];
    const table = markdownTable(
      ['key', 'value', 'source'],
      values.map((value) => [inlineCode(value.key), inlineCode(JSON.stringify(value.value)), inlineCode(value.source)]),
    );
    return {
      outputs: names,
      document: {
        schema: 'config-check/v1',
        path,
        ...names,
        config: applyDefaults(config) as unknown as Json,
        ...(inputs.explain ? { values: values.map((value) => ({ ...value })) } : {}),
      },
      markdown: inputs.explain && !inputs.check ? `${good}\n\n${table}` : good,
    };
  },
});

interface Explained {
  readonly key: string;
  readonly value: Json;
  /** `mlops.yaml:12:5`, or `default`. */
  readonly source: string;
}

/** One line per leaf of the effective config, in the order of the schema. */
function explain(loaded: LoadedConfig): readonly Explained[] {
  return leavesOf(applyDefaults(loaded.config) as unknown as Json, []).map(({ path, value }) => ({
    key: formatKeyPath(path),
    value,
    source: loaded.has(path) ? formatLocation(loaded.locate(path, 'value')) : 'default',
  }));
}

function leavesOf(value: Json, path: KeyPath): readonly { readonly path: KeyPath; readonly value: Json }[] {
  if (Array.isArray(value)) {
    const plain = value.every((item) => typeof item !== 'object' || item === null);
    return plain ? [{ path, value }] : value.flatMap((item: Json, index) => leavesOf(item, [...path, index]));
  }
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  const entries = Object.entries(value as { readonly [key: string]: Json | undefined });
  if (entries.length === 0) return [{ path, value }];
  return entries.flatMap(([key, child]) => (child === undefined ? [] : leavesOf(child, [...path, key])));
}
