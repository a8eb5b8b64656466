/** Child processes. `command` runs without a shell; `shell` is for the user's own stage commands only. */

export interface ProcessOptions {
  readonly cwd?: string;
  /** Added to the parent's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  /** Milliseconds; the whole process group is killed past it. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Bytes kept of stdout and of stderr, default 64 MiB. */
  readonly maxOutput?: number;
  /** What more output than that does: ends the program with KitError `output-too-large` (default), or drops the oldest. */
  readonly overflow?: 'fail' | 'drop-oldest';
  /** Called with every line of stdout and stderr as it comes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

export interface ProcessResult {
  /** Null when killed by a signal. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface Process {
  /** Runs a program with arguments; resolves whatever its exit code. @throws KitError `program-missing` */
  run(command: readonly [string, ...string[]], options?: ProcessOptions): Promise<ProcessResult>;
  /** Runs a user's shell text as DVC does: `$SHELL` or /bin/sh with `-c`. */
  shell(text: string, options?: ProcessOptions): Promise<ProcessResult>;
}
