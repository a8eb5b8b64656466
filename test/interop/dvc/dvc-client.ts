/** The real DVC, installed once into a cached virtual environment outside the tree. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const version = '3.67.1';

/** Path of the `dvc` program. MLOPS_DVC names another one; MLOPS_INTEROP_CACHE moves the environment. */
export function installDvc(): string {
  if (process.env.MLOPS_DVC !== undefined) return process.env.MLOPS_DVC;
  const cache = process.env.MLOPS_INTEROP_CACHE ?? join(homedir(), '.cache', 'mlops-kit-interop');
  const folder = join(cache, `dvc-${version}`);
  const program = join(folder, 'bin', 'dvc');
  if (!existsSync(program)) {
    mkdirSync(cache, { recursive: true });
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
    execFileSync(join(folder, 'bin', 'pip'), ['install', '--quiet', `dvc==${version}`], { stdio: 'inherit' });
  }
  return program;
}

export interface DvcCall {
  readonly code: number;
  readonly output: string;
}

/** Runs DVC in a folder, without analytics and with a site cache of its own. */
export function createDvc(program: string, site: string): (cwd: string, ...args: string[]) => DvcCall {
  const env = { ...process.env, DVC_NO_ANALYTICS: '1', DVC_SITE_CACHE_DIR: site, SHELL: '/bin/sh' };
  return (cwd, ...args) => {
    try {
      const output = execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      return { code: 0, output: output.trim() };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number | null; stdout: string; stderr: string };
      console.log(`dvc ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
      return { code: status ?? -1, output: `${stdout}${stderr}`.trim() };
    }
  };
}
