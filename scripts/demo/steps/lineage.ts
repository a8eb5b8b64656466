/** (g) Where the version in production came from, and the dashboard. */

import type { Demo, Document, Step } from '../demo.ts';
import { model } from '../release.ts';

export const lineage: Step = {
  letter: 'g',
  title: 'Lineage of the version in production, and the dashboard',
  async play(demo: Demo) {
    const { document } = await demo.kit(['registry', 'lineage', `${model}#production`], {
      say: ({ nodes, edges }) => `${nodes.length} things and how they hang together, ${edges.length} edges`,
    });
    const kinds: readonly string[] = document.nodes.map((node: Document) => node.kind);
    for (const kind of new Set(kinds)) {
      const nodes = document.nodes.filter((node: Document) => node.kind === kind);
      demo.tell(`  ${kind.padEnd(10)} ${nodes.map(describe).join('; ')}`);
    }
    const wanted = ['dataset', 'code', 'run', 'validation', 'evaluation', 'version', 'stage', 'rollout'];
    demo.see(
      wanted.every((kind) => kinds.includes(kind)),
      'the version in production leads back to its data, code, run, evidence and rollout',
    );
    const { document: dashboard } = await demo.kit(['publish-dashboard'], { say: ({ path }) => path });
    demo.see(demo.has(dashboard.path), `open ${demo.scratch.work}/${dashboard.path}`);
    return dashboard.path;
  },
};

/** Rollout records are one per transition, so their name says enough. */
function describe({ kind, name, detail }: Document): string {
  return kind === 'rollout' ? name.replace('rollout ', '') : `${name} (${detail})`;
}
