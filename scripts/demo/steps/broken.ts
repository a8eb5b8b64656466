/** (c) A broken delivery stops before training, with findings that a person can act on. */

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeBrokenBatch } from '../broken-batch.ts';
import type { Demo, Document, Step } from '../demo.ts';
import { deliver, validateBatch } from '../months.ts';
import { count } from '../numbers.ts';

export const broken: Step = {
  letter: 'c',
  title: 'A broken batch stops before training',
  async play(demo: Demo) {
    const lock = demo.read('dvc.lock');
    await deliver(demo, '2001-02');
    const inWork = (path: string) => join(demo.scratch.work, path);
    mkdirSync(inWork('data/incoming'), { recursive: true });
    await writeBrokenBatch(inWork('data/flights/2001-02.parquet'), inWork('data/incoming/2001-02.parquet'));
    rmSync(inWork('data/flights/2001-02.parquet'));
    demo.tell(
      'broken on the way: distance in kilometres, 5 % of the delays missing, a new airport code, rows that came twice',
    );
    const { findings } = await validateBatch(demo, 'data/incoming/2001-02.parquet', 1);
    const errors = findings.filter((finding: Document) => finding.severity === 'error');
    for (const finding of errors) demo.tell(`  ${describe(finding)}`);
    seeFinding(demo, findings, 'distance', 'kilometres are seen as a changed unit');
    seeFinding(demo, findings, 'delay', 'missing delays are found');
    seeFinding(demo, findings, 'origin', 'the new airport is found');
    seeFinding(demo, findings, 'id', 'rows that came twice are found');
    rmSync(inWork('data/incoming'), { recursive: true });
    demo.see(demo.read('dvc.lock') === lock, 'nothing was trained');
    return `${errors.length} errors, no training`;
  },
};

function describe({ severity, column, rule, message, failing, total, examples }: Document): string {
  const counts = failing === undefined ? '' : ` (${count(failing)} of ${count(total)})`;
  const example =
    examples[0] === undefined
      ? ''
      : `; for example ${Object.entries(examples[0])
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')}`;
  return `${severity} ${column ?? 'rows'}, ${rule}: ${message}${counts}${example}`;
}

function seeFinding(demo: Demo, findings: readonly Document[], column: string, what: string): void {
  demo.see(
    findings.some((finding) => finding.column === column && finding.severity === 'error'),
    what,
  );
}
