/** Decides whether a stage has to run: its command, inputs, parameters and outputs against dvc.lock. */

import type { LockStage } from '../../formats/dvc-lock.ts';
import { type PythonMap, type PythonValue, pythonEquals, toJsonValue } from '../../formats/python-value.ts';
import type { Stage } from './stage.ts';

export type Change = 'new' | 'modified' | 'deleted' | 'removed';

/** One reason to run, in words for a person: `param params.yaml:lr modified: 0.1 to 0.2`. */
export interface StageReason {
  readonly kind: 'command' | 'dep' | 'param' | 'out' | 'stage';
  readonly what: string;
  readonly change: Change | 'always' | 'forced';
  readonly detail?: string;
}

export interface StageFacts {
  readonly lock: LockStage | undefined;
  /** Content address by the stage's own path text; undefined when nothing is there. */
  readonly deps: ReadonlyMap<string, string | undefined>;
  readonly outs: ReadonlyMap<string, string | undefined>;
  /** Values of the tracked keys by file; undefined when the file is missing. */
  readonly params: ReadonlyMap<string, PythonMap | undefined>;
}

export interface StageDecision {
  readonly reasons: readonly StageReason[];
  /** Nothing but outputs differ, so that the outputs of the lock are what a run would give. */
  readonly onlyOutputs: boolean;
}

/** DVC's rules, and beyond them: what was removed from dvc.yaml counts as changed. */
export function decideStage(stage: Stage, facts: StageFacts): StageDecision {
  const { lock } = facts;
  if (lock === undefined) {
    return { reasons: [{ kind: 'stage', what: stage.name, change: 'new' }], onlyOutputs: false };
  }
  const callback = stage.deps.length === 0 && stage.params.length === 0 && stage.outs.length === 0;
  const inputs: readonly StageReason[] = stage.frozen
    ? []
    : callback || stage.alwaysChanged
      ? [{ kind: 'stage', what: stage.name, change: 'always' }]
      : [...entryReasons('dep', stage.deps, lock.deps, facts.deps), ...paramReasons(stage, lock, facts.params)];
  const command = commandReasons(stage, lock);
  const outs = entryReasons('out', stage.outs, lock.outs, facts.outs);
  const removedOut = outs.some((reason) => reason.change === 'removed' || reason.change === 'new');
  return {
    reasons: [...command, ...inputs, ...outs],
    onlyOutputs: command.length === 0 && inputs.length === 0 && outs.length > 0 && !removedOut,
  };
}

function commandReasons(stage: Stage, lock: LockStage): readonly StageReason[] {
  const same = JSON.stringify(stage.cmd) === JSON.stringify(lock.cmd);
  return same ? [] : [{ kind: 'command', what: stage.name, change: 'modified' }];
}

function entryReasons(
  kind: 'dep' | 'out',
  written: readonly { readonly text: string }[],
  locked: LockStage['deps'],
  current: ReadonlyMap<string, string | undefined>,
): readonly StageReason[] {
  const lockedByPath = new Map(locked.map((entry) => [entry.path, entry.md5]));
  const reasons: StageReason[] = [];
  for (const { text } of written) {
    const [was, is] = [lockedByPath.get(text), current.get(text)];
    if (was === undefined) reasons.push({ kind, what: text, change: 'new' });
    else if (is === undefined) reasons.push({ kind, what: text, change: 'deleted' });
    else if (is !== was) reasons.push({ kind, what: text, change: 'modified' });
  }
  const names = new Set(written.map((one) => one.text));
  for (const { path } of locked) if (!names.has(path)) reasons.push({ kind, what: path, change: 'removed' });
  return reasons;
}

function paramReasons(
  stage: Stage,
  lock: LockStage,
  current: ReadonlyMap<string, PythonMap | undefined>,
): readonly StageReason[] {
  const reasons: StageReason[] = [];
  for (const { text, keys } of stage.params) {
    const [was, is] = [lock.params[text] ?? {}, current.get(text)];
    if (is === undefined) {
      reasons.push({ kind: 'param', what: text, change: 'deleted' });
      continue;
    }
    const tracked = keys.length > 0 ? keys : Object.keys({ ...is, ...was });
    for (const key of new Set([...tracked, ...Object.keys(was)])) {
      const reason = paramReason(own(was, key), own(is, key), tracked.includes(key));
      if (reason !== undefined) reasons.push({ kind: 'param', what: `${text}:${key}`, ...reason });
    }
  }
  const files = new Set(stage.params.map((one) => one.text));
  for (const file of Object.keys(lock.params)) {
    if (!files.has(file)) reasons.push({ kind: 'param', what: file, change: 'removed' });
  }
  return reasons;
}

function paramReason(
  was: PythonValue | undefined,
  is: PythonValue | undefined,
  tracked: boolean,
): { readonly change: Change; readonly detail?: string } | undefined {
  if (!tracked) return { change: 'removed' };
  if (is === undefined) return { change: 'deleted' };
  if (was === undefined) return { change: 'new' };
  if (pythonEquals(was, is)) return undefined;
  return { change: 'modified', detail: `${shorten(was)} to ${shorten(is)}` };
}

function own(map: PythonMap, key: string): PythonValue | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function shorten(value: PythonValue): string {
  const text = JSON.stringify(toJsonValue(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** `dep data/x modified`, `command changed`. */
export function formatReason(reason: StageReason): string {
  if (reason.kind === 'command') return 'command changed';
  if (reason.kind === 'stage') {
    return { new: 'never ran', always: 'always runs', forced: 'forced' }[reason.change as string] ?? reason.change;
  }
  const detail = reason.detail === undefined ? '' : `: ${reason.detail}`;
  return `${reason.kind} ${reason.what} ${reason.change}${detail}`;
}
