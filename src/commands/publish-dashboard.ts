/** Writes the dashboard: one self-contained HTML page of the registry, rollouts and drift, from git alone. */

import { z } from 'zod';
import { inlineCode, markdownTable } from '../base/markdown.ts';
import { plural } from '../base/text.ts';
import { foldDashboard } from '../domain/dashboard/fold-dashboard.ts';
import { renderDashboard } from '../domain/dashboard/render-dashboard.ts';
import { defineCommand } from './command.ts';
import { loadConfig } from './load-config.ts';
import { readRegistry } from './read-registry.ts';
import { readRecords } from './records.ts';

export const command = defineCommand({
  name: 'publish-dashboard',
  summary: 'Writes one HTML page with the registry, lineage, rollouts and drift over time.',
  description:
    'Reads the tags and the metadata branch and writes `index.html` and `dashboard.json` into a folder: what serves in each stage, how it came to be, ' +
    'metrics by version with their intervals, every rollout, drift and performance by window. The page loads nothing from anywhere.',
  inputs: z.object({
    output: z.string().default('.mlops/dashboard').describe('Folder that is written.'),
    fetch: z.boolean().default(true).describe('Fetch tags and records first, when there is a remote.'),
  }),
  outputs: z.object({ path: z.string().describe('Path of the page.') }),
  writes: false,
  async run(ports, inputs) {
    const { config } = await loadConfig(ports, inputs.config);
    const fetch = inputs.fetch && (await ports.git.remote()) !== undefined;
    const registry = await readRegistry(ports, { fetch });
    const records = await readRecords(ports, { fetch });
    const forge = await ports.forge();
    const data = foldDashboard({
      repository: forge.repository,
      generated: ports.clock.now().toISOString(),
      tool: ports.environment.tool,
      stages: Object.keys(config.stages),
      registry,
      records,
    });
    const path = `${inputs.output}/index.html`;
    await ports.files.write(
      `${inputs.output}/dashboard.json`,
      `${JSON.stringify({ schema: 'dashboard/v1', ...data }, null, 2)}\n`,
    );
    await ports.files.write(path, renderDashboard(data));
    const held = data.models.flatMap((model) =>
      model.stages.map((stage) => [inlineCode(model.name), inlineCode(stage.stage), inlineCode(stage.version)]),
    );
    return {
      outputs: { path },
      document: { schema: 'dashboard/v1', path, ...data } as never,
      markdown: [
        `## Dashboard: ${plural(data.models.length, 'model')}, ${plural(data.rollouts.length, 'rollout')}`,
        held.length === 0 ? 'No stage holds a version yet.' : markdownTable(['model', 'stage', 'version'], held),
        `Page: ${inlineCode(path)}`,
      ].join('\n\n'),
    };
  },
});
