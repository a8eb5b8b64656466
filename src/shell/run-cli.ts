/** Runs the command line: finds the command, reads its flags, prints text or one JSON document, and gives the exit code. */

import { KitError } from '../base/errors.ts';
import { nearestOf } from '../base/text.ts';
import type { Command } from '../commands/command.ts';
import { type CommandEntry, commandTable } from '../commands/table.ts';
import type { CliProcess } from './cli-process.ts';
import { version } from './version.ts';

/** Resolves to the exit code: 0, 1, 2, 3 or 70. */
export async function runCli(cli: CliProcess): Promise<number> {
  const table = cli.table ?? commandTable;
  const [first] = cli.args;
  if (first === '--version' || first === '-v') return print(cli, `${version}\n`);
  if (first === undefined || first === '--help' || first === '-h' || (first === 'help' && cli.args.length === 1)) {
    const { renderOverview } = await import('./help.ts');
    if (first === undefined) {
      cli.stderr(renderOverview(table, version));
      return 2;
    }
    return print(cli, renderOverview(table, version));
  }
  const { reportError } = await import('./report-ending.ts');
  const [name, args] = first === 'help' ? [cli.args[1] ?? '', ['--help']] : [first, cli.args.slice(1)];
  const entry = table.find((candidate) => candidate.name === name);
  if (entry === undefined) return reportError(cli, unknownCommand(name, table), { json: args.includes('--json') });
  return runEntry(cli, await entry.load(), args);
}

async function runEntry(cli: CliProcess, command: Command, args: readonly string[]): Promise<number> {
  const [{ fieldsOf }, { parseArguments }, { convertInputs }, { reportEnding, reportError }] = await Promise.all([
    import('./fields.ts'),
    import('./parse-arguments.ts'),
    import('./convert-inputs.ts'),
    import('./report-ending.ts'),
  ]);
  try {
    const fields = fieldsOf(command);
    const parsed = parseArguments(args, fields);
    if (parsed.help) {
      const { renderHelp } = await import('./help.ts');
      return print(cli, renderHelp(command));
    }
    const positionals = new Set(fields.filter((field) => field.positional !== undefined).map((field) => field.name));
    const converted = convertInputs(command, parsed.raw, (field) => (positionals.has(field) ? field : `--${field}`));
    const { executeCommand } = await import('./execute.ts');
    const ending = await executeCommand(command, converted, async () =>
      openPorts(cli, converted.workingDirectory, parsed.verbose),
    );
    return reportEnding(cli, ending, parsed);
  } catch (error) {
    return reportError(cli, error, { json: args.includes('--json'), verbose: args.includes('--verbose') });
  }
}

async function openPorts(cli: CliProcess, workingDirectory: string, verbose: boolean) {
  if (cli.ports !== undefined) return { ports: cli.ports, [Symbol.asyncDispose]: async () => {} };
  const { composePorts } = await import('./compose.ts');
  return composePorts({
    variables: cli.variables,
    directory: cli.directory,
    workingDirectory,
    verbose,
    stderr: cli.stderr,
    terminal: cli.terminal.stderr,
    columns: cli.terminal.columns,
  });
}

function unknownCommand(name: string, table: readonly CommandEntry[]): KitError {
  const nearest = nearestOf(
    name,
    table.map((entry) => entry.name),
  );
  const hint = nearest === undefined ? 'See `mlops-kit --help` for all commands.' : `Did you mean "${nearest}"?`;
  return new KitError('command-unknown', `Cannot run command "${name}": there is no such command`, { hint });
}

function print(cli: CliProcess, text: string): number {
  cli.stdout(text);
  return 0;
}
