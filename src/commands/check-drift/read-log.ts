/** Reads the server's prediction log as scored rows: one row a prediction, with the id its features carry. */

import { quoteIdentifier, quoteText } from '../../base/sql.ts';
import type { Predictions } from '../../formats/config.ts';
import type { TableColumn, TableSource } from '../../ports/tables.ts';

export function isPredictionLog({ columns }: Pick<TableSource, 'columns'>): boolean {
  const names = new Set(columns.map(({ name }) => name));
  return ['time', 'model', 'version', 'features', 'outputs'].every((name) => names.has(name));
}

/**
 * A relation with the columns that `predictions` of the config names: id, score and time. A request of many rows holds lists, which
 * become rows; a row without an id of its own is named by its request and place.
 */
export function readLog(
  log: Pick<TableSource, 'relation'>,
  model: string,
  columns: Pick<Predictions, 'id' | 'score' | 'time'>,
): { readonly relation: string; readonly columns: readonly TableColumn[] } {
  const scores = listOf('outputs', columns.score ?? '');
  const ids = listOf('features', columns.id);
  const time = columns.time ?? 'time';
  const relation = `(SELECT coalesce(own, request || '/' || place) AS ${quoteIdentifier(columns.id)},
      TRY_CAST(score AS DOUBLE) AS ${quoteIdentifier(columns.score ?? '')}, moment AS ${quoteIdentifier(time)}
    FROM (SELECT "id" AS request, "time" AS moment, unnest(${ids}) AS own, unnest(${scores}) AS score,
        unnest(range(len(${scores}))) AS place
      FROM ${log.relation} WHERE "model" = ${quoteText(model)} AND "status" = 200))`;
  return {
    relation,
    columns: [
      { name: columns.id, type: 'VARCHAR' },
      { name: columns.score ?? '', type: 'DOUBLE' },
      { name: time, type: 'TIMESTAMP' },
    ],
  };
}

/** One value or a list of them, as a list of texts. */
function listOf(column: string, name: string): string {
  const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const json = `json_extract(to_json(${quoteIdentifier(column)}), ${quoteText(pointer)})`;
  return `CASE WHEN json_type(${json}) = 'ARRAY' THEN from_json(${json}, '["VARCHAR"]') ELSE [json_extract_string(${json}, '$')] END`;
}
