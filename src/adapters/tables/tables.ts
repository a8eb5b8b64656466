/** Reads Parquet, CSV and JSON lines with an embedded DuckDB that reaches no file outside the dataset and the working directory. */

import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBPreparedStatement, DuckDBValue } from '@duckdb/node-api';
import { KitError } from '../../base/errors.ts';
import { quoteIdentifier, quoteText } from '../../base/sql.ts';
import type { NativeLoader } from '../../ports/native-modules.ts';
import type { Cell, Row, Tables } from '../../ports/tables.ts';
import { toCell } from './cells.ts';
import { findDataFiles, formatOfName } from './find-files.ts';
import { openSource } from './open-source.ts';
import { toKitError } from './query-errors.ts';

type DuckDB = typeof import('@duckdb/node-api');

export interface TablesOptions {
  readonly root: string;
  readonly loadNative: NativeLoader;
}

interface Engine {
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
}

/** DuckDB is loaded at the first use, so that opening the port costs nothing. */
export async function createTables(options: TablesOptions): Promise<Tables> {
  return new DuckDBTables(options);
}

class DuckDBTables implements Tables {
  readonly #root: string;
  readonly #loadNative: NativeLoader;
  readonly #allowed: Set<string>;
  readonly #engines: Engine[] = [];
  #duckdb: DuckDB | undefined;
  #engine: Promise<Engine> | undefined;

  constructor({ root, loadNative }: TablesOptions) {
    this.#root = resolve(root);
    this.#loadNative = loadNative;
    this.#allowed = new Set([this.#root]);
  }

  async open(path: string, options: { readonly text?: boolean } = {}): ReturnType<Tables['open']> {
    const data = await findDataFiles(path, this.#root);
    this.#allow(data.files.map((file) => dirname(file)));
    return openSource(data, { path, root: this.#root, options, query: (sql) => this.query(sql) });
  }

  async query(sql: string, parameters: readonly Cell[] = []): Promise<readonly Row[]> {
    return this.#guarded(async () => {
      const statement = await this.#prepareSelect(sql, parameters);
      const result = await statement.run();
      const names = result.columnNames();
      const rows: Row[] = [];
      for await (const chunk of result) {
        const columns = Array.from({ length: chunk.columnCount }, (_, index) => chunk.getColumnValues(index));
        for (let row = 0; row < chunk.rowCount; row++) {
          rows.push(Object.fromEntries(names.map((name, index) => [name, toCell(columns[index]![row]!)])));
        }
      }
      return rows;
    });
  }

  async queryColumns(
    sql: string,
    parameters: readonly Cell[] = [],
  ): Promise<Readonly<Record<string, Float64Array | readonly Cell[]>>> {
    return this.#guarded(async () => {
      const probe = await this.#prepareSelect(sql, parameters);
      const names = Array.from({ length: probe.columnCount }, (_, index) => probe.columnName(index));
      const numeric = names.map((_, index) => this.#isNumeric(probe.columnTypeId(index)));
      probe.destroySync();
      // Casting in the engine lets numbers leave it as plain doubles without null bits.
      const list = names.map((name, index) => {
        const quoted = quoteIdentifier(name);
        return numeric[index] ? `coalesce(CAST(${quoted} AS DOUBLE), 'nan'::DOUBLE) AS ${quoted}` : quoted;
      });
      const statement = await this.#prepareSelect(`SELECT ${list.join(', ')} FROM (${sql}\n)`, parameters);
      return collectColumns(await statement.run(), names, numeric);
    });
  }

  async writeQuery(sql: string, toPath: string): Promise<number> {
    const target = resolve(this.#root, toPath);
    const format = formatOfName(toPath);
    if (format === undefined || target.endsWith('.gz')) {
      throw new KitError('dataset-format-unknown', `Cannot write table "${toPath}": the format is unknown`, {
        hint: 'End the file name with .parquet, .csv or .jsonl.',
      });
    }
    await mkdir(dirname(target), { recursive: true });
    this.#allow([dirname(target)]);
    const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
    const copyOptions = {
      parquet: 'FORMAT parquet, COMPRESSION zstd',
      csv: `FORMAT csv, HEADER true, DELIMITER ${/\.tsv$/i.test(target) ? "'\t'" : "','"}`,
      jsonl: 'FORMAT json',
    }[format];
    try {
      const rows = await this.#guarded(async () => {
        (await this.#prepareSelect(sql, [])).destroySync();
        const { connection } = await this.#open();
        const result = await connection.run(`COPY (${sql}\n) TO ${quoteText(temporary)} (${copyOptions})`);
        return Number((await result.getRows())[0]![0]);
      });
      await rename(temporary, target);
      return rows;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async close(): Promise<void> {
    await this.#engine?.catch(() => undefined);
    for (const { connection, instance } of this.#engines.splice(0)) {
      connection.closeSync();
      instance.closeSync();
    }
    this.#engine = undefined;
  }

  /** The allowed folders are locked with the engine, so a new folder means a new engine; an old one lives on for its queries. */
  #allow(folders: readonly string[]): void {
    const added = folders.filter((folder) => ![...this.#allowed].some((known) => isInside(folder, known)));
    if (added.length === 0) return;
    for (const folder of added) this.#allowed.add(folder);
    this.#engine = undefined;
  }

  #open(): Promise<Engine> {
    this.#engine ??= this.#start();
    return this.#engine;
  }

  async #start(): Promise<Engine> {
    this.#duckdb ??= (await this.#loadNative('@duckdb/node-api')) as DuckDB;
    const instance = await this.#duckdb.DuckDBInstance.create(':memory:', {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      temp_directory: join(tmpdir(), `mlops-kit-duckdb-${process.pid}`),
    });
    const connection = await instance.connect();
    const engine = { instance, connection };
    this.#engines.push(engine);
    const folders = [...this.#allowed].map((folder) => quoteText(folder)).join(', ');
    await connection.run(`SET TimeZone = 'UTC'`);
    // The order matters: once outside access is off, the allowed folders cannot change (DuckDB, "Securing DuckDB").
    await connection.run(`SET allowed_directories = [${folders}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    return engine;
  }

  /** One SELECT and nothing else: COPY, ATTACH, SET and second statements are refused before they run. */
  async #prepareSelect(sql: string, parameters: readonly Cell[]): Promise<DuckDBPreparedStatement> {
    const { connection } = await this.#open();
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) throw refused(`it holds ${statements.count} statements`);
    const statement = await statements.prepare(0);
    if (statement.statementType !== this.#duckdb!.StatementType.SELECT) throw refused('it is no SELECT');
    if (parameters.length > 0) statement.bind(parameters.map((cell) => this.#toValue(cell)));
    return statement;
  }

  #toValue(cell: Cell): DuckDBValue {
    if (!(cell instanceof Date)) return cell;
    return new this.#duckdb!.DuckDBTimestampValue(BigInt(cell.getTime()) * 1000n);
  }

  #isNumeric(type: number): boolean {
    const { DuckDBTypeId: id } = this.#duckdb!;
    return [
      id.TINYINT,
      id.SMALLINT,
      id.INTEGER,
      id.BIGINT,
      id.HUGEINT,
      id.UTINYINT,
      id.USMALLINT,
      id.UINTEGER,
      id.UBIGINT,
      id.UHUGEINT,
      id.FLOAT,
      id.DOUBLE,
      id.DECIMAL,
    ].includes(type);
  }

  async #guarded<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      throw toKitError(error, this.#root);
    }
  }
}

type Result = Awaited<ReturnType<DuckDBPreparedStatement['run']>>;

async function collectColumns(
  result: Result,
  names: readonly string[],
  numeric: readonly boolean[],
): Promise<Readonly<Record<string, Float64Array | readonly Cell[]>>> {
  const chunks = await result.fetchAllChunks();
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  const columns = names.map((name, index) => {
    if (!numeric[index]) return [name, chunks.flatMap((chunk) => chunk.getColumnValues(index).map(toCell))] as const;
    const values = new Float64Array(rows);
    let at = 0;
    for (const chunk of chunks) {
      const vector = chunk.getColumnVector(index);
      // The doubles behind the vector, ten times faster than one call a row; not in its declared interface.
      const items: unknown = Reflect.get(vector, 'items');
      if (items instanceof Float64Array) values.set(items, at);
      else for (let row = 0; row < chunk.rowCount; row++) values[at + row] = vector.getItem(row) as number;
      at += chunk.rowCount;
    }
    return [name, values] as const;
  });
  return Object.fromEntries(columns);
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith(`..${sep}`) && way !== '..' && resolve(folder, way) === path);
}

function refused(reason: string): KitError {
  return new KitError('query-refused', `Cannot run query: ${reason}`, {
    hint: 'Conditions and queries in the config are parts of one SELECT.',
  });
}
