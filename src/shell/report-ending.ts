/** Prints how a command ended on the command line: text for a person, or exactly one JSON document. */

import type { CliProcess } from './cli-process.ts';
import { type Ending, endingOf } from './execute.ts';
import { bugDocument, errorDocument, renderBug, renderError } from './messages.ts';
import { renderForTerminal } from './terminal.ts';
import { version } from './version.ts';

export interface ReportOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export function reportEnding(cli: CliProcess, ending: Ending, options: ReportOptions): number {
  const tool = `mlops-kit ${version}`;
  if (ending.kind === 'result') {
    const { result } = ending;
    if (options.json === true) cli.stdout(`${JSON.stringify(result.document, null, 2)}\n`);
    else cli.stdout(renderForTerminal(result.markdown, { color: hasColor(cli, cli.terminal.stdout) }));
  } else if (ending.kind === 'error') {
    if (options.json === true) cli.stdout(`${JSON.stringify(errorDocument(ending.error), null, 2)}\n`);
    cli.stderr(`${withoutControls(renderError(ending.error))}\n`);
  } else {
    if (options.json === true) cli.stdout(`${JSON.stringify(bugDocument(ending.error, tool), null, 2)}\n`);
    const stack = options.verbose === true || Boolean(cli.variables.CI);
    cli.stderr(`${withoutControls(renderBug(ending.error, { stack, tool }))}\n`);
  }
  return ending.exitCode;
}

export function reportError(cli: CliProcess, error: unknown, options: ReportOptions): number {
  return reportEnding(cli, endingOf(error), options);
}

/** Messages quote file names and data, which must not steer the terminal. */
function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '\ufffd');
}

function hasColor(cli: CliProcess, terminal: boolean): boolean {
  return terminal && !cli.variables.NO_COLOR && cli.variables.TERM !== 'dumb';
}
