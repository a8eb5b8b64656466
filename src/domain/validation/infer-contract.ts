/** Proposes a data contract from a baseline profile: promises that the data keeps with room to spare, for a person to sharpen. */

import { quoteIdentifier } from '../../base/sql.ts';
import type { Profile, ProfileColumn } from '../../formats/profile.ts';
import { isNumeric, type TypedColumn } from './columns.ts';

type Answer = Readonly<Record<string, unknown>>;
type Plain = { readonly [key: string]: unknown };

/** Shapes of codes that are worth promising; a column gets the first that all of its values have. */
const shapes = [
  { id: 'upper', characters: '[A-Z]' },
  { id: 'digits', characters: '[0-9]' },
  { id: 'alphanumeric', characters: '[A-Z0-9]' },
] as const;

/** Facts beyond the profile: exact uniqueness of identifiers, lengths and shapes of texts, rows that repeat. */
export function planFacts(columns: readonly TypedColumn[], profile: Profile, relation: string): readonly string[] {
  const parts = columns.flatMap((column, index) => {
    const known = profile.columns[index]!;
    if (known.kind === 'opaque' && known.identifier) return [`count(DISTINCT ${column.raw}) AS u${index}`];
    if (column.logicalType !== 'string' || known.kind !== 'categorical') return [];
    return [
      `min(length(${column.value})) AS s${index}`,
      `max(length(${column.value})) AS l${index}`,
      ...shapes.map(
        ({ id, characters }) => `bool_and(regexp_full_match(${column.value}, '${characters}+')) AS ${id}${index}`,
      ),
    ];
  });
  const compared = repeatedColumns(columns, profile);
  if (compared.length > 1)
    parts.push(
      `count(*) - count(DISTINCT hash(${compared.map((column) => quoteIdentifier(column)).join(', ')})) AS repeated`,
    );
  const queries: string[] = [];
  for (let at = 0; at < parts.length; at += 400)
    queries.push(`SELECT ${parts.slice(at, at + 400).join(', ')} FROM ${relation}`);
  return queries;
}

/** Rows that differ in an identifier only repeat each other. */
function repeatedColumns(columns: readonly TypedColumn[], profile: Profile): readonly string[] {
  return columns
    .filter((_, index) => {
      const known = profile.columns[index]!;
      return known.kind !== 'opaque' || !known.identifier;
    })
    .map((column) => column.name);
}

/** The contract as plain values, in the order a person reads it. */
export function inferContract(
  dataset: string,
  columns: readonly TypedColumn[],
  profile: Profile,
  answers: readonly Answer[],
): Plain {
  const facts: Answer = Object.assign({}, ...answers);
  const compared = repeatedColumns(columns, profile);
  const repeated = Number(facts.repeated ?? 0) / Math.max(1, profile.rows);
  const quality: Plain[] = [
    {
      metric: 'rowCount',
      mustBeGreaterOrEqualTo: Math.max(1, roundDown(profile.rows / 10, 1)),
      description: 'have at least a tenth of the rows of the baseline',
    },
    ...(compared.length < 2
      ? []
      : [
          {
            metric: 'duplicateValues',
            arguments: { properties: compared },
            unit: 'percent',
            mustBeLessOrEqualTo: Math.max(0.1, Number((repeated * 200).toPrecision(2))),
            description: `hardly repeat rows (${Number((repeated * 100).toPrecision(2))} % of the baseline do)`,
          },
        ]),
  ];
  return {
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: dataset,
    version: '0.1.0',
    status: 'draft',
    schema: [
      {
        name: dataset,
        logicalType: 'object',
        properties: columns.map((column, index) =>
          inferProperty(column, profile.columns[index]!, facts, index, profile.rows),
        ),
        quality,
      },
    ],
  };
}

function inferProperty(column: TypedColumn, known: ProfileColumn, facts: Answer, index: number, rows: number): Plain {
  const options = { ...inferRange(column, known), ...inferPattern(facts, index, known) };
  const unique = known.kind === 'opaque' && known.identifier && Number(facts[`u${index}`] ?? 0) === rows && rows > 0;
  const values = inferValues(column, known, rows);
  return {
    name: column.name,
    logicalType: column.logicalType,
    ...(known.nulls === 0 && rows > 0 ? { required: true } : {}),
    ...(unique ? { unique: true } : {}),
    ...(Object.keys(options).length === 0 ? {} : { logicalTypeOptions: options }),
    ...(values === undefined ? {} : { quality: [values] }),
  };
}

/** A whole span of room on each side; what was never negative stays so. NaN and infinity are in no range, so their column gets none. */
function inferRange(column: TypedColumn, known: ProfileColumn): Plain {
  if (known.kind !== 'numeric' || known.moments === undefined || !isNumeric(column)) return {};
  if (known.nan + known.infinite > 0) return {};
  const { min, max } = known.moments;
  const span = max - min;
  return { minimum: min >= 0 ? 0 : roundDown(min - span, 2), maximum: max <= 0 ? 0 : roundUp(max + span, 2) };
}

function inferPattern(facts: Answer, index: number, known: ProfileColumn): Plain {
  if (known.kind !== 'categorical' || known.values.length < 2) return {};
  const shape = shapes.find(({ id }) => facts[`${id}${index}`] === true);
  const [short, long] = [Number(facts[`s${index}`]), Number(facts[`l${index}`])];
  if (shape === undefined || !(short > 0)) return {};
  return { pattern: `^${shape.characters}{${short === long ? short : `${short},${long}`}}$` };
}

/** Few values that are all seen often are the whole domain. */
function inferValues(column: TypedColumn, known: ProfileColumn, rows: number): Plain | undefined {
  if (known.kind !== 'categorical' || !known.complete || known.values.length === 0) return undefined;
  const often = known.values.every(({ count }) => count >= 100);
  if (known.values.length > 10 || !often || rows < 1000 || column.logicalType === 'boolean') return undefined;
  const validValues = known.values.map(({ value }) => (isNumeric(column) ? Number(value) : value)).sort();
  return { metric: 'invalidValues', arguments: { validValues }, mustBe: 0 };
}

function roundUp(value: number, digits: number): number {
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value) || 1)) + 1 - digits);
  return Number((Math.ceil(value / unit) * unit).toPrecision(12));
}

function roundDown(value: number, digits: number): number {
  return value === 0 ? 0 : -roundUp(-value, digits);
}
