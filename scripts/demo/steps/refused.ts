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
    await demo.kit(['report', '.mlops/reports/evaluate', '--preview', '--fail-on', 'never'], {
      say: () => 'the comment that the pull request gets:',
    });
    printQuote(shorten(demo.read('.mlops/reports/comment.md')));
    await demo.git('switch', '--quiet', '--discard-changes', 'main');
    await demo.kit(['sync-data', 'pull', '--force'], { say: () => 'the work tree is back at the model in production' });
    return 'gate fail, no tag';
  },
};

const shownLines = 20;

function shorten(markdown: string): string {
  const lines = markdown.split('\n').filter((line) => line.trim() !== '' && !/^<(!--|\/?details|summary)/.test(line));
  const shown = lines.slice(0, shownLines).map((line) => (line.length > 130 ? `${line.slice(0, 127)}...` : line));
  return lines.length > shownLines
    ? `${shown.join('\n')}\n(${lines.length - shownLines} more lines)`
    : shown.join('\n');
}
