/** Reads git objects through one long-lived `git cat-file --batch`, started at the first read. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { GitRunner } from './run.ts';

export interface CatFile {
  /** Contents of an object name such as an id or `<commit>:<path>` (no line feed); undefined when there is none. */
  read(name: string): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (data: Buffer | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Makes the reader. An idle process keeps nothing alive: its pipes are unreferenced while no answer is awaited. */
export function createCatFile(git: GitRunner): CatFile {
  let child: ChildProcessWithoutNullStreams | undefined;
  let waiting: Waiting[] = [];
  let stderr = '';
  const input = createAnswerReader((data) => {
    waiting.shift()?.resolve(data);
    if (waiting.length === 0) setReferenced(false);
  });

  const setReferenced = (on: boolean): void => {
    if (child === undefined) return;
    for (const handle of [child, child.stdin as unknown as Socket, child.stdout as Socket, child.stderr as Socket])
      on ? handle.ref() : handle.unref();
  };
  const fail = (error: Error): void => {
    child = undefined;
    const failed = waiting;
    waiting = [];
    for (const one of failed) one.reject(error);
  };
  const start = (): ChildProcessWithoutNullStreams => {
    const { args, env } = git.command(['cat-file', '--batch']);
    const started = spawn('git', args, { cwd: git.root, env, windowsHide: true });
    stderr = '';
    input.reset();
    started.stdout.on('data', (chunk: Buffer) => input.push(chunk));
    started.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    started.stdin.on('error', () => {});
    started.on('error', (error) => child === started && fail(error));
    started.on('close', () => child === started && fail(new Error(`git cat-file ended: ${stderr.trim()}`)));
    return started;
  };

  return {
    read(name) {
      if (name.includes('\n')) return Promise.reject(new Error('an object name cannot hold a line feed'));
      child ??= start();
      const answer = new Promise<Buffer | undefined>((resolve, reject) => waiting.push({ resolve, reject }));
      if (waiting.length === 1) setReferenced(true);
      child.stdin.write(`${name}\n`);
      return answer;
    },
    async close() {
      const ending = child;
      child = undefined;
      if (ending === undefined || ending.exitCode !== null) return;
      const ended = new Promise<void>((resolve) => ending.once('close', () => resolve()));
      ending.ref();
      ending.stdin.end();
      await ended;
    },
  };
}

/** Cuts the stream `<oid> <type> <size>\n<bytes>\n` (or `<name> missing\n`) into answers. */
function createAnswerReader(onAnswer: (data: Buffer | undefined) => void) {
  let chunks: Buffer[] = [];
  let length = 0;
  // Bytes needed before it is worth looking again: big objects come in many chunks.
  let needed = 1;
  const parse = (): void => {
    let buffer = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    for (;;) {
      const end = buffer.indexOf(10);
      if (end < 0) {
        needed = buffer.length + 1;
        break;
      }
      const header = buffer.toString('utf8', 0, end);
      const size = /^[0-9a-f]{40,64} [a-z]+ (\d+)$/.exec(header)?.[1];
      if (size === undefined) {
        buffer = buffer.subarray(end + 1);
        onAnswer(undefined);
        continue;
      }
      const total = end + 1 + Number(size) + 1;
      if (buffer.length < total) {
        needed = total;
        break;
      }
      const data = Buffer.from(buffer.subarray(end + 1, total - 1));
      buffer = buffer.subarray(total);
      onAnswer(data);
    }
    chunks = buffer.length === 0 ? [] : [buffer];
    length = buffer.length;
  };
  return {
    push(chunk: Buffer): void {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= needed) {
        needed = 1;
        parse();
      }
    },
    reset(): void {
      chunks = [];
      length = 0;
      needed = 1;
    },
  };
}
