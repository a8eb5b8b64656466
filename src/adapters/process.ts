/** Runs child processes in a group of their own, so that a timeout, an abort or Ctrl-C ends all they started. */

import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { KitError, messageOf } from '../base/errors.ts';
import { formatBytes } from '../base/text.ts';
import type { Process, ProcessOptions, ProcessResult } from '../ports/process.ts';
import { endGroup, watchGroup } from './process/groups.ts';
import { createOutput, type Output } from './process/output.ts';

const defaultMaxOutput = 64 * 1024 * 1024;
/** A background child may hold the pipes after the program's end; its output is not waited for. */
const pipeGraceMs = 500;

type Variables = Readonly<Record<string, string | undefined>>;

export function createProcess(options: { readonly root: string; readonly environment?: Variables }): Process {
  const { root, environment = process.env } = options;
  const run: Process['run'] = (command, settings = {}) => runProgram(command, { root, environment, settings });
  return { run, shell: (text, settings) => run(shellCommand(environment.SHELL, text), settings) };
}

/** As DVC starts a stage: the user's shell without its start-up files. */
function shellCommand(shell: string | undefined, text: string): [string, ...string[]] {
  const program = shell === undefined || shell === '' ? '/bin/sh' : shell;
  const quiet: Readonly<Record<string, readonly string[]>> = { bash: ['--noprofile', '--norc'], zsh: ['--no-rcs'] };
  return [program, ...(quiet[basename(program)] ?? []), '-c', text];
}

interface Place {
  readonly root: string;
  readonly environment: Variables;
  readonly settings: ProcessOptions;
}

function runProgram(command: readonly [string, ...string[]], place: Place): Promise<ProcessResult> {
  const { settings } = place;
  const [program, ...args] = command;
  const cwd = resolve(place.root, settings.cwd ?? '.');
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return Promise.reject(
      new KitError('directory-missing', `Cannot run "${program}" in "${settings.cwd ?? cwd}": there is no such folder`),
    );
  }
  settings.signal?.throwIfAborted();
  const started = performance.now();
  const child = spawn(program, args, {
    cwd,
    env: mergeVariables(place.environment, settings.env),
    detached: true,
    windowsHide: true,
    stdio: [settings.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  return supervise(child, program, settings).then((end) => ({ ...end, seconds: (performance.now() - started) / 1000 }));
}

function mergeVariables(environment: Variables, added: ProcessOptions['env']): NodeJS.ProcessEnv {
  const merged = { ...environment, ...added };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

type Ending = Omit<ProcessResult, 'seconds'>;

function supervise(child: ChildProcess, program: string, settings: ProcessOptions): Promise<Ending> {
  return new Promise((fulfil, reject) => {
    let failure: unknown;
    let timedOut = false;
    const end = (cause?: unknown): void => {
      failure ??= cause;
      endGroup(child);
    };
    const maxBytes = settings.maxOutput ?? defaultMaxOutput;
    const outputs = (['stdout', 'stderr'] as const).map((stream) => {
      const output = createOutput({
        maxBytes,
        dropOldest: settings.overflow === 'drop-oldest',
        onLine: (line) => settings.onLine?.(line, stream),
        onOverflow: () => end(tooLarge(program, maxBytes)),
      });
      child[stream]?.on('data', (chunk: Buffer) => guard(() => output.push(chunk), end));
      return output;
    });
    const [stdout, stderr] = outputs as [Output, Output];
    const timer = settings.timeout === undefined ? undefined : setTimeout(expire, settings.timeout);
    function expire(): void {
      timedOut = true;
      end();
    }
    const abort = (): void => end(settings.signal?.reason);
    settings.signal?.addEventListener('abort', abort, { once: true });
    const unwatch = watchGroup(child);
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      settings.signal?.removeEventListener('abort', abort);
      unwatch();
      finish();
    };
    child.on('error', (error) => {
      if (child.pid === undefined) settle(() => reject(cannotStart(program, error)));
      else end(error);
    });
    child.on('exit', () => {
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, pipeGraceMs).unref();
    });
    child.on('close', (exitCode, signal) => {
      if (child.pid === undefined) return;
      settle(() => {
        for (const output of outputs) {
          guard(output.end, (error) => {
            failure ??= error;
          });
        }
        if (failure === undefined) fulfil({ exitCode, signal, timedOut, stdout: stdout.text(), stderr: stderr.text() });
        else reject(failure);
      });
    });
    // A program that does not read its input closes the pipe early; its exit code tells the story.
    child.stdin?.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') end(error);
    });
    if (settings.input !== undefined) child.stdin?.end(settings.input);
  });
}

/** An error of a line callback ends the program instead of being lost in an event handler. */
function guard(body: () => void, onError: (error: unknown) => void): void {
  try {
    body();
  } catch (error) {
    onError(error);
  }
}

function cannotStart(program: string, error: Error): KitError {
  const missing = 'code' in error && error.code === 'ENOENT';
  return new KitError(
    missing ? 'program-missing' : 'program-not-startable',
    `Cannot run "${program}": ${missing ? 'there is no such program on the PATH' : messageOf(error)}`,
    { hint: missing ? `Install ${program}, or correct the command.` : 'Check its permissions.', cause: error },
  );
}

function tooLarge(program: string, maxBytes: number): KitError {
  return new KitError(
    'output-too-large',
    `Cannot keep the output of "${program}": more than ${formatBytes(maxBytes)}`,
    {
      hint: 'Let the command write large results to a file.',
    },
  );
}
