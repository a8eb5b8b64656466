/** Keeps the process groups of running children, and passes an interrupt of this process on to them. */

import type { ChildProcess } from 'node:child_process';

/** Time between asking a group to end and killing it. */
const graceMs = 2000;
const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const running = new Set<ChildProcess>();
/** Groups that were asked to end: what is left of them when this process exits is killed. */
const ending = new Set<ChildProcess>();
let interrupted = false;

/** Asks the group to end, then kills what is left of it. */
export function endGroup(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): void {
  signalGroup(child, signal);
  // A shell's background children ignore an interrupt and outlive the shell, and this process may exit before the grace is over.
  if (ending.size === 0) process.on('exit', killEnding);
  ending.add(child);
  setTimeout(() => {
    signalGroup(child, 'SIGKILL');
    ending.delete(child);
    if (ending.size === 0) process.off('exit', killEnding);
  }, graceMs).unref();
}

/** Interrupts reach the group until the returned function is called, at the end of the child. */
export function watchGroup(child: ChildProcess): () => void {
  if (running.size === 0) {
    for (const name of interrupts) process.on(name, passOn);
    process.on('exit', killAll);
  }
  running.add(child);
  return () => {
    if (!running.delete(child) || running.size > 0) return;
    for (const name of interrupts) process.off(name, passOn);
    process.off('exit', killAll);
    interrupted = false;
  };
}

/**
 * The first interrupt goes to the children only: their end comes back as a result, so that the command can put its
 * state in order. The second one also ends this process as if nobody listened.
 */
function passOn(signal: NodeJS.Signals): void {
  if (!interrupted) {
    interrupted = true;
    for (const child of running) endGroup(child, signal);
    return;
  }
  killAll();
  for (const name of interrupts) process.off(name, passOn);
  process.kill(process.pid, signal);
}

function killEnding(): void {
  for (const child of ending) signalGroup(child, 'SIGKILL');
}

function killAll(): void {
  for (const child of running) signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // The whole group is gone already (macOS says EPERM while it is a zombie), which is what was asked for.
    if (!['ESRCH', 'EPERM'].includes(String((error as NodeJS.ErrnoException).code))) throw error;
  }
}
