/** Artifacts outside Actions: `.mlops/artifacts/<run>/<name>` in the working directory. */

import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { KitError } from '../../base/errors.ts';
import type { Artifacts } from '../../ports/artifacts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Environment } from '../../ports/environment.ts';
import { assertArtifactName, assertPlainTree, assertRunId, collectFiles } from './artifact-names.ts';

/**
 * Outside a job every process is a run of its own, `local-<time>-<random>`. A download without run id then takes the newest local run
 * that has the name, so that one command finds what the one before it left.
 */
export function createFolderArtifacts(options: {
  readonly root: string;
  readonly clock: Clock;
  readonly environment: Environment;
}): Artifacts {
  const { clock, environment } = options;
  const root = resolve(options.root);
  const store = join(root, '.mlops', 'artifacts');
  const time = clock.now().toISOString().replace(/\D/g, '');
  const run = environment.actions?.runId ?? `local-${time}-${clock.randomHex(4)}`;
  assertRunId(run);
  return {
    async upload(name, paths) {
      assertArtifactName(name);
      const files = await collectFiles(root, paths);
      const folder = join(store, run, name);
      if (await exists(folder)) throw taken(name, run);
      const unfinished = join(store, run, `.${name}-${clock.randomHex(4)}`);
      try {
        for (const file of files) await copyFile(join(root, file), join(unfinished, file));
        await rename(unfinished, folder);
      } catch (error) {
        await rm(unfinished, { recursive: true, force: true });
        const code = (error as NodeJS.ErrnoException).code;
        if (code === 'ENOTEMPTY' || code === 'EEXIST') throw taken(name, run);
        throw error;
      }
    },
    async download(name, toDirectory, { runId } = {}) {
      assertArtifactName(name);
      if (runId !== undefined) assertRunId(runId);
      const local = runId === undefined && environment.actions === undefined;
      const runs = local ? await localRuns(store) : [runId ?? run];
      for (const candidate of runs) {
        const folder = join(store, candidate, name);
        if (!(await exists(folder))) continue;
        await assertPlainTree(folder);
        await mkdir(resolve(root, toDirectory), { recursive: true });
        await cp(folder, resolve(root, toDirectory), { recursive: true, verbatimSymlinks: true });
        return;
      }
      throw new KitError('artifact-missing', `Cannot download artifact "${name}": run ${runId ?? run} has none`, {
        hint: 'Run the command that makes it first.',
      });
    },
  };
}

async function copyFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { dereference: true });
}

/** Local runs, newest first: their names begin with the time. */
async function localRuns(store: string): Promise<readonly string[]> {
  const names = (await exists(store)) ? await readdir(store) : [];
  return names.filter((name) => name.startsWith('local-')).sort((a, b) => (a < b ? 1 : -1));
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function taken(name: string, run: string): KitError {
  return new KitError('artifact-name-taken', `Cannot upload artifact "${name}": run ${run} has one of this name`, {
    hint: 'Artifacts cannot be changed; choose another name.',
  });
}
