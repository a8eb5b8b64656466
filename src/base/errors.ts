/** Defines the one error a user can fix, with its code, place, hint, and the problems it gathers. */

/** A place in a file; line and column count from 1. */
export interface Location {
  readonly path: string;
  readonly line?: number;
  readonly column?: number;
}

/** One problem a user can fix; a config file reports all of its problems at once. */
export interface Problem {
  /** Stable kebab-case code, for example `config-unknown-key`. */
  readonly code: string;
  readonly message: string;
  /** What to do next, one sentence. */
  readonly hint?: string;
  readonly at?: Location;
}

export interface KitErrorOptions {
  readonly hint?: string;
  readonly at?: Location;
  readonly cause?: unknown;
  /** All problems found, when there is more than one. */
  readonly problems?: readonly Problem[];
}

/**
 * The error of everything a user can fix (exit code 2). Message form: `Cannot <verb> <object> "<value>": <reason>`.
 * Anything else that is thrown is a bug (exit code 70).
 */
export class KitError extends Error {
  override readonly name = 'KitError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly at: Location | undefined;
  readonly problems: readonly Problem[];

  constructor(code: string, message: string, options: KitErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.at = options.at;
    this.problems = options.problems ?? [
      {
        code,
        message,
        ...(options.hint === undefined ? {} : { hint: options.hint }),
        ...(options.at === undefined ? {} : { at: options.at }),
      },
    ];
  }
}

/** Formats a place as `path:line:column`, leaving out what is unknown. */
export function formatLocation(at: Location): string {
  return [at.path, at.line, at.line === undefined ? undefined : at.column]
    .filter((part) => part !== undefined)
    .join(':');
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
