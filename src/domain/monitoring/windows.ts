/** Cuts a dataset into windows by time or by rows, as SQL that labels each row; labels sort in the order of time. */

import { KitError } from '../../base/errors.ts';
import { quoteIdentifier } from '../../base/sql.ts';

/** Name of the label column; no user's column has it. */
export const windowColumn = '__mlops_window';

const labels: Readonly<Record<string, string>> = {
  hour: '%Y-%m-%dT%H',
  day: '%Y-%m-%d',
  week: '%G-W%V',
  month: '%Y-%m',
};

/**
 * A relation with every column of `relation` and the window of each row; null where the time is missing.
 *
 * @throws KitError `window-without-time` when a calendar window has no time column
 */
export function labelWindows(relation: string, time: string | undefined, window: string): string {
  const format = labels[window];
  if (format !== undefined) {
    if (time === undefined) {
      throw new KitError(
        'window-without-time',
        `Cannot cut the dataset into windows of one ${window}: it has no time column`,
        {
          hint: 'Set datasets.<name>.time, or a window such as "10000 rows".',
        },
      );
    }
    const stamp = `TRY_CAST(${quoteIdentifier(time)} AS TIMESTAMP)`;
    return `(SELECT *, strftime(${stamp}, '${format}') AS ${windowColumn} FROM ${relation})`;
  }
  const rows = Number(/^(\d+) rows$/.exec(window)?.[1]);
  const order = time === undefined ? '' : `ORDER BY ${quoteIdentifier(time)}`;
  const index = `CAST(floor((row_number() OVER (${order}) - 1) / ${rows}) AS BIGINT)`;
  return `(SELECT *, lpad(CAST(${index} AS VARCHAR), 8, '0') AS ${windowColumn} FROM ${relation})`;
}

/** Which windows a run looks at: one by label, the newest, all, or those that no record speaks of yet. */
export function chooseWindows(
  known: readonly string[],
  wanted: string,
  recorded: ReadonlySet<string>,
): readonly string[] {
  const sorted = [...known].sort();
  if (wanted === 'all') return sorted;
  if (wanted === 'newest') return sorted.slice(-1);
  if (wanted === 'new') return sorted.filter((window) => !recorded.has(window));
  if (sorted.includes(wanted)) return [wanted];
  throw new KitError('window-unknown', `Cannot check window "${wanted}": the dataset has no such window`, {
    hint: `Windows: ${sorted.slice(-12).join(', ')}; or new, newest, all.`,
  });
}
