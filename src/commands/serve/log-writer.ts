/** Writes the prediction log: lines are kept until they stand on disk, and a full disk is told, not hidden. */

import { KitError, messageOf } from '../../base/errors.ts';
import { formatLogLine, type PredictionLogRecord } from '../../formats/prediction-log.ts';
import type { Files } from '../../ports/files.ts';
import type { Progress } from '../../ports/progress.ts';

export interface LogWriter {
  add(record: PredictionLogRecord): void;
  /** Lines not yet on disk. */
  waiting(): number;
  /** Waits until every line stands. @throws KitError `log-unwritable` */
  flush(): Promise<void>;
}

/** One append at a time; what comes meanwhile goes out together with the next one. */
export function createLogWriter(ports: { files: Files; progress: Progress }, path: string): LogWriter {
  let lines: string[] = [];
  let writing: Promise<void> | undefined;
  let failure: unknown;

  const write = async (): Promise<void> => {
    while (lines.length > 0) {
      const taken = lines;
      lines = [];
      try {
        await ports.files.append(path, taken.join(''));
        failure = undefined;
      } catch (error) {
        lines = [...taken, ...lines];
        if (failure === undefined) {
          ports.progress.warn(
            `Prediction log "${path}" cannot be written, lines are kept in memory: ${messageOf(error)}`,
          );
        }
        failure = error;
        return;
      }
    }
  };
  const start = (): void => {
    writing ??= write().finally(() => {
      writing = undefined;
    });
  };
  return {
    add(record) {
      lines.push(formatLogLine(record));
      start();
    },
    waiting: () => lines.length,
    async flush() {
      while (lines.length > 0 || writing !== undefined) {
        start();
        await writing;
        if (failure !== undefined) {
          throw new KitError('log-unwritable', `Cannot write prediction log "${path}": ${messageOf(failure)}`, {
            hint: `${lines.length} lines are lost when this process ends. Free space on the disk, or choose another file.`,
            at: { path },
            cause: failure,
          });
        }
      }
    },
  };
}
