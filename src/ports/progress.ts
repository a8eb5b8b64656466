/** What a person sees while work goes on: a bar on a terminal, grouped log lines in CI; always on stderr. */

export interface ProgressTask {
  advance(amount: number): void;
  note(text: string): void;
  /** Ends the task; the text replaces the bar. */
  done(text?: string): void;
}

export interface Progress {
  /** `unit` is `bytes` for sizes, else a plural noun such as `files`. */
  start(title: string, options?: { readonly total?: number; readonly unit?: string }): ProgressTask;
  info(text: string): void;
  warn(text: string): void;
  debug(text: string): void;
  /** A folded group of lines in the Actions log, a heading elsewhere. */
  group<T>(title: string, body: () => Promise<T>): Promise<T>;
}
