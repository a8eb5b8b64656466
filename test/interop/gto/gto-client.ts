/** The real GTO client in a virtual environment outside the tree, installed once. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const gtoVersion = '1.10.1';

/** Path of the gto program. MLOPS_INTEROP_CACHE moves the environment. */
export function installGto(): string {
  const cache = process.env.MLOPS_INTEROP_CACHE ?? join(homedir(), '.cache', 'mlops-kit-interop');
  const folder = join(cache, `gto-${gtoVersion}`);
  const program = join(folder, 'bin', 'gto');
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
  execFileSync(join(folder, 'bin', 'pip'), ['install', '--quiet', `gto==${gtoVersion}`], { stdio: 'inherit' });
  return program;
}

/** What gto prints, parsed; undefined when it prints nothing. */
export function runGto(program: string, cwd: string, ...args: readonly string[]): unknown {
  const env = { ...process.env, DO_NOT_TRACK: '1', DVC_NO_ANALYTICS: '1', ITERATIVE_DO_NOT_TRACK: '1' };
  const output = execFileSync(program, args, { cwd, env, encoding: 'utf8' }).trim();
  return output === '' || !/^[[{]/.test(output) ? undefined : JSON.parse(output);
}
