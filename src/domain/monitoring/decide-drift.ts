/** Decides whether a window drifted: significant over all columns, and larger than the floor; never one without the other. */

import { adjustBenjaminiHochberg } from '../../base/statistics/adjust.ts';
import { formatNumber } from '../../base/text.ts';
import type { Verdict } from '../../base/verdict.ts';
import type { ColumnDrift, WindowResult } from '../../formats/drift-report.ts';
import type { Profile, ProfileColumn } from '../../formats/profile.ts';
import { type ColumnComparison, compareColumns, describeMove } from '../validation/compare-profiles.ts';

export interface DriftSettings {
  readonly alpha: number;
  /** Smallest bias-corrected PSI that counts. */
  readonly floor: number;
  readonly minRows: number;
  readonly maxShare: number;
  readonly critical: readonly string[];
  /** Columns that are not compared; any other column of the reference must be there. */
  readonly ignored?: readonly string[];
}

/** Columns of the window against the baseline, and the verdict over them. A lost column is drift; no column compared is inconclusive. */
export function decideDrift(reference: Profile, current: Profile, settings: DriftSettings): WindowResult['drift'] {
  const pairs = reference.columns.flatMap((column) => {
    const match = current.columns.find(({ name }) => name === column.name);
    const comparison = match === undefined ? undefined : compareColumns(column, match);
    return match === undefined || comparison === undefined ? [] : [{ reference: column, current: match, comparison }];
  });
  const adjusted = adjustBenjaminiHochberg(pairs.map(({ comparison }) => comparison.pValue));
  const columns = pairs.map((pair, index) => decideColumn(pair, adjusted[index]!, settings));
  const here = new Set(current.columns.map(({ name }) => name));
  const lost = reference.columns
    .map(({ name }) => name)
    .filter((name) => !here.has(name) && !(settings.ignored ?? []).includes(name));
  return { ...decideDataset(columns, lost, settings), columns };
}

interface Pair {
  readonly reference: ProfileColumn;
  readonly current: ProfileColumn;
  readonly comparison: ColumnComparison;
}

function decideColumn(
  { reference, current, comparison }: Pair,
  pAdjusted: number,
  settings: DriftSettings,
): ColumnDrift {
  const { method, statistic, degrees, pValue, psi, psiCorrected, jsd, rowsReference, rowsCurrent } = comparison;
  const significant = pAdjusted < settings.alpha;
  const large = psiCorrected >= settings.floor;
  const enough = Math.min(rowsReference, rowsCurrent) >= settings.minRows;
  const numbers = `corrected PSI ${formatNumber(psiCorrected, 3)} against floor ${formatNumber(settings.floor)}, adjusted p ${formatNumber(pAdjusted, 2)}`;
  const [verdict, words]: readonly [Verdict, string] = !enough
    ? ['inconclusive', `fewer than ${settings.minRows} rows`]
    : large && significant
      ? ['fail', 'real and large']
      : large
        ? ['inconclusive', 'large but not significant: too few rows to tell']
        : ['pass', significant ? 'real but small' : 'no difference to see'];
  return {
    column: reference.name,
    verdict,
    critical: settings.critical.includes(reference.name),
    formula: method === 'none' ? 'none' : `${method}.v1`,
    statistic,
    degrees,
    p: pValue,
    pAdjusted,
    psi,
    effect: psiCorrected,
    jsd,
    reference: rowsReference,
    current: rowsCurrent,
    move: describeMove(reference, current, comparison),
    reason: `${words} (${numbers})`,
  };
}

function decideDataset(
  columns: readonly ColumnDrift[],
  lost: readonly string[],
  settings: DriftSettings,
): { readonly verdict: Verdict; readonly reason: string } {
  if (lost.length > 0) return { verdict: 'fail', reason: `the window has no column ${lost.join(', ')}` };
  if (columns.length === 0) return { verdict: 'inconclusive', reason: 'no column could be compared with the baseline' };
  const missing = settings.critical.filter((name) => !columns.some(({ column }) => column === name));
  const failed = columns.filter(({ verdict }) => verdict === 'fail');
  const critical = failed.filter((column) => column.critical);
  if (critical.length > 0) return { verdict: 'fail', reason: `critical column ${listOf(critical)} drifted` };
  const share = failed.length / columns.length;
  if (share > settings.maxShare)
    return { verdict: 'fail', reason: `${failed.length} of ${columns.length} columns drifted: ${listOf(failed)}` };
  if (missing.length > 0)
    return { verdict: 'inconclusive', reason: `critical column ${missing.join(', ')} was not compared` };
  const open = columns.filter(({ verdict }) => verdict === 'inconclusive');
  // The open columns could turn the verdict only if they, too, drifted.
  const couldTurn =
    open.some((column) => column.critical) || (failed.length + open.length) / columns.length > settings.maxShare;
  if (open.length > 0 && couldTurn) return { verdict: 'inconclusive', reason: `undecided: ${listOf(open)}` };
  return {
    verdict: 'pass',
    reason:
      failed.length === 0
        ? `no column of ${columns.length} drifted`
        : `only ${listOf(failed)} drifted, ${failed.length} of ${columns.length} columns`,
  };
}

function listOf(columns: readonly ColumnDrift[]): string {
  return columns.map(({ column }) => column).join(', ');
}
