/** Reads the project's config file and keeps where each of its keys stands. */

import { KitError, type Location } from '../base/errors.ts';
import type { Config } from '../formats/config.ts';
import { parseConfig } from '../formats/parse-config.ts';
import type { Ports } from '../ports/ports.ts';

export interface LoadedConfig {
  readonly config: Config;
  readonly path: string;
  readonly text: string;
  /** Place of a key, or of its nearest parent in the file, for findings that blame the config. */
  locate(keyPath: readonly (string | number)[], part?: 'key' | 'value'): Location;
  /** Whether the key is written in the file; else its value is a default. */
  has(keyPath: readonly (string | number)[]): boolean;
}

/** @throws KitError `config-missing`, or all problems of the file with codes `config-*` */
export async function loadConfig(ports: Pick<Ports, 'files'>, path: string): Promise<LoadedConfig> {
  if (!(await ports.files.exists(path))) {
    throw new KitError('config-missing', `Cannot read config "${path}": there is no such file`, {
      hint: 'Run `mlops-kit init` to write one, or name another with --config.',
    });
  }
  const text = await ports.files.readText(path);
  const { config, document } = parseConfig(text, path);
  return { config, path, text, locate: document.locate, has: document.has };
}
