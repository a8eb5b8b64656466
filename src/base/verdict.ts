/** Defines the three verdicts, how they combine, and the exit code each ends with. */

export type Verdict = 'pass' | 'fail' | 'inconclusive';

/** When a verdict fails the command: `fail` only on fail, `inconclusive` on both, `never` on neither. */
export type FailOn = 'fail' | 'inconclusive' | 'never';

/** The worst of the verdicts: fail over inconclusive over pass. An empty list is inconclusive: nothing was checked. */
export function combineVerdicts(verdicts: Iterable<Verdict>): Verdict {
  let seen = false;
  let worst: Verdict = 'pass';
  for (const verdict of verdicts) {
    seen = true;
    if (verdict === 'fail') return 'fail';
    if (verdict === 'inconclusive') worst = 'inconclusive';
  }
  return seen ? worst : 'inconclusive';
}

/** Exit code of a verdict: 0 pass or tolerated, 1 fail, 3 inconclusive that counts as failure. */
export function exitCodeOf(verdict: Verdict, failOn: FailOn): number {
  if (failOn === 'never' || verdict === 'pass') return 0;
  if (verdict === 'fail') return 1;
  return failOn === 'inconclusive' ? 3 : 0;
}
