/** Fetches a few rows behind each finding, as short text. */

import { quoteIdentifier, quoteText } from '../../base/sql.ts';
import type { Found } from '../../domain/validation/decide.ts';
import { exampleQuery } from '../../domain/validation/plan-queries.ts';
import type { Finding } from '../../formats/validation-report.ts';
import type { Cell, TableSource, Tables } from '../../ports/tables.ts';

const mostColumns = 6;
const mostFindings = 50;
const longestValue = 80;

/** Findings of the contract get rows of the data; values longer than 80 characters are cut. */
export async function fetchExamples(
  tables: Tables,
  source: TableSource,
  findings: readonly Found[],
  rows: number,
): Promise<ReadonlyMap<Found, Finding['examples']>> {
  const examples = new Map<Found, Finding['examples']>();
  if (rows === 0) return examples;
  for (const found of findings.slice(0, mostFindings)) {
    const others = source.columns.map(({ name }) => name).filter((name) => name !== found.column);
    const names = [...(found.column === undefined ? [] : [found.column]), ...others].slice(0, mostColumns);
    const sql =
      found.check === undefined
        ? valuesQuery(found, source, names, rows)
        : exampleQuery(found.check, source, names.map(quoteIdentifier), rows);
    if (sql === undefined) continue;
    const answer = await tables.query(sql);
    examples.set(
      found,
      answer.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, showCell(cell)]))),
    );
  }
  return examples;
}

/** Rows that hold one of the values a finding names. */
function valuesQuery(found: Found, source: TableSource, names: readonly string[], rows: number): string | undefined {
  if (found.column === undefined || found.values === undefined || found.values.length === 0) return undefined;
  const list = found.values.map(quoteText).join(', ');
  const column = `CAST(${quoteIdentifier(found.column)} AS VARCHAR)`;
  return `SELECT ${names.map(quoteIdentifier).join(', ')} FROM ${source.relation} WHERE ${column} IN (${list}) LIMIT ${rows}`;
}

function showCell(cell: Cell): string {
  const text =
    cell === null ? 'null' : cell instanceof Date ? cell.toISOString().replace(/\.000Z$/, 'Z') : String(cell);
  return text.length > longestValue ? `${text.slice(0, longestValue)}...` : text;
}
