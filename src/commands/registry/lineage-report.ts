/** Reports the lineage of a version, dataset or digest as a table, a mermaid graph and JSON. */

import type { Json } from '../../base/canonical-json.ts';
import { KitError } from '../../base/errors.ts';
import { escapeMarkdown, inlineCode, markdownTable } from '../../base/markdown.ts';
import { type MermaidNode, renderMermaid } from '../../base/mermaid.ts';
import {
  buildLineage,
  findLineageNodes,
  type Lineage,
  type LineageGraph,
  type LineageNode,
  walkLineage,
} from '../../domain/registry/lineage.ts';
import { resolveVersion } from '../../domain/registry/queries.ts';
import type { Ports } from '../../ports/ports.ts';
import { type Registry, readRegistry } from '../read-registry.ts';
import { readRecords } from '../records.ts';
import { fetchOption, needSubject, type RegistryQuestion, type RegistryResult, renderMore } from './question.ts';

const folder = '.mlops/reports/registry';
// GitHub renders no mermaid text of more than 50,000 characters, and nobody reads so many boxes.
const mostNodes = 80;

export async function lineage(ports: Ports, question: RegistryQuestion): Promise<RegistryResult> {
  const subject = needSubject('lineage', question.subject, 'churn@v1.0.0');
  const registry = await readRegistry(ports, fetchOption(question));
  const graph = buildLineage(registry, await readRecords(ports, { fetch: false }));
  const start = findStart(registry, graph, subject);
  const found = walkLineage(graph, start);
  const document = describe(subject, found);
  const markdown = render(subject, found, question.limit);
  await ports.files.write(`${folder}/lineage.json`, `${JSON.stringify(document, null, 2)}\n`);
  await ports.files.write(`${folder}/lineage.md`, markdown);
  return {
    outputs: { operation: 'lineage', count: found.graph.nodes.size, 'report-path': `${folder}/lineage.json` },
    document,
    markdown,
  };
}

/** A version first; else datasets by name, anything by digest. */
function findStart(registry: Registry, graph: LineageGraph, subject: string): readonly string[] {
  if (/[@#]/.test(subject) || registry.artifacts.has(subject)) {
    const { artifact, version } = resolveVersion(registry, subject);
    return [`version ${artifact}@${version}`];
  }
  const nodes = findLineageNodes(graph, subject);
  if (nodes.length > 0) return nodes;
  throw new KitError(
    'lineage-unknown',
    `Cannot find "${subject}": no version, dataset or digest of that name is recorded`,
    {
      hint: 'Name it as artifact@version, artifact#stage, a dataset of the config, or 7 and more digits of a digest or commit.',
    },
  );
}

function describe(subject: string, { start, graph }: Lineage): { readonly [key: string]: Json } {
  return {
    schema: 'lineage/v1',
    subject,
    start: start.map(({ id }) => id),
    nodes: [...graph.nodes.values()].map((node) => ({ ...node })),
    edges: graph.edges.map((edge) => ({ ...edge })),
  };
}

const shapes: Partial<Record<LineageNode['kind'], MermaidNode['shape']>> = {
  dataset: 'store',
  artifact: 'store',
  version: 'round',
  stage: 'flag',
};

function render(subject: string, { start, graph }: Lineage, limit: number): string {
  const nodes = [...graph.nodes.values()].sort((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1));
  const focus = new Set(start.map(({ id }) => id));
  const shown = nodes.length <= mostNodes ? nodes : nodes.slice(-mostNodes);
  const mermaid = renderMermaid(
    shown.map((node) => ({
      id: node.id,
      lines: [node.kind === 'stage' ? `stage ${node.name}` : labelOf(node), node.detail],
      shape: shapes[node.kind],
      tone: focus.has(node.id) ? 'focus' : node.verdict,
    })),
    graph.edges,
  );
  const rows = nodes.map((node) => [
    node.kind,
    inlineCode(node.name),
    escapeMarkdown(node.detail),
    node.time === undefined ? '-' : node.time.slice(0, 16).replace('T', ' '),
  ]);
  const cut = nodes.length > shown.length ? `\n\nThe graph shows the newest ${mostNodes} of ${nodes.length}.` : '';
  return `### Lineage of ${inlineCode(subject)}\n\n${markdownTable(['what', 'name', 'detail', 'time'], rows.slice(0, limit))}${renderMore(limit, rows.length)}\n\n${mermaid}${cut}\n`;
}

function labelOf({ kind, name }: LineageNode): string {
  return name === kind || name.startsWith(`${kind} `) || kind === 'version' ? name : `${kind} ${name}`;
}
