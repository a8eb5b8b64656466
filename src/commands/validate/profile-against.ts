/** Profiles new data on the bins of a baseline, and asks for what only moved columns need. */

import { familyOf, isNumeric, type TypedColumn, typedColumn } from '../../domain/validation/columns.ts';
import { type AnomalyInput, movedColumns } from '../../domain/validation/find-anomalies.ts';
import { foldQuantiles, planQuantiles, unseenQuery } from '../../domain/validation/infer-binning.ts';
import { type BinnedColumn, binningOf, foldProfile, planProfile } from '../../domain/validation/plan-profile.ts';
import type { LogicalType } from '../../formats/contract.ts';
import type { Profile, ProfileColumn } from '../../formats/profile.ts';
import type { TableSource, Tables } from '../../ports/tables.ts';
import { runAll } from './infer.ts';

/** One scan on the baseline's bins; columns of another kind than in the baseline are counted only. `where` restricts the rows. */
export async function profileOnBins(
  tables: Tables,
  source: Pick<TableSource, 'relation' | 'columns'>,
  baseline: Profile,
  options: { readonly columns?: ReadonlyMap<string, TypedColumn>; readonly source: string; readonly where?: string },
): Promise<Profile> {
  const binned = binColumns(source, baseline, options.columns);
  const answers = await runAll(tables, planProfile(binned, source.relation, options.where));
  return foldProfile(binned, answers, { dataset: baseline.dataset, source: options.source });
}

export async function profileAgainst(
  tables: Tables,
  source: TableSource,
  baseline: Profile,
  options: { readonly columns: ReadonlyMap<string, TypedColumn>; readonly source: string },
): Promise<Pick<AnomalyInput, 'current' | 'quantiles' | 'unseen'>> {
  const current = await profileOnBins(tables, source, baseline, options);
  const typed = new Map(binColumns(source, baseline, options.columns).map(({ column }) => [column.name, column]));
  const moved = movedColumns(baseline, current).map((name) => typed.get(name)!);
  const quantiles = foldQuantiles(moved, await runAll(tables, planQuantiles(moved, source.relation)));
  const unseen = new Map<string, { readonly value: string; readonly count: number }[]>();
  for (const column of current.columns) {
    if (column.kind !== 'categorical' || !column.complete || column.other === 0) continue;
    const known = column.values.map(({ value }) => value);
    const rows = await tables.query(unseenQuery(typed.get(column.name)!, known, source.relation, 20));
    unseen.set(
      column.name,
      rows.map((row) => ({ value: String(row.value), count: Number(row.count) })),
    );
  }
  return { current, quantiles, unseen };
}

function binColumns(
  source: Pick<TableSource, 'columns'>,
  baseline: Profile,
  known: ReadonlyMap<string, TypedColumn> | undefined,
): readonly BinnedColumn[] {
  const present = new Map(source.columns.map((column) => [column.name, column]));
  return baseline.columns.flatMap((profile): readonly BinnedColumn[] => {
    const engine = present.get(profile.name);
    if (engine === undefined) return [];
    const column =
      known?.get(profile.name) ?? typedColumn(engine, familyOf(engine.type) === 'text' ? wantedBy(profile) : undefined);
    const fits =
      profile.kind === 'numeric'
        ? isNumeric(column)
        : profile.kind !== 'time' || ['date', 'timestamp', 'time'].includes(column.logicalType);
    return [{ column, binning: fits ? binningOf(profile) : { kind: 'opaque', identifier: false } }];
  });
}

/** Text columns (CSV read as text) are read as what they were in the baseline. */
function wantedBy(profile: ProfileColumn): LogicalType | undefined {
  if (profile.kind === 'numeric') return 'number';
  if (profile.kind === 'time') return 'timestamp';
  if (profile.kind === 'categorical' && /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL)/.test(profile.type))
    return 'number';
  return undefined;
}
