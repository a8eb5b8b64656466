/** Runs any command of the table as the root action: `command`, `args` with one argument per line, and the result as an output. */

import { KitError } from '../base/errors.ts';
import { nearestOf } from '../base/text.ts';
import { commandTable } from '../commands/table.ts';
import { convertInputs } from './convert-inputs.ts';
import { type Ending, endingOf } from './execute.ts';
import { fieldsOf } from './fields.ts';
import { errorDocument } from './messages.ts';
import { parseArguments } from './parse-arguments.ts';
import { linesOf } from './parse-environment.ts';
import { report, runInAction } from './run-action.ts';

const inputs = ['command', 'args', 'config', 'working-directory', 'github-token'];

/** An output holds 1 MB per job at most; a larger result is in its report file. */
const resultLimit = 500_000;

export async function runFrontAction(variables: Readonly<Record<string, string | undefined>>): Promise<void> {
  const input = (name: string): string => (variables[`INPUT_${name.toUpperCase()}`] ?? '').trim();
  const entry = commandTable.find((candidate) => candidate.name === input('command'));
  const unknown = Object.keys(variables).find(
    (key) => key.startsWith('INPUT_') && !inputs.includes(key.slice(6).toLowerCase()),
  );
  if (entry === undefined || unknown !== undefined) {
    const error =
      entry === undefined ? unknownCommand(input('command')) : unknownInput(unknown!.slice(6).toLowerCase());
    return report(endingOf(error));
  }
  const command = await entry.load();
  const readInputs = () => {
    const shared = ['config', 'working-directory'].flatMap((name) =>
      input(name) === '' ? [] : [`--${name}=${input(name)}`],
    );
    const parsed = parseArguments([...shared, ...linesOf(input('args'))], fieldsOf(command));
    return convertInputs(command, parsed.raw, (field) => `--${field}`);
  };
  await runInAction(command, readInputs, resultOutput);
}

function resultOutput(ending: Ending): Readonly<Record<string, string>> {
  if (ending.kind === 'bug') return {};
  const result = JSON.stringify(ending.kind === 'result' ? ending.result.document : errorDocument(ending.error));
  return {
    result:
      result.length <= resultLimit
        ? result
        : JSON.stringify({ schema: 'result-omitted/v1', characters: result.length }),
  };
}

function unknownCommand(name: string): KitError {
  const names = commandTable.map((entry) => entry.name);
  const nearest = nearestOf(name, names);
  return new KitError('command-unknown', `Cannot run command "${name}": there is no such command`, {
    hint: nearest === undefined ? `Known: ${names.join(', ')}.` : `Did you mean "${nearest}"?`,
  });
}

function unknownInput(name: string): KitError {
  const nearest = nearestOf(name, inputs);
  return new KitError('input-unknown', `Cannot read input "${name}": the action has no such input`, {
    hint:
      nearest === undefined
        ? `Inputs of a command go into "args", one argument per line, such as --${name}=...`
        : `Did you mean "${nearest}"?`,
  });
}
