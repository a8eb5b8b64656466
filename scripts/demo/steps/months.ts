/** (d) Months arrive: features stay as they were, and the model decays. */

import { formatTable } from '../console.ts';
import type { Demo, Document, Step } from '../demo.ts';
import { readDispatches, readIssues } from '../dispatches.ts';
import { deliver, monthNames, track, validateBatch } from '../months.ts';
import { count, fixed, interval } from '../numbers.ts';

export const months: Step = {
  letter: 'd',
  title: 'February to April arrive: no drift, but decay',
  async play(demo: Demo) {
    const checked: Document[] = [];
    for (const month of ['2001-02', '2001-03', '2001-04']) checked.push(await monitor(demo, month));
    const windows = checked.map((report) => report.windows[0]);
    const header = ['month', 'rows', 'drift', 'largest effect (PSI)', 'observed-to-expected', 'verdict', 'retrain'];
    const rows = checked.map(({ windows: [window], decision }) => [
      monthNames[window.window]!,
      count(window.rows),
      window.drift.verdict,
      describeLargest(window.drift.columns),
      interval(window.performance, 2),
      window.performance.verdict,
      decision.retrain ? 'asked for' : 'no',
    ]);
    for (const line of formatTable([header, ...rows])) demo.tell(`  ${line}`);
    demo.see(
      windows.every(({ drift }) => drift.verdict === 'pass'),
      'feature drift passes in every month',
    );
    demo.see(
      windows.at(-1).performance.verdict === 'fail',
      'April has decayed: observed-to-expected is outside 0.9 to 1.1',
    );
    const decision = checked.at(-1).decision;
    demo.see(decision.retrain && decision.cause === 'decay', `a retrain is due: ${decision.reason}`);
    demo.see(readDispatches(demo, 'mlops-retrain').length === 1, 'the event mlops-retrain was dispatched, once');
    const issue = readIssues(demo).at(-1);
    demo.see(issue !== undefined && issue.state === 'open', `an issue tells the owners: "${issue?.title}"`);
    return 'drift passes, decay found';
  },
};

/** Validates, tracks, scores with the model in production, and checks one month. */
async function monitor(demo: Demo, month: string): Promise<Document> {
  await deliver(demo, month);
  const file = `data/flights/${month}.parquet`;
  const { verdict } = await validateBatch(demo, file);
  demo.see(verdict === 'pass', `${monthNames[month]} keeps the data contract`);
  await track(demo, month);
  await demo.script(['src/score-month.ts', month]);
  const args = [
    'check-drift',
    '--window',
    month,
    '--predictions',
    `data/scored/${month}.parquet`,
    '--fail-on',
    'never',
  ];
  const { document } = await demo.kit(args, { say: ({ verdict: all, summary }) => `${all}: ${summary}` });
  return document;
}

function describeLargest(columns: readonly Document[]): string {
  const largest = columns.reduce((best, column) => (column.effect > best.effect ? column : best));
  return `${fixed(largest.effect)} (${largest.column})`;
}
