/** Runs the command of one stage with its output shown live; a failure leaves no half-written output in place. */

import { formatDuration } from '../../base/duration.ts';
import { KitError } from '../../base/errors.ts';
import type { Stage } from '../../domain/pipeline/stage.ts';
import type { Ports } from '../../ports/ports.ts';
import type { ProcessResult } from '../../ports/process.ts';
import type { DvcRepository } from '../data/dvc-repository.ts';

const shownLines = 20;

export interface StageRunOptions {
  /** Milliseconds left for the whole training. */
  readonly timeout: number;
}

/** @throws KitError `stage-failed` with stage, command, how it ended and its last lines */
export async function runStage(
  ports: Ports,
  repository: DvcRepository,
  stage: Stage,
  options: StageRunOptions,
): Promise<void> {
  for (const out of stage.outs) if (!out.persist) await ports.files.remove(repository.at(out.path));
  const commands = typeof stage.cmd === 'string' ? stage.cmd.split(/\r?\n/) : stage.cmd;
  const end = ports.clock.monotonic() + options.timeout;
  for (const command of commands) {
    if (command.trim() === '') continue;
    const lines: string[] = [];
    const result = await ports.process.shell(command, {
      cwd: repository.at(stage.directory),
      env: { DVC_ROOT: repository.root, DVC_STAGE: stage.name },
      timeout: Math.max(1, end - ports.clock.monotonic()),
      maxOutput: 64 * 1024,
      overflow: 'drop-oldest',
      onLine: (line) => {
        lines.push(line);
        if (lines.length > shownLines) lines.shift();
        ports.progress.info(line);
      },
    });
    if (result.exitCode !== 0 || result.timedOut) {
      const kept = await moveOutputsAway(ports, repository, stage);
      throw stageFailed(stage, command, { result, lines, kept, timeout: options.timeout });
    }
  }
}

interface Failure {
  readonly result: ProcessResult;
  readonly lines: readonly string[];
  readonly kept: string | undefined;
  readonly timeout: number;
}

function stageFailed(stage: Stage, command: string, failure: Failure): KitError {
  const { result, lines } = failure;
  const ending = result.timedOut
    ? `no end within ${formatDuration(failure.timeout)}`
    : result.signal !== null
      ? `killed by ${result.signal}`
      : `exit code ${result.exitCode}`;
  const output = lines.length === 0 ? '' : `\n${lines.join('\n')}`;
  const kept = failure.kept === undefined ? '' : ` What it had written is in ${failure.kept}.`;
  return new KitError('stage-failed', `Cannot run stage "${stage.name}": command "${command}": ${ending}${output}`, {
    hint: `Read the last lines above and correct the stage. Finished stages are kept in dvc.lock.${kept}`,
  });
}

/** Half-written outputs are put where nobody takes them for a result, but a person can look at them. */
async function moveOutputsAway(ports: Ports, repository: DvcRepository, stage: Stage): Promise<string | undefined> {
  const folder = `.mlops/failed/${stage.name}`;
  await ports.files.remove(folder);
  let moved = false;
  for (const out of stage.outs) {
    if (out.persist || !(await ports.files.exists(repository.at(out.path)))) continue;
    await ports.files.rename(repository.at(out.path), `${folder}/${out.path}`);
    moved = true;
  }
  return moved ? folder : undefined;
}
