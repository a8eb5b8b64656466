/** Tables on the real DuckDB: formats, damage, hostile names and hostile SQL. */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNativeLoader } from '../../src/adapters/native-modules.ts';
import { createTables } from '../../src/adapters/tables/tables.ts';
import { KitError } from '../../src/base/errors.ts';
import type { Tables } from '../../src/ports/tables.ts';

let root: string;
let tables: Tables;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tables-'));
  tables = await createTables({ root, loadNative: createNativeLoader({ root, download: false }) });
});

afterEach(async () => {
  await tables.close();
  await rm(root, { recursive: true, force: true });
});

const put = (name: string, text: string | Uint8Array): Promise<void> => writeFile(join(root, name), text);

async function faultOf(work: Promise<unknown>): Promise<KitError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(KitError);
  return error as KitError;
}

describe('open', () => {
  it('reads CSV, JSONL and Parquet with types, from a file, a folder and a glob', async () => {
    await put('a.csv', 'n,t,day\n1,"x, y",2001-01-02\n2,,2001-01-03\n');
    await put('b.jsonl', '{"n":1,"t":"x"}\n{"n":2.5,"t":null}\n');
    const csv = await tables.open('a.csv');
    expect(csv).toMatchObject({
      format: 'csv',
      files: ['a.csv'],
      columns: [
        { name: 'n', type: 'BIGINT' },
        { name: 't', type: 'VARCHAR' },
        { name: 'day', type: 'DATE' },
      ],
    });
    expect(await tables.query(`SELECT * FROM ${csv.relation}`)).toEqual([
      { n: 1, t: 'x, y', day: new Date('2001-01-02') },
      { n: 2, t: null, day: new Date('2001-01-03') },
    ]);
    const jsonl = await tables.open('b.jsonl');
    expect(jsonl.columns.map((column) => column.type)).toEqual(['DOUBLE', 'VARCHAR']);
    await tables.writeQuery(`SELECT n FROM ${csv.relation}`, 'parts/one.parquet');
    await tables.writeQuery(`SELECT n + 10 AS n FROM ${csv.relation}`, 'parts/deep/two.parquet');
    await put('parts/_SUCCESS', '');
    const sum = async (path: string) =>
      (await tables.query(`SELECT sum(n) AS s FROM ${(await tables.open(path)).relation}`))[0]!.s;
    expect(await sum('parts')).toBe(26);
    expect(await sum('parts/*.parquet')).toBe(3);
    expect(await sum('parts/**/*.parquet')).toBe(26);
  });

  it('takes tabs, semicolons, gzip, quoted headers and a byte order mark', async () => {
    await put('a.tsv', 'a\tb c\n1\t2\n');
    await put('b.csv', '\uFEFF"a;1";b\r\n1;2\r\n');
    await put('c.csv.gz', gzipSync('x,y\n1,2\n'));
    expect((await tables.open('a.tsv')).columns.map((column) => column.name)).toEqual(['a', 'b c']);
    const quoted = await tables.open('b.csv');
    expect(await tables.query(`SELECT * FROM ${quoted.relation}`)).toEqual([{ 'a;1': 1, b: 2 }]);
    const packed = await tables.open('c.csv.gz');
    expect(await tables.query(`SELECT x + y AS s FROM ${packed.relation}`)).toEqual([{ s: 3 }]);
  });

  it('keeps every CSV value as text when asked to', async () => {
    await put('a.csv', 'n\n1\nx\n');
    const source = await tables.open('a.csv', { text: true });
    expect(await tables.query(`SELECT n FROM ${source.relation}`)).toEqual([{ n: '1' }, { n: 'x' }]);
  });

  it('reads files whose names hold quotes, brackets and stars as themselves', async () => {
    await mkdir(join(root, "o'dir [1]*"));
    await put("o'dir [1]*/a[b]*?'.csv", 'a\n1\n');
    await put("o'dir [1]*/ab.csv", 'a\n5\n');
    const source = await tables.open("o'dir [1]*/a[b]*?'.csv");
    expect(await tables.query(`SELECT a FROM ${source.relation}`)).toEqual([{ a: 1 }]);
  });

  it.each([
    ['missing.csv', 'dataset-missing', undefined],
    ['*.nothing', 'dataset-missing', undefined],
    ['empty.csv', 'dataset-empty', undefined],
    ['empty.parquet', 'dataset-empty', undefined],
    ['void', 'dataset-empty', undefined],
    ['table.xlsx', 'dataset-format-unknown', undefined],
    ['mixed', 'dataset-format-unknown', undefined],
    ['https://example.org/x.parquet', 'dataset-remote', undefined],
    ['ragged.csv', 'csv-malformed', 3],
    ['short.csv', 'csv-malformed', 2],
    ['twice.csv', 'csv-malformed', 1],
    ['other-header', 'csv-malformed', 1],
    ['binary.csv', 'csv-malformed', 1],
    ['bad.jsonl', 'jsonl-malformed', 3],
    ['array.jsonl', 'jsonl-malformed', undefined],
    ['noise.parquet', 'parquet-damaged', undefined],
  ])('refuses %s as %s', async (path, code, line) => {
    await mkdir(join(root, 'void'));
    await mkdir(join(root, 'mixed'));
    await mkdir(join(root, 'other-header'));
    await put('empty.csv', '');
    await put('empty.parquet', '');
    await put('table.xlsx', 'x');
    await put('mixed/a.csv', 'a\n1\n');
    await put('mixed/b.jsonl', '{}\n');
    await put('ragged.csv', 'a,b\n1,2\n3,4,5\n6,7\n');
    await put('short.csv', 'a,b\n1\n');
    await put('twice.csv', 'a,A\n1,2\n');
    await put('other-header/1.csv', 'a,b\n1,2\n');
    await put('other-header/2.csv', 'b,a\n1,2\n');
    await put('binary.csv', new Uint8Array([0xff, 0xfe, 0, 1, 10, 5]));
    await put('bad.jsonl', '{"a":1}\n{"a":2}\n{"a":3\n{"a":4}\n');
    await put('array.jsonl', '{"a":1}\n[1]\n');
    await put('noise.parquet', 'PAR1 this is no parquet file at all');
    const error = await faultOf(tables.open(path));
    expect(error.code).toBe(code);
    expect(error.hint).toBeTruthy();
    if (line !== undefined) expect(error.at?.line).toBe(line);
  });

  it('names the Parquet file that was cut in half, and the CSV line far behind the sample', async () => {
    await tables.writeQuery('SELECT range AS i, hash(range) AS h FROM range(50000)', 'whole.parquet');
    const bytes = await readFile(join(root, 'whole.parquet'));
    await put('half.parquet', bytes.subarray(0, bytes.length / 2));
    const error = await faultOf(tables.open('half.parquet'));
    expect(error).toMatchObject({ code: 'parquet-damaged', at: { path: 'half.parquet' } });
    await put('late.csv', `a,b\n${'1,2\n'.repeat(300_000)}3\n`);
    const source = await tables.open('late.csv');
    const late = await faultOf(tables.query(`SELECT sum(a) AS s FROM ${source.relation}`));
    expect(late).toMatchObject({ code: 'csv-malformed', at: { path: 'late.csv', line: 300_002 } });
    expect(late.message).toContain('has 1 fields, the header has 2');
  });

  it('reports the line of a CSV value that breaks the type of its column', async () => {
    await put('late.csv', `a\n${'1\n'.repeat(300_000)}x\n`);
    const source = await tables.open('late.csv');
    const error = await faultOf(tables.query(`SELECT sum(a) AS s FROM ${source.relation}`));
    expect(error).toMatchObject({ code: 'csv-malformed', at: { line: 300_002 } });
  });
});

describe('query', () => {
  it('binds values and converts cells', async () => {
    const evil = "'; DROP TABLE x; --";
    const when = new Date('2001-06-01T12:34:56.789Z');
    const [row] = await tables.query(
      `SELECT ? AS text, ? AS time, ? AS big, ?::DECIMAL(10,2) AS dec, NULL AS nothing, TIME '10:11:12' AS clock,
        [1, 2] AS list, count(*) AS n, 'infinity'::TIMESTAMP AS forever`,
      [evil, when, 2n ** 60n, 1.25],
    );
    expect(row).toEqual({
      text: evil,
      time: when,
      big: 2n ** 60n,
      dec: 1.25,
      nothing: null,
      clock: '10:11:12',
      list: '[1, 2]',
      n: 1,
      forever: 'infinity',
    });
  });

  it('gives numeric columns as doubles with NaN for null', async () => {
    const columns = await tables.queryColumns(
      `SELECT i, CASE WHEN i % 2 = 0 THEN i END AS "o""dd", i > 1 AS flag, 'k' || i AS k FROM range(5000) t(i) -- end`,
    );
    expect(columns.i).toBeInstanceOf(Float64Array);
    expect([...(columns['o"dd'] as Float64Array)].slice(0, 4)).toEqual([0, Number.NaN, 2, Number.NaN]);
    expect((columns.flag as unknown[]).slice(0, 3)).toEqual([false, false, true]);
    expect((columns.k as unknown[]).at(-1)).toBe('k4999');
    expect((columns.i as Float64Array).length).toBe(5000);
  });

  it.each([
    ['SELECT 1; SELECT 2', 'query-refused'],
    ["COPY (SELECT 1) TO 'ROOT/x.csv'", 'query-refused'],
    ["ATTACH 'ROOT/x.db'", 'query-refused'],
    ['SET threads = 1', 'query-refused'],
    ["SELECT * FROM read_text('/etc/hostname')", 'query-forbidden'],
    ['SELECT 1 FROM nowhere', 'query-invalid'],
    ['SELEKT', 'query-invalid'],
  ])('refuses %s as %s', async (sql, code) => {
    expect((await faultOf(tables.query(sql.replace('ROOT', root)))).code).toBe(code);
    expect(await readdir(root)).toEqual([]);
  });

  it('does not reach a folder whose name only starts like the working directory, nor one above', async () => {
    await mkdir(`${root}-other`);
    await writeFile(`${root}-other/secret.txt`, 'x');
    try {
      for (const path of [`${root}-other/secret.txt`, `${root}/../${root.split('/').at(-1)}-other/secret.txt`]) {
        expect((await faultOf(tables.query(`SELECT * FROM read_text('${path}')`))).code).toBe('query-forbidden');
      }
    } finally {
      await rm(`${root}-other`, { recursive: true });
    }
  });

  it('opens a dataset that lies elsewhere, and keeps what was open', async () => {
    await put('in.csv', 'a\n1\n');
    const inside = await tables.open('in.csv');
    const elsewhere = await mkdtemp(join(tmpdir(), 'elsewhere-'));
    try {
      await writeFile(join(elsewhere, 'out.csv'), 'a\n2\n');
      const outside = await tables.open(join(elsewhere, 'out.csv'));
      expect(await tables.query(`SELECT a FROM ${inside.relation} UNION ALL FROM ${outside.relation}`)).toHaveLength(2);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });
});

describe('writeQuery', () => {
  it.each(['out.parquet', 'out.csv', 'out.tsv', 'out.jsonl'])('writes %s and reads it again', async (name) => {
    expect(await tables.writeQuery("SELECT 1 AS a, 'x\ty' AS b UNION ALL SELECT 2, NULL", `deep/${name}`)).toBe(2);
    const source = await tables.open(`deep/${name}`);
    expect(await tables.query(`SELECT * FROM ${source.relation} ORDER BY a`)).toEqual([
      { a: 1, b: 'x\ty' },
      { a: 2, b: null },
    ]);
    expect(await readdir(join(root, 'deep'))).toEqual([name]);
  });

  it('leaves the old file and no rest when the query fails', async () => {
    await put('out.csv', 'old\n');
    const error = await faultOf(tables.writeQuery("SELECT error('no') FROM range(10)", 'out.csv'));
    expect(error.code).toBe('query-invalid');
    expect(await readdir(root)).toEqual(['out.csv']);
    expect((await faultOf(tables.writeQuery('SELECT 1', 'out.xlsx'))).code).toBe('dataset-format-unknown');
    expect((await faultOf(tables.writeQuery("SELECT 1) TO 'y.csv'; --", 'z.csv'))).code).toBe('query-invalid');
    expect(await readdir(root)).toEqual(['out.csv']);
  });
});
