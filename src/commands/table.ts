/** The one list of commands; the CLI, the actions, their docs and the help are made from it. */

import type { Command } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  /** The command's own summary, here so that `--help` loads no command. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** In the order of the loop. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: 'config',
    summary: 'Checks mlops.yaml and prints every effective value with its source.',
    load: async () => (await import('./config.ts')).command,
  },
];
