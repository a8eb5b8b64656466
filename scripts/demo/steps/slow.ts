/** (f) A candidate that is better but slow passes the gates, and is rolled back by its canary. */

import type { Demo, Step } from '../demo.ts';
import { deliver, track } from '../months.ts';
import {
  evaluate,
  manifestPath,
  model,
  release,
  rollOut,
  train,
  validateDataset,
  waitUntilServed,
} from '../release.ts';
import { serverAddress } from '../server.ts';

export const slow: Step = {
  letter: 'f',
  title: 'A slow candidate is rolled back by its canary',
  async play(demo: Demo) {
    const before = demo.read(manifestPath);
    const stable = /stable:\n {2}version: "(\S+)"/.exec(before)![1]!;
    await deliver(demo, '2001-05');
    demo.setParam('train_rows', '400000');
    demo.setParam('averaging_layers', '12');
    demo.tell(
      'somebody trains on more rows, and exports with a slow part in the graph (params.yaml: averaging_layers: 12)',
    );
    await track(demo, '2001-05');
    await validateDataset(demo);
    await train(demo);
    const { verdict } = await evaluate(demo, 0);
    demo.see(verdict === 'pass', 'its predictions are better, so the gates pass');
    const version = await release(demo, 'feat: more rows, and a new export');
    const rollout = await rollOut(demo, serverAddress(), 1);
    demo.see(rollout.phase === 'rolled-back', `${version} was rolled back: ${rollout.because}`);
    demo.see(demo.read(manifestPath).includes(`version: "${stable}"`), `${manifestPath} names ${stable} again`);
    demo.see(await waitUntilServed(serverAddress(), stable), `the server serves ${stable} alone`);
    const { document } = await demo.kit(['registry', 'show'], {
      say: ({ artifacts }) => `production holds ${artifacts[model].stage.production}`,
    });
    demo.see(document.artifacts[model].stage.production === stable, 'and git says so too: the stage was assigned back');
    return `${version} rolled back, ${stable} serves`;
  },
};
