/** validate-data on real tables: every rule with its counts, every anomaly, and what is never a pass. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecords } from '../../src/commands/records.ts';
import { batchOf, contractOf, createProject, shortOf } from './project.ts';

const data = `id,n,t,day,flag
1,5,ab,2001-01-01,true
2,,abc,2001-01-02,false
2,-1,x,2001-02-30,no
4,1.5,ab,2001-01-04,true
5,7,"Q|<b>",2001-01-05,
5,7,"Q|<b>",2001-01-05,
`;

describe('rules of a contract', () => {
  let shared: Awaited<ReturnType<typeof createProject>>;
  let clean: () => Promise<void>;
  beforeAll(async () => {
    shared = await createProject({ 'data.csv': data }, (cleanUp) => {
      clean = cleanUp;
    });
  });
  afterAll(() => clean());

  const findingsOf = async (contract: string) => {
    shared.repository.write('c.yaml', contract);
    return (await shared.validate()).report;
  };
  const open = ', {property: mlops-new-columns, value: allow}';

  it.each([
    ['{name: n, logicalType: integer}', 'n type error 1'],
    ['{name: n, logicalType: number, required: true}', 'n required error 1'],
    ['{name: n, logicalType: number, logicalTypeOptions: {minimum: 0}}', 'n range error 1'],
    ['{name: n, logicalType: number, logicalTypeOptions: {maximum: 6}}', 'n range error 2'],
    ['{name: n, logicalType: number, logicalTypeOptions: {exclusiveMaximum: 7}}', 'n range error 2'],
    ['{name: n, logicalType: number, logicalTypeOptions: {exclusiveMinimum: -1}}', 'n range error 1'],
    ['{name: n, logicalType: number, logicalTypeOptions: {multipleOf: 0.5}}', undefined],
    ['{name: n, logicalType: number, logicalTypeOptions: {multipleOf: 2}}', 'n multiple-of error 5'],
    ['{name: n, logicalType: integer, logicalTypeOptions: {format: u8}}', 'n range error 1,n type error 1'],
    ['{name: id, logicalType: integer, unique: true}', 'id unique error 2'],
    ['{name: id, logicalType: integer, primaryKey: true}', 'id primary-key error 2'],
    [
      '{name: t, logicalType: string, logicalTypeOptions: {minLength: 2, maxLength: 4}}',
      't length error 1,t length error 2',
    ],
    ['{name: t, logicalType: string, logicalTypeOptions: {pattern: "^[a-z]+$"}}', 't pattern error 2'],
    ['{name: t, logicalType: string, logicalTypeOptions: {pattern: "b|Q"}}', 't pattern error 1'],
    ['{name: day, logicalType: date}', 'day type error 1'],
    [
      '{name: day, logicalType: date, logicalTypeOptions: {minimum: "2001-01-02"}}',
      'day range error 1,day type error 1',
    ],
    ['{name: flag, logicalType: boolean}', undefined],
    ['{name: n, quality: [{metric: nullValues, mustBeLessThan: 1}]}', 'n null-values error 1'],
    ['{name: n, quality: [{metric: nullValues, mustBeLessThan: 20, unit: percent}]}', undefined],
    [
      '{name: t, quality: [{metric: invalidValues, arguments: {validValues: [ab, abc]}, mustBe: 0}]}',
      't invalid-values error 3',
    ],
    [
      '{name: t, quality: [{metric: invalidValues, arguments: {validValues: [ab]}, mustBe: 0, severity: warning}]}',
      't invalid-values warning 4',
    ],
    [
      '{name: t, quality: [{metric: missingValues, arguments: {missingValues: [x]}, mustBe: 0}]}',
      't missing-values error 1',
    ],
    ['{name: t, quality: [{metric: duplicateValues, mustBeBetween: [0, 1]}]}', 't duplicate-values error 2'],
    ['{name: gone}', 'gone missing-column error'],
  ])('%s finds %s', async (property, expected) => {
    const report = await findingsOf(contractOf([property], [], open));
    expect(shortOf(report.findings).join()).toBe(expected ?? '');
    expect(report.rows).toBe(6);
  });

  it.each([
    ['{metric: rowCount, mustBeGreaterThan: 6}', '- row-count error 6'],
    ['{metric: rowCount, mustBe: 6}', ''],
    ['{metric: duplicateValues, arguments: {properties: [id, t]}, mustBe: 0}', '- duplicate-values error 1'],
  ])('%s of the dataset finds "%s"', async (rule, expected) => {
    const report = await findingsOf(contractOf(['{name: id}', '{name: t}'], [rule], open));
    expect(shortOf(report.findings).join()).toBe(expected);
  });

  it('gives each finding its line, a repair, and example rows that cannot break out', async () => {
    const { validate, read } = shared;
    shared.repository.write('c.yaml', contractOf(['{name: t, logicalTypeOptions: {maxLength: 3}}'], [], open));
    const { report, annotations, markdown, outputs } = await validate({ examples: 2 });
    expect(report.findings[0]).toMatchObject({
      failing: 2,
      total: 6,
      examples: [{ t: 'Q|<b>', id: '5' }, { t: 'Q|<b>' }],
      at: { path: 'c.yaml', line: 11 },
      hint: expect.stringContaining('maxLength'),
    });
    expect(annotations).toEqual([expect.objectContaining({ level: 'failure', path: 'c.yaml', line: 11 })]);
    expect(outputs).toEqual({
      verdict: 'fail',
      findings: 1,
      'report-path': '.mlops/reports/validate-data/d/report.json',
    });
    expect(markdown).not.toContain('<b>');
    expect(read('.mlops/reports/validate-data/d/report.html')).not.toContain('<b>');
    expect((await validate({ examples: 0 })).report.findings[0]!.examples).toEqual([]);
  });

  it('finds new and renamed columns, by name', async () => {
    const { validate } = await createProject({
      'data.csv': 'Distance_km,town,extra\n1,x,2\n',
      'c.yaml': contractOf(['{name: distance}', '{name: tovn}', '{name: gone}']),
    });
    const { report } = await validate();
    expect(shortOf(report.findings)).toEqual([
      'distance renamed-column error',
      'extra new-column error',
      'gone missing-column error',
      'tovn renamed-column error',
    ]);
  });
});

describe('never a pass', () => {
  it.each([
    ['an empty table', 'a\n', ['{name: a, required: true}'], []],
    ['a rule of type sql', 'a\n1\n', ['{name: a}'], ['{type: sql, query: "SELECT 1", mustBe: 1}']],
    ['a rule of type custom', 'a\n1\n', ['{name: a}'], ['{type: custom, engine: soda, implementation: x}']],
    ['an unknown metric', 'a\n1\n', ['{name: a}'], ['{metric: freshness, mustBe: 1}']],
    ['a look-ahead', 'a\nx\n', ['{name: a, logicalType: string, logicalTypeOptions: {pattern: "(?=x)"}}'], []],
    ['an unknown format', 'a\nx\n', ['{name: a, logicalType: string, logicalTypeOptions: {format: email}}'], []],
  ])('%s', async (_, data, properties, quality) => {
    const { validate } = await createProject({ 'data.csv': data, 'c.yaml': contractOf(properties, quality) });
    const { report } = await validate();
    expect(report.verdict).toBe('inconclusive');
  });

  it('a rule marked as information only leaves the verdict alone', async () => {
    const { validate } = await createProject({
      'data.csv': 'a\n1\n',
      'c.yaml': contractOf(['{name: a}'], ['{type: text, description: fresh, severity: info}']),
    });
    expect((await validate()).report).toMatchObject({ verdict: 'pass', notEvaluated: [{ rule: 'text', open: false }] });
  });

  it('a contract without a baseline profile', async () => {
    const { validate } = await createProject({
      'data.csv': 'a\n1\n',
      'c.yaml': contractOf(['{name: a}']).replace('value: none', 'value: required'),
    });
    expect((await validate()).report).toMatchObject({ verdict: 'inconclusive', notEvaluated: [{ rule: 'baseline' }] });
  });

  it.each([
    ['no contract', {}, 'contract-missing'],
    ['a contract with an unknown key', { 'c.yaml': contractOf(['{name: a, requird: true}']) }, 'contract-unknown-key'],
    [
      'a rule without operator',
      { 'c.yaml': contractOf(['{name: a, quality: [{metric: nullValues}]}']) },
      'contract-rule',
    ],
    ['a column twice', { 'c.yaml': contractOf(['{name: a}', '{name: a}']) }, 'contract-duplicate'],
    [
      'a broken pattern',
      { 'c.yaml': contractOf(['{name: a, logicalTypeOptions: {pattern: "("}}']) },
      'contract-pattern',
    ],
    [
      'an unknown setting',
      { 'c.yaml': contractOf(['{name: a}'], [], ', {property: mlops-nul-rise, value: 1}') },
      'contract-unknown-key',
    ],
    [
      'a broken profile',
      { 'c.yaml': contractOf(['{name: a}']).replace('none', 'required'), 'p.json': '{' },
      'profile-malformed',
    ],
    [
      'no data',
      {
        'c.yaml': contractOf(['{name: a}']),
        'mlops.yaml': 'version: 1\ndatasets: {d: {path: gone.csv, contract: c.yaml}}\n',
      },
      'dataset-missing',
    ],
  ])('%s is an error with a hint', async (_, files, code) => {
    const { validate } = await createProject({ 'data.csv': 'a\n1\n', ...(files as Record<string, string>) });
    const error = await validate().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
  });
});

describe('anomalies against a baseline', () => {
  async function inferred() {
    const project = await createProject({ 'data.csv': batchOf() });
    const first = await project.validate({ infer: true });
    expect(first.report).toMatchObject({ verdict: 'pass', findings: [] });
    const check = async (text: string) => {
      project.repository.write('new.csv', text);
      return project.validate({ path: 'new.csv' });
    };
    return { ...project, check };
  }

  it('other rows of the same kind pass', async () => {
    const { check } = await inferred();
    for (const seed of [2, 3, 4]) expect((await check(batchOf({ seed, rows: 1500 }))).report.verdict).toBe('pass');
  });

  it.each([
    ['miles to kilometres', { unit: 1.609344 }, ['length unit-change error 2000']],
    ['metres to feet', { unit: 3.28084 }, [/^length range error 3/, 'length unit-change error 2000']],
    ['to thousandths', { unit: 1000 }, ['length range error 2000', 'length unit-change error 2000']],
    ['rising nulls', { nulls: 0.05 }, ['length required error ,,']],
    ['an unseen town', { unknown: 0.01 }, ['town invalid-values error Ulm', 'town unseen-category error Ulm']],
  ] as const)('%s', async (_, batch, expected) => {
    const { check } = await inferred();
    const text = batchOf({ seed: 7, ...batch });
    const holding = (part: string): string => String(text.split('\n').filter((line) => line.includes(part)).length);
    const wanted = expected.map((one) =>
      typeof one === 'string' ? one.replace(/,,|Ulm/, holding) : expect.stringMatching(one),
    );
    expect(shortOf((await check(text)).report.findings)).toEqual(wanted);
  });

  it('a constant column, repeated rows, too few rows, a changed distribution', async () => {
    const { check } = await inferred();
    const constant = batchOf({
      columns: (names, rows) => [names, ...rows.map((row) => [...row.slice(0, 4), 'true', row[5]!])],
    });
    expect(shortOf((await check(constant)).report.findings)).toContain('paid constant-column error');
    const twice = batchOf({ columns: (names, rows) => [names, ...rows, ...rows.slice(0, 100)] });
    expect(shortOf((await check(twice)).report.findings)).toEqual([
      '- duplicate-values error 100',
      'id unique error 100',
    ]);
    expect(shortOf((await check(batchOf({ rows: 50 }))).report.findings)).toEqual(['- row-count error 50']);
    const moved = batchOf({ columns: (names, rows) => [names, ...rows.filter((row) => Number(row[2]) > 500)] });
    const { report } = await check(moved);
    expect(shortOf(report.findings)).toEqual(['length distribution-change error']);
    expect(report.findings[0]!.message).toMatch(/mean moved from \d+.* to/);
  });

  it('nulls that rise where they are allowed, and the tolerance of the contract', async () => {
    const project = await createProject({ 'data.csv': batchOf({ nulls: 0.02 }) });
    await project.validate({ infer: true });
    project.repository.write('new.csv', batchOf({ seed: 2, nulls: 0.06 }));
    const found = await project.validate({ path: 'new.csv' });
    expect(shortOf(found.report.findings)).toEqual([expect.stringMatching(/^length null-share-rise error/)]);
    const contract = project
      .read('c.yaml')
      .replace('- name: length', '- name: length\n        customProperties: [{property: mlops-null-rise, value: 0.1}]');
    project.repository.write('c.yaml', contract);
    expect((await project.validate({ path: 'new.csv' })).report.verdict).toBe('pass');
  });

  it('Parquet, CSV and JSONL of the same rows get the same findings and profile', async () => {
    const { check, tables, repository, validate } = await inferred();
    const text = batchOf({ seed: 3, unit: 1.609344, unknown: 0.02 });
    const csv = (await check(text)).report;
    const source = await tables.open('new.csv');
    for (const format of ['parquet', 'jsonl']) {
      await tables.writeQuery(`SELECT * FROM ${source.relation}`, `new.${format}`);
      const other = (await validate({ path: `new.${format}` })).report;
      expect(shortOf(other.findings)).toEqual(shortOf(csv.findings));
      expect(other.findings.map(({ measured }) => measured)).toEqual(csv.findings.map(({ measured }) => measured));
    }
    expect(repository).toBeDefined();
  });
});

describe('infer', () => {
  it('keeps what is there, writes what is missing, replaces when told', async () => {
    const { validate, read, repository } = await createProject({ 'data.csv': batchOf() });
    await validate({ infer: true }, { 'dry-run': true }).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'contract-missing' });
    });
    await validate({ infer: true });
    const contract = read('c.yaml');
    expect(contract).toContain('unique: true');
    expect(contract).toContain('validValues');
    await expect(validate({ infer: true })).rejects.toMatchObject({ code: 'contract-exists' });
    repository.write('c.yaml', `${contract}# mine\n`);
    const profile = read('p.json');
    repository.write('p.json', '');
    await validate({ infer: true, overwrite: true });
    expect(read('c.yaml')).toBe(contract);
    expect(read('p.json')).toBe(profile);
  });

  it('takes every type of Parquet, and finds nothing in the data it learnt from', async () => {
    const { validate, tables, repository, read } = await createProject({ 'data.csv': 'a\n1\n' });
    await tables.writeQuery(
      `SELECT i::UTINYINT AS tiny, i::HUGEINT AS huge, (i / 7)::DECIMAL(18, 3) AS dec, CASE WHEN i = 3 THEN 'nan'::FLOAT ELSE i::FLOAT END AS f,
        i % 2 = 0 AS flag, [i, i + 1] AS list, [i::DOUBLE] AS floats, {a: i} AS struct, MAP {'k': i} AS map, uuid() AS name,
        DATE '2001-01-01' + i::INT AS day, TIME '10:00' AS clock, TIMESTAMPTZ '2001-01-01 00:00:00+00' AS zoned, 'x'::BLOB AS blob,
        NULL::INTEGER AS nothing, NULL::VARCHAR AS quiet, CASE WHEN i % 2 = 0 THEN 'it''s "q"' ELSE 'z' END AS odd, CASE WHEN i % 2 = 0 THEN 'y' ELSE '' END AS blank, INTERVAL 1 DAY AS span,
        repeat('long ', 100) || i AS long
      FROM range(200) t(i)`,
      'all.parquet',
    );
    repository.write(
      'mlops.yaml',
      'version: 1\ndatasets: {d: {path: all.parquet, contract: c.yaml, profile: p.json}}\n',
    );
    const { report } = await validate({ infer: true });
    expect(report).toMatchObject({ verdict: 'pass', findings: [], columns: 20 });
    const kinds = JSON.parse(read('p.json')).columns.map((column: { name: string; kind: string }) => [
      column.name,
      column.kind,
    ]);
    expect(Object.fromEntries(kinds)).toMatchObject({
      dec: 'numeric',
      f: 'numeric',
      flag: 'categorical',
      floats: 'opaque',
      map: 'opaque',
      name: 'opaque',
      zoned: 'time',
      odd: 'categorical',
    });
    for (const format of ['jsonl', 'csv']) {
      await tables.writeQuery(
        `SELECT tiny, dec, flag, odd, day FROM read_parquet('${repository.root}/all.parquet')`,
        `some.${format}`,
      );
      const other = await validate({ path: `some.${format}` });
      expect(shortOf(other.report.findings).filter((line) => !line.includes('missing-column'))).toEqual([]);
    }
  });

  it('refuses to learn from no rows', async () => {
    const { validate } = await createProject({ 'data.csv': 'a,b\n' });
    await expect(validate({ infer: true })).rejects.toMatchObject({ code: 'dataset-empty' });
  });

  it('handles a thousand columns with hostile names in seconds', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? `x"'${index}` : `c ${index};--`));
    const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"`).join(',');
    const rows = Array.from({ length: 200 }, (_, row) =>
      names.map((_, index) => (index % 3 === 0 ? 'ab'[row % 2] : (row * 7 + index) % 97)).join(','),
    );
    const { validate } = await createProject({ 'data.csv': `${quoted}\n${rows.join('\n')}\n` });
    const { report } = await validate({ infer: true });
    expect(report.verdict).toBe('pass');
    expect(report.checks).toBeGreaterThan(3000);
  }, 60_000);
});

it('writes a validation record about the digest of the data, without rows of it', async () => {
  const { validate, ports } = await createProject({
    'data.csv': 'a\nsecret\n',
    'c.yaml': contractOf(['{name: a, logicalTypeOptions: {maxLength: 3}}']),
  });
  await validate({ record: true });
  await validate({ record: true }, { 'dry-run': true });
  const records = await readRecords(ports, { kinds: ['validation'] });
  expect(records).toHaveLength(1);
  const { record } = records[0]!;
  expect(record).toMatchObject({
    subject: [{ name: 'd', digest: { md5: expect.stringMatching(/^[0-9a-f]{32}$/) } }],
    common: { verdict: 'fail' },
    body: { rows: 1, findings: [{ column: 'a', rule: 'length', failing: 1, total: 1 }] },
  });
  expect(JSON.stringify(record)).not.toContain('secret');
});
