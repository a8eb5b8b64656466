/** (e) The dispatch is carried out: a retrain on the months so far beats the champion, and a canary brings it to production. */

import type { Demo, Step } from '../demo.ts';
import { readDispatches } from '../dispatches.ts';
import { interval } from '../numbers.ts';
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

export const retrain: Step = {
  letter: 'e',
  title: 'Decay starts a retrain; a canary brings it to production',
  async play(demo: Demo) {
    const [dispatch] = readDispatches(demo, 'mlops-retrain');
    if (dispatch === undefined) throw new Error('there is no dispatch to carry out');
    demo.tell(`the demo takes the place of the runner: event ${dispatch.name}, ${dispatch.payload.reason}`);
    await validateDataset(demo);
    await train(demo);
    const { verdict, gates } = await evaluate(demo, 0);
    const superior = gates.find((gate: { kind: string }) => gate.kind === 'superiority');
    demo.see(
      verdict === 'pass' && superior.verdict === 'pass' && superior.difference.low > 0,
      `trained on January to March it is truly better in April: roc-auc ${interval(superior.difference)}, all of the interval above 0`,
    );
    const version = await release(demo, 'feat: retrained on January to March');
    const rollout = await rollOut(demo, serverAddress(), 0);
    demo.see(rollout.phase === 'completed', 'the canary was safe under live requests at every step');
    demo.see(demo.read(manifestPath).includes(`version: "${version}"`), `${manifestPath} names ${version}`);
    demo.see(await waitUntilServed(serverAddress(), version), `the server serves ${version}`);
    return `${model} ${version} in production, roc-auc ${interval(superior.difference)}`;
  },
};
