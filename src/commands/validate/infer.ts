/** Makes a baseline profile and proposes a contract from a dataset. */

import { familyOf, type TypedColumn, typedColumn } from '../../domain/validation/columns.ts';
import {
  categoricalBinning,
  categoriesQuery,
  foldFirstLook,
  foldQuantiles,
  numericBinning,
  planFirstLook,
  planQuantiles,
} from '../../domain/validation/infer-binning.ts';
import { inferContract, planFacts } from '../../domain/validation/infer-contract.ts';
import { type BinnedColumn, type Binning, foldProfile, planProfile } from '../../domain/validation/plan-profile.ts';
import { formatContract } from '../../formats/format-contract.ts';
import type { Profile } from '../../formats/profile.ts';
import type { Row, TableSource, Tables } from '../../ports/tables.ts';

export interface Inferred {
  readonly profile: Profile;
  /** YAML. */
  readonly contract: string;
}

export async function inferFromData(
  tables: Tables,
  source: TableSource,
  dataset: string,
  path: string,
): Promise<Inferred> {
  const columns = source.columns.map((column) => typedColumn(column, undefined));
  const profile = await profileFresh(tables, source, columns, { dataset, source: path });
  const facts = await runAll(tables, planFacts(columns, profile, source.relation));
  return { profile, contract: formatContract(inferContract(dataset, columns, profile, facts)) };
}

async function profileFresh(
  tables: Tables,
  source: TableSource,
  columns: readonly TypedColumn[],
  about: { readonly dataset: string; readonly source: string },
): Promise<Profile> {
  const shapes = foldFirstLook(columns, await runAll(tables, planFirstLook(columns, source.relation)));
  const numeric = columns.filter((_, index) => shapes[index] === 'numeric');
  const quantiles = foldQuantiles(numeric, await runAll(tables, planQuantiles(numeric, source.relation)));
  const binned: BinnedColumn[] = [];
  for (const [index, column] of columns.entries()) {
    const shape = shapes[index]!;
    const binning: Binning =
      shape === 'numeric'
        ? numericBinning(quantiles.get(column.name) ?? [])
        : shape === 'categorical'
          ? categoricalBinning(await tables.query(categoriesQuery(column, source.relation)))
          : shape === 'time' && familyOf(column.type) === 'time'
            ? { kind: 'time' }
            : { kind: 'opaque', identifier: shape === 'identifier' };
    binned.push({ column, binning });
  }
  return foldProfile(binned, await runAll(tables, planProfile(binned, source.relation)), about);
}

export async function runAll(tables: Tables, queries: readonly string[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const sql of queries) rows.push(...(await tables.query(sql)));
  return rows;
}
