/** Decides whether to retrain: k of the last n windows failed and the newest did, outside the cool-down, and never twice for one cause. */

import { plural } from '../../base/text.ts';
import type { ModelConfig } from '../../formats/config.ts';
import type { RetrainDecision, WindowResult } from '../../formats/drift-report.ts';

export interface RetrainFacts {
  readonly model: string;
  /** Every window ever checked, the newest result of each, in order of time. */
  readonly windows: readonly WindowResult[];
  /** Earlier decisions to retrain this model. */
  readonly earlier: readonly { readonly key: string; readonly time: Date }[];
  /** Rows in the dataset that the baseline did not hold. */
  readonly newRows: number;
  readonly now: Date;
  /** This run was itself started by a retrain. */
  readonly insideRetrain: boolean;
}

type Decision = Omit<RetrainDecision, 'dispatched'>;

const periods = { hour: 3_600_000, day: 86_400_000, week: 7 * 86_400_000, month: 30 * 86_400_000 } as const;

export function decideRetrain(rule: ModelConfig['retrain'], facts: RetrainFacts): Decision {
  const cause = findCause(rule, facts);
  if (cause === undefined) return { retrain: false, cause: '', key: '', reason: describeCalm(rule, facts) };
  const key = `${facts.model}/${cause.name}/${cause.window}`;
  const stopped = findObstacle(rule, facts, key);
  const reason = stopped === undefined ? cause.reason : `${cause.reason}; not started: ${stopped}`;
  return { retrain: stopped === undefined, cause: cause.name, key, reason };
}

interface Cause {
  readonly name: string;
  readonly window: string;
  readonly reason: string;
}

function findCause(rule: ModelConfig['retrain'], facts: RetrainFacts): Cause | undefined {
  const newest = facts.windows.at(-1);
  for (const trigger of rule.on) {
    const rows = /^new-rows > (\d+)$/.exec(trigger);
    if (rows !== null) {
      if (facts.newRows > Number(rows[1]))
        return {
          name: 'new-rows',
          window: newest?.window ?? 'all',
          reason: `${plural(facts.newRows, 'new row')}, more than ${rows[1]}`,
        };
      continue;
    }
    if (newest === undefined) continue;
    const { failed, last, k } = countFails(rule, facts.windows, trigger);
    if (failed >= k && failsBy(newest, trigger))
      return {
        name: trigger,
        window: newest.window,
        reason:
          last === 1
            ? `${trigger} in the newest window (${newest.window})`
            : `${trigger} in ${failed} of the last ${plural(last, 'window')}, the newest (${newest.window}) among them`,
      };
  }
  return undefined;
}

function failsBy(window: WindowResult, trigger: string): boolean {
  return (trigger === 'decay' ? window.performance?.verdict : window.drift.verdict) === 'fail';
}

function countFails(
  rule: ModelConfig['retrain'],
  windows: readonly WindowResult[],
  trigger: string,
): { readonly failed: number; readonly last: number; readonly k: number } {
  const [k, n] = rule.fails.split(' of ').map(Number) as [number, number];
  const last = windows.slice(-n);
  return { failed: last.filter((window) => failsBy(window, trigger)).length, last: last.length, k };
}

function findObstacle(rule: ModelConfig['retrain'], facts: RetrainFacts, key: string): string | undefined {
  if (facts.insideRetrain) return 'this run was started by a retrain, which cannot start another';
  if (facts.earlier.some((one) => one.key === key)) return 'it was started for this cause before';
  const [, count, unit] = /^(\d+) per (\w+)$/.exec(rule['at-most']) as unknown as [
    string,
    string,
    keyof typeof periods,
  ];
  const since = facts.now.getTime() - periods[unit];
  const recent = facts.earlier.filter(({ time }) => time.getTime() > since);
  if (recent.length >= Number(count)) return `cool-down of ${rule['at-most']}`;
  return undefined;
}

function describeCalm(rule: ModelConfig['retrain'], { windows }: RetrainFacts): string {
  if (windows.length === 0) return 'no window was checked';
  const counts = rule.on
    .filter((trigger) => !trigger.startsWith('new-rows'))
    .map((trigger) => {
      const { failed, last } = countFails(rule, windows, trigger);
      return `${trigger} in ${failed} of the last ${last}`;
    });
  return `${counts.join(', ')}; the rule asks for ${rule.fails} with the newest among them`;
}
