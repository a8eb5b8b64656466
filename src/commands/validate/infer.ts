/** Makes a baseline profile and proposes a contract from a dataset. */

import { type TypedColumn, typedColumn } from '../../domain/validation/columns.ts';
import {
  categoricalBinning,
  categoriesQuery,
  fewCategories,
  foldCategories,
  foldFirstLook,
  foldQuantiles,
  numericBinning,
  planCategories,
  planFirstLook,
  planQuantiles,
  type Shape,
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
  const { relation } = source;
  const looks = foldFirstLook(columns, await runAll(tables, planFirstLook(columns, relation)));
  const numeric = columns.filter((_, index) => looks[index]!.shape === 'numeric');
  const quantiles = foldQuantiles(numeric, await runAll(tables, planQuantiles(numeric, relation)));
  const few = columns.filter(
    (_, index) => looks[index]!.shape === 'categorical' && looks[index]!.distinct <= fewCategories,
  );
  const categories = foldCategories(few, await runAll(tables, planCategories(few, relation)));
  const binningOf = async (column: TypedColumn, shape: Shape): Promise<Binning> => {
    if (shape === 'numeric') return numericBinning(quantiles.get(column.name) ?? []);
    if (shape === 'categorical')
      return categoricalBinning(categories.get(column.name) ?? (await tables.query(categoriesQuery(column, relation))));
    return shape === 'time' ? { kind: 'time' } : { kind: 'opaque', identifier: shape === 'identifier' };
  };
  const binned: BinnedColumn[] = [];
  for (const [index, column] of columns.entries())
    binned.push({ column, binning: await binningOf(column, looks[index]!.shape) });
  return foldProfile(binned, await runAll(tables, planProfile(binned, source.relation)), about);
}

export async function runAll(tables: Tables, queries: readonly string[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const sql of queries) rows.push(...(await tables.query(sql)));
  return rows;
}
