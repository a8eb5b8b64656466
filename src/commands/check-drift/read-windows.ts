/** Profiles the windows of a dataset on the bins of its baseline, one scan a window. */

import { quoteText } from '../../base/sql.ts';
import { labelWindows, windowColumn } from '../../domain/monitoring/windows.ts';
import { typedColumn } from '../../domain/validation/columns.ts';
import { type BinnedColumn, binningOf, foldProfile, planProfile } from '../../domain/validation/plan-profile.ts';
import type { Profile } from '../../formats/profile.ts';
import type { TableSource, Tables } from '../../ports/tables.ts';

export interface WindowSource {
  readonly source: TableSource;
  /** Relation with the window of each row. */
  readonly relation: string;
  /** Rows by window, sorted by label. */
  readonly windows: ReadonlyMap<string, number>;
  /** Rows whose time is missing or unreadable, in no window. */
  readonly unplaced: number;
}

export async function openWindows(
  tables: Tables,
  dataset: { readonly path: string; readonly time?: string | undefined; readonly window: string },
): Promise<WindowSource> {
  const source = await tables.open(dataset.path);
  const relation = labelWindows(source.relation, dataset.time, dataset.window);
  const counted = await tables.query(
    `SELECT ${windowColumn} AS w, count(*) AS n FROM ${relation} GROUP BY 1 ORDER BY 1`,
  );
  const placed = counted.filter((row) => row.w !== null);
  const unplaced = counted.filter((row) => row.w === null).reduce((all, row) => all + Number(row.n), 0);
  return { source, relation, windows: new Map(placed.map((row) => [String(row.w), Number(row.n)])), unplaced };
}

/** The window as a profile on the baseline's own bins, so that both can be compared bin by bin. */
export async function profileWindow(
  tables: Tables,
  { source, relation }: WindowSource,
  window: string,
  baseline: Profile,
  ignored: readonly string[],
): Promise<Profile> {
  const columns = baseline.columns.flatMap((reference): BinnedColumn[] => {
    const column = source.columns.find(({ name }) => name === reference.name);
    if (column === undefined || ignored.includes(reference.name)) return [];
    const wanted = reference.kind === 'numeric' ? 'number' : undefined;
    return [{ column: typedColumn(column, wanted), binning: binningOf(reference) }];
  });
  const where = `${windowColumn} = ${quoteText(window)}`;
  const answers = [];
  for (const sql of planProfile(columns, relation, where)) answers.push(...(await tables.query(sql)));
  return foldProfile(columns, answers, { dataset: baseline.dataset, source: window });
}
