/** Builds the FROM text of a dataset's files and reads their columns. */

import { relative, sep } from 'node:path';
import { KitError } from '../../base/errors.ts';
import { quoteIdentifier, quoteText } from '../../base/sql.ts';
import type { OpenOptions, Row, TableColumn, TableSource } from '../../ports/tables.ts';
import type { DataFiles } from './find-files.ts';
import { readCsvHeader } from './text-header.ts';

export interface SourceContext {
  readonly path: string;
  readonly root: string;
  readonly query: (sql: string) => Promise<readonly Row[]>;
  readonly options: OpenOptions;
}

/** Rows that DuckDB looks at to find the types of CSV columns. */
const sampleRows = 204_800;

export async function openSource(data: DataFiles, context: SourceContext): Promise<TableSource> {
  const { relation, columns } = await open(data, context);
  return {
    paths: [context.path],
    format: data.format,
    relation,
    columns,
    files: data.files.map((file) => shown(file, context.root)),
  };
}

function open(data: DataFiles, context: SourceContext): Promise<Opened> {
  if (data.format === 'csv') return openCsv(data.files, context);
  if (data.format === 'jsonl') return openJsonl(data.files, context);
  return openParquet(data.files, context);
}

interface Opened {
  readonly relation: string;
  readonly columns: readonly TableColumn[];
}

async function openParquet(files: readonly string[], context: SourceContext): Promise<Opened> {
  const relation = `read_parquet(${fileList(files)}, union_by_name = true, hive_partitioning = false)`;
  return { relation, columns: await describe(relation, context) };
}

async function openJsonl(files: readonly string[], context: SourceContext): Promise<Opened> {
  const read = (rest: string): string => `read_json(${fileList(files)}, format = 'newline_delimited', ${rest})`;
  // All rows are looked at, so that no later line can contradict the types.
  const columns = await describe(read('sample_size = -1, hive_partitioning = false'), context);
  if (columns.length === 1 && columns[0]!.name === 'json' && columns[0]!.type === 'JSON') {
    throw new KitError('jsonl-malformed', `Cannot read JSONL "${context.path}": a line is no JSON object`, {
      hint: 'Each line must be one JSON object.',
    });
  }
  return { relation: read(`columns = ${columnStruct(columns)}`), columns };
}

async function openCsv(files: readonly string[], context: SourceContext): Promise<Opened> {
  const first = files[0]!;
  const header = await readCsvHeader(first, shown(first, context.root));
  for (const other of files.slice(1)) {
    const { names } = await readCsvHeader(other, shown(other, context.root));
    if (names.join('\0') !== header.names.join('\0'))
      throw differentColumns(shown(other, context.root), shown(first, context.root));
  }
  const text = header.names.map((name): TableColumn => ({ name, type: 'VARCHAR' }));
  const dialect = `delim = ${quoteText(header.delimiter)}, quote = '"', escape = '"', header = true`;
  const relation = (columns: readonly TableColumn[], formats = ''): string =>
    `read_csv(${fileList(files)}, auto_detect = false, ${dialect}, columns = ${columnStruct(columns)}${formats})`;
  if (context.options.text) return { relation: relation(text), columns: text };
  const sniffed = await sniffCsv(first, dialect, header.names, context);
  if (sniffed !== undefined) return { relation: relation(sniffed.columns, sniffed.formats), columns: sniffed.columns };
  // The sniffer gives up on ragged rows without naming one (and on a byte order mark before a quote); a strict scan names the line.
  const columns = await castColumns(relation(text), header.names, context);
  return { relation: relation(columns), columns };
}

/** Types by trying: the narrowest one that every value of the column can be cast to. */
async function castColumns(
  relation: string,
  names: readonly string[],
  context: SourceContext,
): Promise<readonly TableColumn[]> {
  const types = ['BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP', 'BOOLEAN'] as const;
  const tests = names.flatMap((name, index) =>
    types.map((type) => {
      const column = quoteIdentifier(name);
      return `count(${column}) > 0 AND count(TRY_CAST(${column} AS ${type})) = count(${column}) AS "${index} ${type}"`;
    }),
  );
  const [row = {}] = await context.query(`SELECT ${tests.join(', ')} FROM ${relation}`);
  return names.map((name, index) => ({
    name,
    type: types.find((type) => row[`${index} ${type}`] === true) ?? 'VARCHAR',
  }));
}

async function sniffCsv(
  file: string,
  dialect: string,
  names: readonly string[],
  context: SourceContext,
): Promise<{ readonly columns: readonly TableColumn[]; readonly formats: string } | undefined> {
  const sql = `SELECT "DateFormat" AS date, "TimestampFormat" AS time, list_transform("Columns", c -> c.name) AS names,
    unnest(list_transform("Columns", c -> c.type)) AS type
    FROM sniff_csv(${literalFile(file)}, ${dialect}, sample_size = ${sampleRows})`;
  const rows = await context.query(sql).catch((error: unknown) => {
    if (error instanceof KitError && error.code === 'query-invalid') return undefined;
    throw error;
  });
  if (rows === undefined || rows.length !== names.length) return undefined;
  const columns = names.map((name, index): TableColumn => ({ name, type: String(rows[index]!.type) }));
  const formats = (['date', 'time'] as const).map((key) => {
    const value = rows[0]?.[key];
    return typeof value === 'string'
      ? `, ${key === 'date' ? 'dateformat' : 'timestampformat'} = ${quoteText(value)}`
      : '';
  });
  return { columns, formats: formats.join('') };
}

async function describe(relation: string, context: SourceContext): Promise<readonly TableColumn[]> {
  const rows = await context.query(
    `SELECT column_name AS name, column_type AS type FROM (DESCRIBE SELECT * FROM ${relation})`,
  );
  return rows.map((row) => ({ name: String(row.name), type: String(row.type) }));
}

function columnStruct(columns: readonly TableColumn[]): string {
  return `{${columns.map(({ name, type }) => `${quoteText(name)}: ${quoteText(type)}`).join(', ')}}`;
}

function fileList(files: readonly string[]): string {
  return `[${files.map(literalFile).join(', ')}]`;
}

/** DuckDB reads `*`, `?` and `[` in file names as patterns; a class of one character is that character. */
function literalFile(path: string): string {
  return quoteText(path.replace(/[*?[]/g, '[$&]'));
}

function shown(file: string, root: string): string {
  return relative(root, file).split(sep).join('/');
}

function differentColumns(file: string, first: string): KitError {
  return new KitError('csv-malformed', `Cannot read CSV "${file}": its header differs from that of "${first}"`, {
    at: { path: file, line: 1 },
    hint: 'Files of one dataset need the same columns in the same order.',
  });
}
