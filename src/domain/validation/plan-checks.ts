/** Turns a data contract into the checks it asks for, each with what is counted and the limit on the count; names what it cannot evaluate. */

import { quoteIdentifier, quoteText } from '../../base/sql.ts';
import {
  eachQuality,
  type LoadedContract,
  operatorNames,
  type PlacedQuality,
  type Property,
} from '../../formats/contract.ts';
import { type EngineColumn, isNumeric, type TypedColumn, typedColumn } from './columns.ts';
import { optionChecks, unmatched } from './plan-options.ts';
import type { Draft, KeyPath, Limit, Measure, PlannedCheck, SkippedRule } from './planned-check.ts';

export interface CheckPlan {
  readonly checks: readonly PlannedCheck[];
  readonly skipped: readonly SkippedRule[];
  /** Columns of the contract that the data has, by name. */
  readonly columns: ReadonlyMap<string, TypedColumn>;
  readonly missing: readonly { readonly property: Property; readonly path: KeyPath }[];
  readonly added: readonly EngineColumn[];
}

const none: Limit = { operator: 'mustBe', value: 0, unit: 'rows' };

/** `unusable` are patterns that the engine refuses. */
export function planChecks(
  contract: LoadedContract,
  columns: readonly EngineColumn[],
  unusable: ReadonlySet<string> = new Set(),
): CheckPlan {
  const { schema, base } = contract;
  const present = new Map(columns.map((column) => [column.name, column]));
  const typed = new Map<string, TypedColumn>();
  const missing: { property: Property; path: KeyPath }[] = [];
  const drafts: (Draft | SkippedRule)[] = [];
  schema.properties.forEach((property, index) => {
    const path = [...base, 'properties', index];
    const column = present.get(property.name);
    if (column === undefined) {
      missing.push({ property, path });
      return;
    }
    const read = typedColumn(column, property.logicalType ?? guessType(property));
    typed.set(property.name, read);
    drafts.push(...propertyChecks(property, read, path, unusable));
  });
  drafts.push(...primaryKeyCheck(contract, typed));
  for (const placed of eachQuality(contract)) drafts.push(...qualityCheck(placed, typed, unusable));
  const described = new Set(schema.properties.map((property) => property.name));
  return {
    checks: drafts.filter((draft) => 'measure' in draft).map((draft, index) => ({ ...draft, id: `c${index}` })),
    skipped: drafts.filter((draft): draft is SkippedRule => !('measure' in draft)),
    columns: typed,
    missing,
    added: columns.filter((column) => !described.has(column.name)),
  };
}

/** Every pattern of the contract, for a probe of the engine before the scan. */
export function patternsOf(contract: LoadedContract): readonly string[] {
  const own = contract.schema.properties.map((property) => property.logicalTypeOptions?.pattern);
  const rules = eachQuality(contract).map(({ quality }) => quality.arguments?.pattern);
  return [...new Set([...own, ...rules].filter((pattern) => typeof pattern === 'string'))];
}

function guessType(property: Property): 'number' | undefined {
  const options = property.logicalTypeOptions ?? {};
  const bounds = [options.minimum, options.maximum, options.exclusiveMinimum, options.exclusiveMaximum];
  return bounds.some((bound) => typeof bound === 'number') ? 'number' : undefined;
}

function propertyChecks(
  property: Property,
  column: TypedColumn,
  path: KeyPath,
  unusable: ReadonlySet<string>,
): readonly (Draft | SkippedRule)[] {
  const make = (rule: string, key: KeyPath, sql: string, must: string, hint: string, simple = false): Draft => ({
    column: property.name,
    rule,
    severity: 'error',
    path: [...path, ...key],
    measure: { kind: 'where', sql, simple },
    limit: none,
    must,
    hint,
  });
  const drafts: (Draft | SkippedRule)[] = [];
  if (column.mistyped !== undefined)
    drafts.push(
      make(
        'type',
        ['logicalType'],
        column.mistyped,
        `be of type ${column.logicalType}`,
        `Write ${column.logicalType} values, or change logicalType in the contract.`,
      ),
    );
  else if (property.logicalType !== undefined)
    drafts.push(
      make(
        'type',
        ['logicalType'],
        'false',
        `be of type ${column.logicalType}`,
        'Change logicalType in the contract.',
        true,
      ),
    );
  if (property.required || property.primaryKey)
    drafts.push(
      make(
        'required',
        [property.required ? 'required' : 'primaryKey'],
        `${column.raw} IS NULL`,
        'not be null',
        'Fill the values, drop the rows, or set required: false in the contract.',
        true,
      ),
    );
  if (property.unique)
    drafts.push({
      ...make('unique', ['unique'], '', 'be unique', 'Drop the repeated rows, or set unique: false in the contract.'),
      measure: { kind: 'duplicates', columns: [column.raw] },
    });
  drafts.push(...optionChecks(property, column, path, unusable, make));
  for (const key of ['items', 'properties', 'relationships'] as const)
    if (property[key] !== undefined)
      drafts.push({
        column: property.name,
        rule: key,
        reason: `${key} are not evaluated`,
        path: [...path, key],
        open: true,
      });
  return drafts;
}

function primaryKeyCheck(contract: LoadedContract, typed: ReadonlyMap<string, TypedColumn>): readonly Draft[] {
  const { schema, base } = contract;
  const keys = schema.properties
    .map((property, index) => ({ property, index }))
    .filter(({ property }) => property.primaryKey)
    .sort((a, b) => a.property.primaryKeyPosition - b.property.primaryKeyPosition);
  if (keys.length === 0 || keys.some(({ property }) => !typed.has(property.name))) return [];
  const names = keys.map(({ property }) => property.name);
  return [
    {
      ...(names.length === 1 ? { column: names[0]! } : {}),
      rule: 'primary-key',
      severity: 'error',
      path: [...base, 'properties', keys[0]!.index, 'primaryKey'],
      measure: { kind: 'duplicates', columns: names.map(quoteIdentifier) },
      limit: none,
      must: `be unique in ${names.join(', ')}`,
      hint: 'Drop the repeated rows, or choose another primary key in the contract.',
    },
  ];
}

function qualityCheck(
  placed: PlacedQuality,
  typed: ReadonlyMap<string, TypedColumn>,
  unusable: ReadonlySet<string>,
): readonly (Draft | SkippedRule)[] {
  const { quality, path, property } = placed;
  const rule = quality.metric ?? quality.type;
  const column = property === undefined ? undefined : typed.get(property.name);
  // The missing column is a finding of its own.
  if (property !== undefined && column === undefined) return [];
  const named = property === undefined ? {} : { column: property.name };
  const skip = (reason: string): readonly SkippedRule[] => [
    { ...named, rule, reason, path, open: quality.severity !== 'info' },
  ];
  if (quality.type !== 'library') return skip(`rules of type ${quality.type} are not evaluated`);
  if (quality.unit !== undefined && quality.unit !== 'rows' && quality.unit !== 'percent')
    return skip(`unit ${JSON.stringify(quality.unit)} is not known`);
  const operator = operatorNames.find((name) => quality[name] !== undefined)!;
  const limit: Limit = { operator, value: quality[operator]!, unit: quality.unit === 'percent' ? 'percent' : 'rows' };
  const measure = measureOf(placed, column, typed, unusable);
  if (typeof measure === 'string') return skip(measure);
  return [
    {
      ...named,
      rule: kebab(rule),
      severity: quality.severity === 'warning' ? 'warning' : quality.severity === 'info' ? 'note' : 'error',
      path,
      measure,
      limit,
      must: quality.description ?? describeLimit(rule, limit),
      hint: `Correct the rows, or change ${operator} in the contract.`,
    },
  ];
}

/** What a library metric counts, or why it cannot be counted. */
function measureOf(
  { quality, property }: PlacedQuality,
  column: TypedColumn | undefined,
  typed: ReadonlyMap<string, TypedColumn>,
  unusable: ReadonlySet<string>,
): Measure | string {
  const where = (sql: string): Measure => ({ kind: 'where', sql, simple: false });
  const values = quality.arguments ?? {};
  if (quality.metric === 'rowCount')
    return property === undefined ? { kind: 'rows' } : 'rowCount belongs to the dataset';
  if (quality.metric === 'duplicateValues') {
    const named = values.properties;
    const names = Array.isArray(named) ? named.map(String) : property === undefined ? undefined : [property.name];
    if (names === undefined) return 'arguments.properties is missing';
    const absent = names.find((name) => !typed.has(name));
    if (absent !== undefined) return `column ${JSON.stringify(absent)} is not there`;
    return { kind: 'duplicates', columns: names.map(quoteIdentifier) };
  }
  if (column === undefined) return `${quality.metric} belongs to a column`;
  if (quality.metric === 'nullValues') return where(`${column.raw} IS NULL`);
  if (quality.metric === 'missingValues') {
    const list = values.missingValues;
    if (!Array.isArray(list)) return 'arguments.missingValues is missing';
    const texts = list.filter((value) => value !== null).map((value) => quoteText(String(value)));
    const listed = texts.length === 0 ? '' : ` OR CAST(${column.raw} AS VARCHAR) IN (${texts.join(', ')})`;
    return where(`${column.raw} IS NULL${listed}`);
  }
  if (quality.metric === 'invalidValues') return invalidValues(values, column, unusable, where);
  return `metric ${JSON.stringify(quality.metric)} is not known`;
}

function invalidValues(
  values: Readonly<Record<string, unknown>>,
  column: TypedColumn,
  unusable: ReadonlySet<string>,
  where: (sql: string) => Measure,
): Measure | string {
  const unknown = Object.keys(values).find((key) => key !== 'validValues' && key !== 'pattern');
  if (unknown !== undefined) return `argument ${JSON.stringify(unknown)} is not evaluated`;
  const conditions: string[] = [];
  if (Array.isArray(values.validValues) && values.validValues.length > 0) {
    const numbers = isNumeric(column) && values.validValues.every((value) => typeof value === 'number');
    const list = values.validValues.map((value) => (numbers ? String(value) : quoteText(String(value))));
    conditions.push(`${numbers ? column.value : `CAST(${column.raw} AS VARCHAR)`} NOT IN (${list.join(', ')})`);
  }
  if (typeof values.pattern === 'string') {
    if (unusable.has(values.pattern)) return 'the engine (RE2) has no such pattern';
    conditions.push(unmatched(`CAST(${column.raw} AS VARCHAR)`, values.pattern));
  }
  if (conditions.length === 0) return 'arguments.validValues or arguments.pattern is missing';
  return where(`${column.raw} IS NOT NULL AND (${conditions.join(' OR ')})`);
}

function describeLimit(rule: string, { operator, value, unit }: Limit): string {
  const words = operator
    .replace(/^must/, '')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim();
  const shown = Array.isArray(value) ? value.join(' and ') : String(value);
  return `have ${kebab(rule).replaceAll('-', ' ')} ${words.replace(/^be /, '')} ${shown}${unit === 'percent' ? ' %' : ''}`;
}

function kebab(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
