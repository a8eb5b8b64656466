/** Columnar tables over Parquet, CSV and JSON lines, and the SQL that reads them. */

export type Cell = null | boolean | number | bigint | string | Date;
export type Row = Readonly<Record<string, Cell>>;

export interface TableColumn {
  readonly name: string;
  /** The engine's type name, for example `BIGINT`, `VARCHAR`, `TIMESTAMP`. */
  readonly type: string;
}

/** A dataset opened for reading: files of one format, or a folder or glob of them. */
export interface TableSource {
  /** Paths as given (globs allowed), relative to the working directory, or https:// and s3:// urls. */
  readonly paths: readonly string[];
  readonly format: 'parquet' | 'csv' | 'jsonl';
  /** Text that stands in a FROM clause, already quoted. */
  readonly relation: string;
  readonly columns: readonly TableColumn[];
  readonly files: readonly string[];
}

export interface OpenOptions {
  /** CSV columns are all text, so that a value of the wrong type is a row to report and not an error. */
  readonly text?: boolean;
}

export interface Tables {
  /**
   * Opens a path, folder or glob and reads its columns.
   *
   * @throws KitError `dataset-missing`, `dataset-empty`, `parquet-damaged`, `csv-malformed` and `jsonl-malformed` (with line),
   *   `dataset-format-unknown`, `dataset-remote`
   */
  open(path: string, options?: OpenOptions): Promise<TableSource>;
  /**
   * Runs one SELECT; `?` parameters are bound, never spliced. Whole numbers come as `number` while they are exact, else as `bigint`.
   *
   * @throws KitError `query-invalid`, `query-refused` (no SELECT), `query-forbidden` (a file out of reach), or a fault of a data file
   */
  query(sql: string, parameters?: readonly Cell[]): Promise<readonly Row[]>;
  /** One SELECT as columns: numeric columns as Float64Array with NaN for null, others as arrays. */
  queryColumns(
    sql: string,
    parameters?: readonly Cell[],
  ): Promise<Readonly<Record<string, Float64Array | readonly Cell[]>>>;
  /** Writes the result of one SELECT to a Parquet, CSV or JSONL file (by extension) through a temporary name. Returns the rows. */
  writeQuery(sql: string, toPath: string): Promise<number>;
  close(): Promise<void>;
}
