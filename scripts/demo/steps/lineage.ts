/** (g) Where the version in production came from, and the dashboard. */

import type { Demo, Step } from '../demo.ts';
import { model } from '../release.ts';

export const lineage: Step = {
  letter: 'g',
  title: 'Lineage of the version in production, and the dashboard',
  async play(demo: Demo) {
    const { document } = await demo.kit(['registry', 'lineage', `${model}#production`]);
    for (const edge of document.edges) demo.tell(`  ${edge.from} ${edge.label ?? edge.kind} ${edge.to}`);
    const { document: dashboard } = await demo.kit(['publish-dashboard'], { say: ({ path }) => path });
    demo.see(demo.has(dashboard.path), `open ${demo.scratch.work}/${dashboard.path}`);
    return dashboard.path;
  },
};
