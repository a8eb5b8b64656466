/** Renders the two endings that are no verdict, an error to fix and a bug, as text, JSON and annotations. */

import type { Json } from '../base/canonical-json.ts';
import { formatLocation, type KitError, messageOf, type Problem } from '../base/errors.ts';

export const issuesUrl = 'https://github.com/mlops-kit/mlops-kit/issues/new';

/** Code, message, place and hint of each problem, one block each. */
export function renderError(error: KitError): string {
  const [first] = error.problems;
  if (error.problems.length === 1 && first !== undefined) return renderProblem({ ...first, message: error.message });
  return [`Error: ${error.message}`, ...error.problems.map(renderProblem)].join('\n\n');
}

function renderProblem(problem: Problem): string {
  const lines = [`Error (${problem.code}): ${problem.message}`];
  if (problem.at !== undefined) lines.push(`  at ${formatLocation(problem.at)}`);
  if (problem.hint !== undefined) lines.push(`  ${problem.hint}`);
  return lines.join('\n');
}

/** The document `--json` prints instead of a result. */
export function errorDocument(error: KitError): Json {
  return {
    schema: 'error/v1',
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    problems: error.problems.map((problem) => ({
      code: problem.code,
      message: problem.message,
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
      ...(problem.at === undefined ? {} : { at: { ...problem.at } }),
    })),
    exitCode: 2,
  };
}

/** A bug: what to do about it, and the stack when it helps. */
export function renderBug(error: unknown, options: { readonly stack: boolean; readonly tool: string }): string {
  const message = messageOf(error);
  const title = encodeURIComponent(`${options.tool}: ${message.slice(0, 100)}`);
  const stack = options.stack && error instanceof Error ? `\n${error.stack ?? ''}${causesOf(error)}` : '';
  const more = options.stack ? '' : '\n  Run again with --verbose for the place in the code.';
  return `Bug in ${options.tool}: ${message}\n  Please report it: ${issuesUrl}?title=${title}${more}${stack}`;
}

export function bugDocument(error: unknown, tool: string): Json {
  return {
    schema: 'error/v1',
    code: 'bug',
    message: `Bug in ${tool}: ${messageOf(error)}`,
    hint: `Please report it: ${issuesUrl}`,
    problems: [],
    exitCode: 70,
  };
}

function causesOf(error: Error): string {
  return error.cause instanceof Error
    ? `\nCaused by: ${error.cause.stack ?? error.cause.message}${causesOf(error.cause)}`
    : '';
}
