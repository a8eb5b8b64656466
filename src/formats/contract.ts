/** The data contract of a dataset: the part of the Open Data Contract Standard (ODCS) v3.1 that the kit evaluates, and where each rule stands. */

import { z } from 'zod';
import type { Problem } from '../base/errors.ts';
import { nearestOf } from '../base/text.ts';
import { parseYaml, problemsError, type YamlDocument } from './yaml-document.ts';

const anything = z.unknown();

/** One operator a rule; ODCS "DataQualityOperators". */
const operators = {
  mustBe: z.number().optional(),
  mustNotBe: z.number().optional(),
  mustBeGreaterThan: z.number().optional(),
  mustBeGreaterOrEqualTo: z.number().optional(),
  mustBeLessThan: z.number().optional(),
  mustBeLessOrEqualTo: z.number().optional(),
  mustBeBetween: z.tuple([z.number(), z.number()]).optional(),
  mustNotBeBetween: z.tuple([z.number(), z.number()]).optional(),
};
export const operatorNames = Object.keys(operators) as readonly (keyof typeof operators)[];

const CustomProperties = z.array(
  z.strictObject({
    id: z.string().optional(),
    property: z.string(),
    value: anything,
    description: z.string().optional(),
  }),
);

/** A quality rule; types other than `library` are kept and reported as not evaluated. */
export const Quality = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  description: z.string().optional(),
  type: z.enum(['text', 'library', 'sql', 'custom']).default('library'),
  metric: z.string().optional(),
  arguments: z.record(z.string(), anything).optional(),
  ...operators,
  unit: z.string().optional(),
  severity: z.string().optional(),
  dimension: z.string().optional(),
  businessImpact: z.string().optional(),
  method: z.string().optional(),
  schedule: z.string().optional(),
  scheduler: z.string().optional(),
  query: z.string().optional(),
  engine: z.string().optional(),
  implementation: anything.optional(),
  tags: z.array(z.string()).optional(),
  authoritativeDefinitions: anything.optional(),
  customProperties: CustomProperties.optional(),
});
export type Quality = z.infer<typeof Quality>;

const bound = z.union([z.number(), z.string()]);

export const LogicalTypeOptions = z.strictObject({
  minimum: bound.optional(),
  maximum: bound.optional(),
  exclusiveMinimum: bound.optional(),
  exclusiveMaximum: bound.optional(),
  multipleOf: z.number().positive().optional(),
  minLength: z.int().min(0).optional(),
  maxLength: z.int().min(0).optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
  timezone: z.boolean().optional(),
  defaultTimezone: z.string().optional(),
  maxProperties: anything.optional(),
  minProperties: anything.optional(),
  required: anything.optional(),
  maxItems: anything.optional(),
  minItems: anything.optional(),
  uniqueItems: anything.optional(),
});
export type LogicalTypeOptions = z.infer<typeof LogicalTypeOptions>;

export const logicalTypes = [
  'string',
  'date',
  'timestamp',
  'time',
  'number',
  'integer',
  'object',
  'array',
  'boolean',
] as const;
export type LogicalType = (typeof logicalTypes)[number];

/** A column. Keys that only describe are accepted and not evaluated. */
export const Property = z.strictObject({
  id: z.string().optional(),
  name: z.string().min(1),
  description: z.string().optional(),
  businessName: z.string().optional(),
  logicalType: z.enum(logicalTypes).optional(),
  logicalTypeOptions: LogicalTypeOptions.optional(),
  physicalType: z.string().optional(),
  physicalName: z.string().optional(),
  required: z.boolean().default(false),
  unique: z.boolean().default(false),
  primaryKey: z.boolean().default(false),
  primaryKeyPosition: z.int().default(-1),
  partitioned: anything.optional(),
  partitionKeyPosition: anything.optional(),
  classification: z.string().optional(),
  encryptedName: z.string().optional(),
  transformSourceObjects: anything.optional(),
  transformLogic: anything.optional(),
  transformDescription: anything.optional(),
  examples: z.array(anything).optional(),
  criticalDataElement: z.boolean().optional(),
  relationships: anything.optional(),
  authoritativeDefinitions: anything.optional(),
  tags: z.array(z.string()).optional(),
  quality: z.array(Quality).default([]),
  items: anything.optional(),
  properties: anything.optional(),
  customProperties: CustomProperties.default([]),
});
export type Property = z.infer<typeof Property>;

export const SchemaObject = z.strictObject({
  id: z.string().optional(),
  name: z.string().min(1),
  description: z.string().optional(),
  businessName: z.string().optional(),
  logicalType: z.string().optional(),
  physicalType: z.string().optional(),
  physicalName: z.string().optional(),
  dataGranularityDescription: z.string().optional(),
  properties: z.array(Property).default([]),
  quality: z.array(Quality).default([]),
  relationships: anything.optional(),
  authoritativeDefinitions: anything.optional(),
  tags: z.array(z.string()).optional(),
  customProperties: CustomProperties.default([]),
});
export type SchemaObject = z.infer<typeof SchemaObject>;

export const Contract = z.strictObject({
  apiVersion: z
    .string()
    .regex(/^v3\.\d+\.\d+$/, 'must be an ODCS version 3, such as v3.1.0')
    .describe('Version of the standard.'),
  kind: z.literal('DataContract'),
  id: z.string().min(1).describe('Identifies the contract.'),
  version: z.string().describe('Version of this contract.'),
  status: z.string().describe('For example draft or active.'),
  schema: z
    .array(SchemaObject)
    .min(1)
    .describe('Exactly one is evaluated: the one named as the dataset, or the only one.'),
  name: z.string().optional(),
  tenant: z.string().optional(),
  domain: z.string().optional(),
  dataProduct: z.string().optional(),
  description: anything.optional(),
  tags: z.array(z.string()).optional(),
  authoritativeDefinitions: anything.optional(),
  servers: anything.optional(),
  support: anything.optional(),
  price: anything.optional(),
  team: anything.optional(),
  roles: anything.optional(),
  slaDefaultElement: anything.optional(),
  slaProperties: anything.optional(),
  contractCreatedTs: anything.optional(),
  customProperties: anything.optional(),
});
export type Contract = z.infer<typeof Contract>;

/** The kit's own settings in `customProperties`, with what holds when they are not written. */
export const toleranceDefaults = {
  'mlops-null-rise': 0.01,
  'mlops-unseen-share': 0.001,
  'mlops-distribution-floor': 0.25,
  'mlops-new-columns': 'error',
  'mlops-baseline': 'required',
  'mlops-ignore': '',
} as const;
export type ToleranceName = keyof typeof toleranceDefaults;

export interface LoadedContract {
  readonly schema: SchemaObject;
  /** Key path of the schema in the file. */
  readonly base: readonly (string | number)[];
  readonly document: YamlDocument;
}

/**
 * Parses a contract and picks the schema of a dataset.
 *
 * @throws KitError with all problems, codes `contract-*`
 */
export function parseContract(text: string, path: string, dataset: string): LoadedContract {
  const { value, document } = parseYaml(text, path, {
    schema: Contract,
    code: 'contract',
    noun: 'data contract',
    hint: 'See the Open Data Contract Standard v3.1.',
  });
  const named = value.schema.findIndex((schema) => schema.name === dataset || schema.physicalName === dataset);
  const index = named >= 0 ? named : value.schema.length === 1 ? 0 : -1;
  const file = { path, code: 'contract', noun: 'data contract' };
  if (index < 0) {
    const message = `schema has ${value.schema.length} entries and none is named "${dataset}"`;
    const at = document.locate(['schema']);
    throw problemsError([{ code: 'contract-schema', message, at, hint: `Name one of them "${dataset}".` }], file);
  }
  const loaded: LoadedContract = { schema: value.schema[index]!, base: ['schema', index], document };
  const problems = [
    ...checkNames(loaded),
    ...checkOperators(loaded),
    ...checkTolerances(loaded),
    ...checkPatterns(loaded),
  ];
  if (problems.length > 0) throw problemsError(problems, file);
  return loaded;
}

function checkNames({ schema, base, document }: LoadedContract): readonly Problem[] {
  const seen = new Set<string>();
  return schema.properties.flatMap((property, index) => {
    const key = property.name;
    const known = seen.has(key);
    seen.add(key);
    if (!known) return [];
    const at = document.locate([...base, 'properties', index, 'name'], 'value');
    return [
      { code: 'contract-duplicate', message: `column "${key}" is described twice`, at, hint: 'Keep one of them.' },
    ];
  });
}

/** A library rule without operator could never fail. */
function checkOperators(contract: LoadedContract): readonly Problem[] {
  return eachQuality(contract).flatMap(({ quality, path }) => {
    if (quality.type !== 'library') return [];
    const count = operatorNames.filter((name) => quality[name] !== undefined).length;
    const at = contract.document.locate(path);
    if (quality.metric === undefined)
      return [
        {
          code: 'contract-rule',
          message: 'a library rule names no metric',
          at,
          hint: 'Add "metric: nullValues" or another.',
        },
      ];
    if (count === 1) return [];
    const message = `rule ${quality.metric} has ${count === 0 ? 'no operator, so it could never fail' : `${count} operators`}`;
    return [{ code: 'contract-rule', message, at, hint: `Give it exactly one of ${operatorNames.join(', ')}.` }];
  });
}

function checkTolerances(contract: LoadedContract): readonly Problem[] {
  const { schema, base, document } = contract;
  const lists = [
    { path: [...base, 'customProperties'], list: schema.customProperties },
    ...schema.properties.map((property, index) => ({
      path: [...base, 'properties', index, 'customProperties'],
      list: property.customProperties,
    })),
  ];
  return lists.flatMap(({ path, list }) =>
    list.flatMap(({ property, value }, index) => {
      if (!property.startsWith('mlops-')) return [];
      const at = document.locate([...path, index, 'property'], 'value');
      if (!Object.hasOwn(toleranceDefaults, property)) {
        const nearest = nearestOf(property, Object.keys(toleranceDefaults));
        const hint =
          nearest === undefined ? `Known: ${Object.keys(toleranceDefaults).join(', ')}.` : `Did you mean "${nearest}"?`;
        return [{ code: 'contract-unknown-key', message: `"${property}" is no setting of the kit`, at, hint }];
      }
      const numeric = typeof toleranceDefaults[property as ToleranceName] === 'number';
      const fits = numeric
        ? typeof value === 'number' && value >= 0
        : typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
      if (fits) return [];
      const message = `"${property}" must be ${numeric ? 'a number of at least 0' : 'text'}`;
      return [{ code: 'contract-invalid-value', message, at, hint: 'Correct the value.' }];
    }),
  );
}

function checkPatterns({ schema, base, document }: LoadedContract): readonly Problem[] {
  return schema.properties.flatMap((property, index) => {
    const pattern = property.logicalTypeOptions?.pattern;
    if (pattern === undefined) return [];
    try {
      new RegExp(pattern, 'u');
      return [];
    } catch {
      const at = document.locate([...base, 'properties', index, 'logicalTypeOptions', 'pattern'], 'value');
      return [
        {
          code: 'contract-pattern',
          message: `"${pattern}" is no regular expression`,
          at,
          hint: 'Correct the pattern.',
        },
      ];
    }
  });
}

export interface PlacedQuality {
  readonly quality: Quality;
  readonly path: readonly (string | number)[];
  readonly property?: Property;
}

/** Every quality rule with its place, those of the dataset first. */
export function eachQuality({ schema, base }: LoadedContract): readonly PlacedQuality[] {
  const own = schema.quality.map((quality, index) => ({ quality, path: [...base, 'quality', index] }));
  const columns = schema.properties.flatMap((property, at) =>
    property.quality.map((quality, index) => ({
      quality,
      property,
      path: [...base, 'properties', at, 'quality', index],
    })),
  );
  return [...own, ...columns];
}
