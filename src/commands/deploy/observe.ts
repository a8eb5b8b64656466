/** Reads the prediction log of a rollout into an observation; a log that cannot be read is told apart from one without requests. */

import { messageOf } from '../../base/errors.ts';
import type { Seen } from '../../domain/rollout/next.ts';
import { foldObservation } from '../../domain/rollout/observation.ts';
import { parseLogLine } from '../../formats/prediction-log.ts';
import type { RolloutState } from '../../formats/rollout-state.ts';
import type { Ports } from '../../ports/ports.ts';

export async function observe(ports: Ports, state: RolloutState): Promise<Seen> {
  const fold = foldObservation(state);
  try {
    for (const path of await logFiles(ports, state.spec.logs)) {
      const text = await ports.files.readText(path);
      // The last line may be half written still.
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      for (const line of whole.split('\n')) {
        // Lines of other rollouts need no parsing.
        if (line === '' || !line.includes(state.id)) continue;
        const parsed = parseLogLine(line);
        if (parsed.kind === 'record') fold.add(parsed.record);
        else fold.addDamaged();
      }
    }
  } catch (error) {
    return { kind: 'failed', reason: messageOf(error) };
  }
  const observation = fold.finish();
  if (observation.damaged > 0) {
    ports.progress.warn(`${observation.damaged} lines of ${state.spec.logs} cannot be read and are left out`);
  }
  return { kind: 'observed', observation };
}

async function logFiles(ports: Ports, logs: string): Promise<readonly string[]> {
  if (await ports.files.exists(logs)) return [logs];
  return ports.files.glob(logs);
}
