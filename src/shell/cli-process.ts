/** What the command line touches of its process, as one value that tests can hand in. */

import type { CommandEntry } from '../commands/table.ts';
import type { Ports } from '../ports/ports.ts';

/** What the command line touches of its process; tests hand in their own. */
export interface CliProcess {
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whether a person looks at each stream. */
  readonly terminal: { readonly stdout: boolean; readonly stderr: boolean; readonly columns: () => number };
  /** Ports instead of the composed ones, and commands instead of the table. */
  readonly ports?: Ports;
  readonly table?: readonly CommandEntry[];
}
