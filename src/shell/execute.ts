/** Runs one command over its ports and decides how it ended: a result, an error to fix, or a bug. */

import type { Json } from '../base/canonical-json.ts';
import { KitError } from '../base/errors.ts';
import { exitCodeOf } from '../base/verdict.ts';
import type { Command, CommandResult } from '../commands/command.ts';
import type { Ports } from '../ports/ports.ts';
import type { ConvertedInputs } from './convert-inputs.ts';

export type Ending =
  | {
      readonly kind: 'result';
      readonly exitCode: number;
      readonly result: CommandResult<Readonly<Record<string, unknown>>>;
    }
  | { readonly kind: 'error'; readonly exitCode: 2; readonly error: KitError }
  | { readonly kind: 'bug'; readonly exitCode: 70; readonly error: unknown };

/** Ports together with what has to be closed after the command. */
export interface OpenPorts extends AsyncDisposable {
  readonly ports: Ports;
}

export async function executeCommand(
  command: Command,
  converted: ConvertedInputs,
  openPorts: () => Promise<OpenPorts>,
): Promise<Ending> {
  try {
    await using open = await openPorts();
    const result = await command.run(open.ports, converted.inputs);
    const outputs = command.outputs.parse(result.outputs);
    return { kind: 'result', exitCode: exitCodeOfResult(result, converted), result: { ...result, outputs } };
  } catch (error) {
    return endingOf(error);
  }
}

export function endingOf(error: unknown): Exclude<Ending, { readonly kind: 'result' }> {
  if (error instanceof KitError) return { kind: 'error', exitCode: 2, error };
  return { kind: 'bug', exitCode: 70, error };
}

/** An outcome that is no verdict (approval needed) counts as it stands, unless nothing may fail. */
function exitCodeOfResult(result: CommandResult<Json | unknown>, { failOn }: ConvertedInputs): number {
  if (failOn === 'never') return 0;
  if (result.exitCode !== undefined) return result.exitCode;
  return result.verdict === undefined ? 0 : exitCodeOf(result.verdict, failOn);
}
