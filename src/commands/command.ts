/** Defines what a command is: one zod object in, one zod object out, and a run over the ports. */

import type { z } from 'zod';
import type { Json } from '../base/canonical-json.ts';
import type { Verdict } from '../base/verdict.ts';
import type { Annotation } from '../ports/forge.ts';
import type { Ports } from '../ports/ports.ts';

/** What a command hands back; the shell turns it into text, JSON, outputs, a job summary, annotations and an exit code. */
export interface CommandResult<Outputs> {
  /** Left out by commands that decide nothing (`registry show`, `init`). */
  readonly verdict?: Verdict;
  /** Action outputs, by kebab-case name. */
  readonly outputs: Outputs;
  /** The one JSON document of `--json`; carries `"schema": "<name>/v1"`. */
  readonly document: Json;
  /** Markdown: the job summary, and what a person reads on the terminal. */
  readonly markdown: string;
  readonly annotations?: readonly Annotation[];
  /** Exit code of an outcome that is no verdict, for example needs-approval (3). */
  readonly exitCode?: number;
}

/** Inputs every command has besides its own; the shell adds them. */
export interface CommonInputs {
  readonly config: string;
  readonly 'dry-run': boolean;
}

export interface Command<Inputs extends z.ZodObject = z.ZodObject, Outputs extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** One line for tables and `--help`. */
  readonly summary: string;
  /** One paragraph. */
  readonly description: string;
  /**
   * Kebab-case keys. Every field has `.describe()` or `.meta({description})`; `.meta({positional: 0})` makes a CLI positional.
   * Only strings, numbers, booleans, enums and arrays of strings, so that CLI flags and action inputs can carry them.
   */
  readonly inputs: Inputs;
  readonly outputs: Outputs;
  /** Whether it writes outside `.mlops/`, and so has `--dry-run`. */
  readonly writes: boolean;
  run(ports: Ports, inputs: z.output<Inputs> & CommonInputs): Promise<CommandResult<z.output<Outputs>>>;
}

/** Keeps the types of a command's zod objects. */
export function defineCommand<Inputs extends z.ZodObject, Outputs extends z.ZodObject>(
  command: Command<Inputs, Outputs>,
): Command<Inputs, Outputs> {
  return command;
}
