/** Reads predictions of candidate and champion on the same rows, and refuses rows that would make a verdict meaningless. */

import { sha256 } from '../../base/digest.ts';
import { KitError } from '../../base/errors.ts';
import { quoteIdentifier } from '../../base/sql.ts';
import { formatCount, nearestOf } from '../../base/text.ts';
import type { EvaluationRows } from '../../domain/evaluation/decide-gates.ts';
import type { Task } from '../../domain/evaluation/metrics.ts';
import type { Predictions as PredictionColumns } from '../../formats/config.ts';
import type { Cell, TableSource, Tables } from '../../ports/tables.ts';

export interface ReadEvaluation {
  readonly rows: EvaluationRows;
  readonly count: number;
  /** SHA-256 over the pairs of id and label, sorted by id. */
  readonly holdout: string;
}

/**
 * Rows of the candidate, joined with the champion's by id.
 *
 * @throws KitError `predictions-empty`, `predictions-column-missing`, `predictions-null`, `predictions-duplicate`, `label-unknown`,
 *   `score-out-of-range`, `rows-differ`
 */
export async function readEvaluation(
  tables: Tables,
  columns: PredictionColumns,
  files: {
    readonly candidate: string;
    readonly champion?: string;
    readonly task: Task;
    readonly slices: readonly string[];
  },
): Promise<ReadEvaluation> {
  const { task, slices } = files;
  const candidate = await tables.open(files.candidate);
  const value = valueColumn(columns, task);
  for (const name of [columns.id, columns.label, value, ...slices]) assertColumn(candidate, files.candidate, name);
  await assertSound(tables, candidate, files.candidate, { ...columns, value, task });
  if (files.champion === undefined) return fetchRows(tables, candidate, undefined, { ...columns, value, task, slices });

  const champion = await tables.open(files.champion);
  for (const name of [columns.id, columns.label, value]) assertColumn(champion, files.champion, name);
  await assertSound(tables, champion, files.champion, { ...columns, value, task });
  await assertSameRows(tables, candidate, champion, { ...columns, task });
  return fetchRows(tables, candidate, champion, { ...columns, value, task, slices });
}

interface Shape {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly task: Task;
}

/** @throws KitError `predictions-column-unset` */
function valueColumn(columns: PredictionColumns, task: Task): string {
  const value = task === 'multiclass' ? columns.class : columns.score;
  if (value !== undefined) return value;
  const key = task === 'multiclass' ? 'class' : 'score';
  throw new KitError(
    'predictions-column-unset',
    `Cannot read predictions: "predictions.${key}" is not set for a ${task} model`,
    {
      hint: `Name the column with the predicted ${key === 'class' ? 'class' : 'probability or value'} in mlops.yaml.`,
    },
  );
}

function assertColumn(source: TableSource, path: string, name: string): void {
  const known = source.columns.map((column) => column.name);
  if (known.includes(name)) return;
  const nearest = nearestOf(name, known);
  throw new KitError('predictions-column-missing', `Cannot read predictions "${path}": there is no column "${name}"`, {
    at: { path },
    hint: `${nearest === undefined ? '' : `Did you mean "${nearest}"? `}Columns: ${known.slice(0, 20).join(', ')}.`,
  });
}

const idOf = (shape: { readonly id: string }): string => `CAST(${quoteIdentifier(shape.id)} AS VARCHAR)`;
const labelText = (shape: { readonly label: string }): string => `CAST(${quoteIdentifier(shape.label)} AS VARCHAR)`;
const asDouble = (name: string): string => `TRY_CAST(${quoteIdentifier(name)} AS DOUBLE)`;

/** One scan that counts every way in which rows can be unusable. */
async function assertSound(tables: Tables, source: TableSource, path: string, shape: Shape): Promise<void> {
  const numeric = shape.task !== 'multiclass';
  const score = numeric ? asDouble(shape.value) : 'NULL';
  const [row] = await tables.query(
    `SELECT count(*) AS n, count(${idOf(shape)}) AS ids, count(DISTINCT ${idOf(shape)}) AS distinct_ids,
      count(${numeric ? asDouble(shape.label) : labelText(shape)}) AS labels,
      count(${numeric ? score : `CAST(${quoteIdentifier(shape.value)} AS VARCHAR)`}) AS scores,
      ${numeric ? `count(*) FILTER (WHERE isnan(${score}) OR isinf(${score}))` : '0'} AS broken,
      ${numeric ? `count(*) FILTER (WHERE isnan(${asDouble(shape.label)}) OR isinf(${asDouble(shape.label)}))` : '0'} AS broken_labels,
      ${shape.task === 'binary' ? `count(*) FILTER (WHERE ${score} < 0 OR ${score} > 1)` : '0'} AS outside,
      ${shape.task === 'binary' ? `count(*) FILTER (WHERE ${asDouble(shape.label)} NOT IN (0, 1))` : '0'} AS foreign_labels
     FROM ${source.relation}`,
  );
  const count = (name: string): number => Number(row![name]);
  const n = count('n');
  const refuse = (code: string, reason: string, hint: string): never => {
    throw new KitError(code, `Cannot evaluate predictions "${path}": ${reason}`, { at: { path }, hint });
  };
  if (n === 0)
    refuse('predictions-empty', 'the file has no rows', 'No rows is never a pass: check the stage that writes it.');
  const nulls: readonly (readonly [string, string])[] = [
    [shape.id, 'ids'],
    [shape.label, 'labels'],
    [shape.value, 'scores'],
  ];
  for (const [column, counted] of nulls) {
    const missing = n - count(counted);
    if (missing > 0)
      refuse(
        'predictions-null',
        `${formatCount(missing)} of ${formatCount(n)} rows have no usable value in column "${column}"`,
        'Every row needs an id, a label and a prediction.',
      );
  }
  if (count('broken') > 0)
    refuse(
      'predictions-not-finite',
      `${formatCount(count('broken'))} rows of "${shape.value}" are NaN or infinite`,
      'A model that answers NaN is broken: check its inputs.',
    );
  if (count('broken_labels') > 0)
    refuse(
      'label-not-finite',
      `${formatCount(count('broken_labels'))} labels of "${shape.label}" are NaN or infinite`,
      'Every row needs a known outcome.',
    );
  const double = n - count('distinct_ids');
  if (double > 0)
    refuse(
      'predictions-duplicate',
      `${formatCount(double)} rows repeat an id of column "${shape.id}"`,
      'An id names one row; clustered rows need an id of their own.',
    );
  if (count('foreign_labels') > 0)
    refuse(
      'label-unknown',
      `${formatCount(count('foreign_labels'))} labels of "${shape.label}" are neither 0 nor 1`,
      'A binary label is 0, 1, true or false.',
    );
  if (count('outside') > 0)
    refuse(
      'score-out-of-range',
      `${formatCount(count('outside'))} scores of "${shape.value}" are outside 0 to 1`,
      'A binary score is a probability.',
    );
}

async function assertSameRows(
  tables: Tables,
  candidate: TableSource,
  champion: TableSource,
  columns: PredictionColumns & { readonly task: Task },
): Promise<void> {
  // Numbers by value: one file may hold 1 where the other holds 1.0.
  const label = columns.task === 'multiclass' ? labelText(columns) : asDouble(columns.label);
  const [row] = await tables.query(
    `SELECT count(*) FILTER (WHERE b.id IS NULL) AS lacking, count(*) FILTER (WHERE a.id IS NULL) AS extra,
      count(*) FILTER (WHERE a.id IS NOT NULL AND b.id IS NOT NULL AND a.label <> b.label) AS relabelled, min(coalesce(a.id, b.id)) FILTER (WHERE a.id IS NULL OR b.id IS NULL OR a.label <> b.label) AS example
     FROM (SELECT ${idOf(columns)} AS id, ${label} AS label FROM ${candidate.relation}) a
     FULL JOIN (SELECT ${idOf(columns)} AS id, ${label} AS label FROM ${champion.relation}) b ON a.id = b.id`,
  );
  const [lacking, extra, relabelled] = [Number(row!.lacking), Number(row!.extra), Number(row!.relabelled)];
  if (lacking + extra + relabelled === 0) return;
  throw new KitError(
    'rows-differ',
    `Cannot compare with the champion: ${formatCount(lacking)} rows are missing from its predictions, ${formatCount(extra)} are extra, ${formatCount(relabelled)} have another label (for example id "${String(row!.example)}")`,
    {
      hint: 'Both models must be scored on the same rows: `predictions.command` reads the evaluation rows of this checkout.',
    },
  );
}

async function fetchRows(
  tables: Tables,
  candidate: TableSource,
  champion: TableSource | undefined,
  shape: Shape & { readonly slices: readonly string[] },
): Promise<ReadEvaluation> {
  const value =
    shape.task === 'multiclass' ? `CAST(${quoteIdentifier(shape.value)} AS VARCHAR)` : asDouble(shape.value);
  const label = shape.task === 'multiclass' ? labelText(shape) : asDouble(shape.label);
  const slices = shape.slices.map((name, index) => `, CAST(${quoteIdentifier(name)} AS VARCHAR) AS slice_${index}`);
  const own = `(SELECT ${idOf(shape)} AS id, ${label} AS label, ${value} AS score${slices.join('')} FROM ${candidate.relation}) a`;
  const fetched = await tables.queryColumns(
    champion === undefined
      ? `SELECT a.* FROM ${own} ORDER BY a.id`
      : `SELECT a.*, b.champion FROM ${own}
         JOIN (SELECT ${idOf(shape)} AS id, ${value} AS champion FROM ${champion.relation}) b ON a.id = b.id ORDER BY a.id`,
  );
  const ids = fetched.id as readonly string[];
  const numbers = (column: Float64Array | readonly Cell[]): Float64Array =>
    toNumbers(shape.task, column, [fetched.label!, fetched.score!, fetched.champion]);
  const labels = numbers(fetched.label!);
  const holdout = sha256(ids.map((id, row) => `${JSON.stringify(id)} ${String(fetched.label![row])}\n`).join(''));
  return {
    count: ids.length,
    holdout,
    rows: {
      candidate: { label: labels, score: numbers(fetched.score!) },
      ...(fetched.champion === undefined ? {} : { champion: { label: labels, score: numbers(fetched.champion) } }),
      slices: Object.fromEntries(
        shape.slices.map((name, index) => [name, Array.from(fetched[`slice_${index}`]!) as (string | null)[]]),
      ),
    },
  };
}

/** Class names become indices in their sorted order over both models and the truth; numbers stay as they are. */
function toNumbers(
  task: Task,
  column: Float64Array | readonly Cell[],
  all: readonly (Float64Array | readonly Cell[] | undefined)[],
): Float64Array {
  if (task !== 'multiclass') return column as Float64Array;
  const names = new Set<string>();
  for (const part of all) for (const name of part ?? []) names.add(String(name));
  const index = new Map([...names].sort().map((name, position) => [name, position]));
  return Float64Array.from(column as readonly Cell[], (name) => index.get(String(name))!);
}
