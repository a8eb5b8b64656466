/** (a) The first model, from data to production. */

import type { Demo, Step } from '../demo.ts';
import { deliver, track } from '../months.ts';
import { count } from '../numbers.ts';
import { evaluate, manifestPath, model, release, rollOutFirst, train, waitUntilServed } from '../release.ts';
import { startServer } from '../server.ts';

export const january: Step = {
  letter: 'a',
  title: 'January: the first model goes to production',
  async play(demo: Demo) {
    await deliver(demo, '2001-01');
    await track(demo, '2001-01');
    const { document: validation } = await demo.kit(['validate-data', '--infer'], {
      say: ({ verdict, rows, checks, baseline }) =>
        `${verdict}: ${count(rows)} rows, ${checks} checks; January is the baseline, ${baseline.path}`,
    });
    demo.see(validation.verdict === 'pass', 'January keeps the data contract');
    await demo.commit('data: January is the baseline');
    await train(demo);
    const evaluation = await evaluate(demo, 0);
    demo.see(
      evaluation.gates.some(
        (gate: { kind: string; verdict: string }) => gate.kind === 'baseline' && gate.verdict === 'pass',
      ),
      'the model beats the naive baseline',
    );
    const version = await release(demo, 'feat: first model');
    demo.see(version === 'v0.0.1', 'the first version is v0.0.1');
    const rollout = await rollOutFirst(demo);
    demo.see(
      rollout.phase === 'completed',
      'there is no stable version to compare with, so the first one takes all traffic',
    );
    demo.see(demo.read(manifestPath).includes(version), `${manifestPath} names ${version}`);
    const address = await startServer(demo, manifestPath);
    demo.tell(`a server follows the manifest in the background: mlops-kit serve --follow ${manifestPath} (${address})`);
    demo.see(await waitUntilServed(address, version), `it serves ${version}`);
    return `${model} ${version} serves in production`;
  },
};
