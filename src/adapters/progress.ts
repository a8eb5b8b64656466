/** Shows a person what goes on: a bar on a terminal, grouped and throttled lines in Actions, plain lines elsewhere. */

import { formatBytes, formatCount } from '../base/text.ts';
import type { Progress, ProgressTask } from '../ports/progress.ts';

export interface ProgressOptions {
  /** `terminal` draws bars; `actions` writes workflow log lines; `plain` keeps to what was said by info, warn and done. */
  readonly mode: 'terminal' | 'actions' | 'plain';
  readonly write: (text: string) => void;
  readonly monotonic: () => number;
  readonly columns?: () => number;
  /** Shows debug lines; in Actions they are always handed to the runner, which hides them. */
  readonly verbose?: boolean;
}

interface Task {
  readonly title: string;
  readonly total: number | undefined;
  readonly unit: string;
  readonly started: number;
  amount: number;
  note: string;
}

const redrawEvery = 100;
const logEvery = 10_000;

export function createProgress(options: ProgressOptions): Progress {
  const screen = createScreen(options);
  let depth = 0;
  return {
    start: (title, settings = {}) =>
      startTask(options, screen, { title, total: settings.total, unit: settings.unit ?? '' }),
    info: (text) => screen.line(text),
    warn: (text) => screen.line(`Warning: ${text}`, options.mode !== 'plain'),
    debug: (text) => {
      if (options.mode === 'actions') screen.raw(`::debug::${escapeCommandData(text)}\n`);
      else if (options.verbose === true) screen.line(text);
    },
    group: async (title, body) => {
      // The Actions log has one level of groups.
      const folds = options.mode === 'actions' && depth === 0;
      if (folds) screen.raw(`::group::${escapeCommandData(title)}\n`);
      else screen.line(title);
      depth += 1;
      try {
        return await body();
      } finally {
        depth -= 1;
        if (folds) screen.raw('::endgroup::\n');
      }
    },
  };
}

/** Keeps text in the Actions log from being read as a workflow command by the runner. */
export function defuseCommands(text: string): string {
  return text.replace(/^(\s*)::/gm, '$1\u200b::').replace(/##\[/g, '##\u200b[');
}

/** Data of a workflow command, as the runner's toolkit escapes it. */
export function escapeCommandData(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

/** Control characters of data and file names must not steer the terminal. */
function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '\ufffd');
}

interface Screen {
  line(text: string, yellow?: boolean): void;
  raw(text: string): void;
  /** Draws, or with undefined removes, the line that stays last. */
  status(text: string | undefined): void;
}

function createScreen(options: ProgressOptions): Screen {
  let shown: string | undefined;
  const clear = (): void => {
    if (shown !== undefined) options.write('\r\u001b[2K');
  };
  const draw = (): void => {
    if (shown !== undefined) options.write(shown.slice(0, Math.max(20, (options.columns?.() ?? 80) - 1)));
  };
  return {
    raw: options.write,
    line: (text, yellow = false) => {
      clear();
      const safe = withoutControls(options.mode === 'actions' ? defuseCommands(text) : text);
      options.write(yellow ? `\u001b[33m${safe}\u001b[39m\n` : `${safe}\n`);
      draw();
    },
    status: (text) => {
      clear();
      shown = text;
      draw();
    },
  };
}

function startTask(
  options: ProgressOptions,
  screen: Screen,
  settings: { readonly title: string; readonly total: number | undefined; readonly unit: string },
): ProgressTask {
  const { mode, monotonic } = options;
  const task: Task = { ...settings, started: monotonic(), amount: 0, note: '' };
  let last = task.started;
  let open = true;
  if (mode === 'terminal') screen.status(renderBar(task, monotonic()));
  if (mode === 'actions') screen.line(task.title);
  const update = (): void => {
    const now = monotonic();
    if (!open || mode === 'plain' || now - last < (mode === 'terminal' ? redrawEvery : logEvery)) return;
    last = now;
    if (mode === 'terminal') screen.status(renderBar(task, now));
    else screen.line(renderAmount(task));
  };
  return {
    advance: (amount) => {
      task.amount += amount;
      update();
    },
    note: (text) => {
      task.note = text;
      update();
    },
    done: (text) => {
      if (!open) return;
      open = false;
      if (mode === 'terminal') screen.status(undefined);
      const line =
        text ?? (mode === 'plain' ? undefined : `${renderAmount(task)} in ${seconds(monotonic() - task.started)}`);
      if (line !== undefined) screen.line(line);
    },
  };
}

/** `Hashing  [#######-------------]  35 %  1.2 GiB of 3.4 GiB  4.2 s`. */
function renderBar(task: Task, now: number): string {
  const share = task.total === undefined || task.total <= 0 ? undefined : Math.min(1, task.amount / task.total);
  const filled = share === undefined ? 0 : Math.round(share * 20);
  const bar =
    share === undefined
      ? ''
      : `  [${'#'.repeat(filled)}${'-'.repeat(20 - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
  const note = task.note === '' ? '' : `  ${task.note}`;
  return `${task.title}${bar}  ${amountOf(task)}  ${seconds(now - task.started)}${note}`.replace(/\p{Cc}+/gu, ' ');
}

function renderAmount(task: Task): string {
  const amount = amountOf(task);
  return `${task.title}${amount === '' ? '' : `: ${amount}`}${task.note === '' ? '' : ` (${task.note})`}`;
}

function amountOf(task: Task): string {
  if (task.amount === 0 && task.total === undefined) return '';
  const format = task.unit === 'bytes' ? formatBytes : (count: number) => formatCount(Math.round(count));
  const unit = task.unit === '' || task.unit === 'bytes' ? '' : ` ${task.unit}`;
  return task.total === undefined
    ? `${format(task.amount)}${unit}`
    : `${format(task.amount)} of ${format(task.total)}${unit}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
