/** Reads scored rows whose outcome is known, window by window, and decides whether the model still performs. */

import { KitError } from '../../base/errors.ts';
import { quoteIdentifier, quoteText } from '../../base/sql.ts';
import { decidePerformance } from '../../domain/monitoring/decide-performance.ts';
import { labelWindows, windowColumn } from '../../domain/monitoring/windows.ts';
import type { ModelConfig } from '../../formats/config.ts';
import type { PerformanceResult } from '../../formats/drift-report.ts';
import type { TableSource, Tables } from '../../ports/tables.ts';
import type { Chosen } from '../choose.ts';
import { isPredictionLog, readLog } from './read-log.ts';

export interface ScoredWindows {
  readonly relation: string;
  readonly windows: readonly string[];
}

/**
 * Opens scored rows: a predictions file with its label column, or the file or the server's prediction log joined by id with ground
 * truth that came later.
 *
 * @throws KitError `predictions-unset`, `predictions-column-missing`
 */
export async function openScored(
  tables: Tables,
  model: Chosen<ModelConfig>,
  path: string,
  window: string,
): Promise<ScoredWindows> {
  const columns = model.config.predictions;
  if (columns?.score === undefined) {
    throw new KitError(
      'predictions-unset',
      `Cannot judge model "${model.name}" on known outcomes: the config names no predictions with a score`,
      {
        hint: 'Set models.<name>.predictions: {path, id, label, score, time}.',
      },
    );
  }
  const opened = await tables.open(path);
  const fromLog = isPredictionLog(opened) ? readLog(opened, model.name, columns) : undefined;
  const scored = fromLog ?? opened;
  const time = fromLog === undefined ? columns.time : (columns.time ?? 'time');
  const labels = model.config.monitor.performance?.labels;
  const truth = labels === undefined ? undefined : await tables.open(labels);
  needColumns(scored, path, [
    columns.id,
    columns.score,
    ...(truth === undefined ? [columns.label] : []),
    ...(time === undefined ? [] : [time]),
  ]);
  if (truth !== undefined) needColumns(truth, labels!, [columns.id, columns.label]);
  const id = `CAST(${quoteIdentifier(columns.id)} AS VARCHAR)`;
  const label = `TRY_CAST(${quoteIdentifier(columns.label)} AS DOUBLE) AS label`;
  const own = labelWindows(scored.relation, time, window);
  const score = `TRY_CAST(${quoteIdentifier(columns.score)} AS DOUBLE) AS score`;
  const relation =
    truth === undefined
      ? `(SELECT ${windowColumn}, ${score}, ${label} FROM ${own})`
      : `(SELECT s.${windowColumn}, s.score, t.label FROM (SELECT ${windowColumn}, ${id} AS id, ${score} FROM ${own}) s JOIN (SELECT ${id} AS id, ${label} FROM ${truth.relation}) t ON s.id = t.id)`;
  const known = await tables.query(
    `SELECT DISTINCT ${windowColumn} AS w FROM ${relation} WHERE ${windowColumn} IS NOT NULL ORDER BY 1`,
  );
  return { relation, windows: known.map((row) => String(row.w)) };
}

function needColumns(source: Pick<TableSource, 'columns'>, path: string, names: readonly string[]): void {
  const known = source.columns.map(({ name }) => name);
  const missing = names.filter((name) => !known.includes(name));
  if (missing.length === 0) return;
  throw new KitError(
    'predictions-column-missing',
    `Cannot read scored rows "${path}": there is no column ${missing.map((name) => `"${name}"`).join(', ')}`,
    {
      at: { path },
      hint: `Columns: ${known.slice(0, 20).join(', ')}. The names come from predictions in the config.`,
    },
  );
}

/** Performance in one window; rows without a known outcome are left out and counted by the reason. */
export async function measureWindow(
  tables: Tables,
  model: Chosen<ModelConfig>,
  { relation }: ScoredWindows,
  window: string,
  options: { readonly seed: number },
): Promise<PerformanceResult> {
  const { performance, drift } = model.config.monitor;
  const read = await tables.queryColumns(
    `SELECT label, score FROM ${relation} WHERE ${windowColumn} = ${quoteText(window)} AND label IS NOT NULL AND score IS NOT NULL AND NOT isnan(score)`,
  );
  const rows = { label: toNumbers(read.label), score: toNumbers(read.score) };
  return decidePerformance(
    { metric: performance!.metric, min: performance!.min, max: performance!.max, minRows: drift['min-rows'] },
    rows,
    { confidence: 0.95, seed: options.seed, resamples: 500 },
  );
}

function toNumbers(column: unknown): Float64Array {
  return column instanceof Float64Array ? column : Float64Array.from((column ?? []) as readonly number[]);
}
