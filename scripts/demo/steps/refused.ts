/** (b) A candidate trained on shuffled labels is refused, and leaves no tag. */

import { printQuote } from '../console.ts';
import type { Demo, Step } from '../demo.ts';
import { evaluate, train } from '../release.ts';

export const refused: Step = {
  letter: 'b',
  title: 'A worse candidate is refused',
  async play(demo: Demo) {
    const before = await demo.tags();
    await demo.git('switch', '--quiet', '--create', 'candidate/shuffled');
    demo.setParam('shuffle_labels', 'true');
    demo.tell('somebody proposes a model whose labels were shuffled (params.yaml: shuffle_labels: true)');
    await demo.commit('feat: a better model, surely');
    await train(demo);
    const { verdict, gates } = await evaluate(demo, 1);
    demo.see(verdict === 'fail', 'the gate says fail');
    demo.see(
      gates.some((gate: { kind: string; verdict: string }) => gate.kind === 'superiority' && gate.verdict === 'fail'),
      'because the candidate is worse than the champion',
    );
    await demo.kit(['sync-data', 'push'], { say: () => 'stored in the data remote' });
    await demo.kit(['register'], { exit: 2, say: ({ message }) => `refused: ${message}` });
    const after = await demo.tags();
    demo.see(after.length === before.length, 'no tag was written');
    demo.tell('the comment that the pull request gets, as it is rendered:');
    printQuote(shorten(await demo.show(['report', '.mlops/reports/evaluate', '--preview', '--fail-on', 'never'])));
    demo.see(
      demo.read('.mlops/reports/comment.md').includes('candidate refused'),
      'the comment says that it is refused',
    );
    await demo.git('switch', '--quiet', '--discard-changes', 'main');
    await demo.kit(['sync-data', 'pull', '--force'], { say: () => 'the work tree is back at the model in production' });
    return 'gate fail, no tag';
  },
};

/** The head of the comment, up to the slices; the whole stands in .mlops/reports/comment.md. */
function shorten(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const end = lines.findIndex((line) => /slices not passed/.test(line));
  return lines
    .slice(0, end < 0 ? 20 : end + 1)
    .map((line) => (line.length > 150 ? `${line.slice(0, 147)}...` : line))
    .join('\n');
}
