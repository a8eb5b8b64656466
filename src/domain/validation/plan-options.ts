/** The checks that `logicalTypeOptions` of a column ask for: ranges, lengths, multiples, patterns, widths. */

import { quoteText } from '../../base/sql.ts';
import type { Property } from '../../formats/contract.ts';
import { isNumeric, type TypedColumn } from './columns.ts';
import type { Draft, KeyPath, SkippedRule } from './planned-check.ts';

export type Make = (rule: string, key: KeyPath, sql: string, must: string, hint: string, simple?: boolean) => Draft;

const ranges = [
  ['minimum', '<', 'be at least'],
  ['maximum', '>', 'be at most'],
  ['exclusiveMinimum', '<=', 'be over'],
  ['exclusiveMaximum', '>=', 'be under'],
] as const;

export function optionChecks(
  property: Property,
  column: TypedColumn,
  path: KeyPath,
  unusable: ReadonlySet<string>,
  make: Make,
): readonly (Draft | SkippedRule)[] {
  const options = property.logicalTypeOptions ?? {};
  const at = (key: string): KeyPath => ['logicalTypeOptions', key];
  const skip = (key: string, reason: string): SkippedRule => ({
    column: property.name,
    rule: key,
    reason,
    path: [...path, ...at(key)],
    open: true,
  });
  const drafts: (Draft | SkippedRule)[] = [];
  for (const [key, operator, words] of ranges) {
    const bound = options[key];
    if (bound === undefined) continue;
    const literal = boundLiteral(bound, column);
    if (literal === undefined) drafts.push(skip(key, `${JSON.stringify(bound)} is no ${column.logicalType}`));
    else
      drafts.push(
        make(
          'range',
          at(key),
          `${column.value} ${operator} ${literal}`,
          `${words} ${bound}`,
          `Correct the values, or move ${key} in the contract.`,
          column.value === column.raw,
        ),
      );
  }
  const length = `length(${column.value})`;
  const text = column.logicalType === 'string';
  if (options.minLength !== undefined && text)
    drafts.push(
      make(
        'length',
        at('minLength'),
        `${length} < ${options.minLength}`,
        `have at least ${options.minLength} characters`,
        'Correct the values, or change minLength in the contract.',
      ),
    );
  if (options.maxLength !== undefined && text)
    drafts.push(
      make(
        'length',
        at('maxLength'),
        `${length} > ${options.maxLength}`,
        `have at most ${options.maxLength} characters`,
        'Correct the values, or change maxLength in the contract.',
      ),
    );
  if (options.multipleOf !== undefined && isNumeric(column)) {
    const ratio = `(CAST(${column.value} AS DOUBLE) / ${options.multipleOf})`;
    drafts.push(
      make(
        'multiple-of',
        at('multipleOf'),
        `abs(${ratio} - round(${ratio})) > 1e-9 * greatest(1, abs(${ratio}))`,
        `be a multiple of ${options.multipleOf}`,
        'Correct the values, or change multipleOf in the contract.',
      ),
    );
  }
  if (options.pattern !== undefined) {
    if (!text) drafts.push(skip('pattern', `a ${column.logicalType} has no pattern`));
    else if (unusable.has(options.pattern)) drafts.push(skip('pattern', 'the engine (RE2) has no such construct'));
    else
      drafts.push(
        make(
          'pattern',
          at('pattern'),
          unmatched(column.value, options.pattern),
          `match ${options.pattern}`,
          'Correct the values, or widen the pattern in the contract.',
        ),
      );
  }
  drafts.push(...formatCheck(options.format, column, make, skip));
  for (const key of ['maxProperties', 'minProperties', 'required', 'maxItems', 'minItems', 'uniqueItems'] as const)
    if (options[key] !== undefined) drafts.push(skip(key, `${key} is not evaluated`));
  for (const key of ['minLength', 'maxLength'] as const)
    if (options[key] !== undefined && !text) drafts.push(skip(key, `a ${column.logicalType} has no length`));
  return drafts;
}

/** Widths of whole numbers are ranges; widths of floats only inform; the rest is not evaluated. */
function formatCheck(
  format: string | undefined,
  column: TypedColumn,
  make: Make,
  skip: (key: string, reason: string) => SkippedRule,
): readonly (Draft | SkippedRule)[] {
  if (format === undefined || /^f(32|64)$/.test(format)) return [];
  const width = /^([iu])(8|16|32|64)$/.exec(format);
  if (width === null || !isNumeric(column))
    return [skip('format', `format ${JSON.stringify(format)} is not evaluated`)];
  const bits = BigInt(width[2]!);
  const [low, high] = width[1] === 'u' ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
  return [
    make(
      'range',
      ['logicalTypeOptions', 'format'],
      `${column.value} < ${low} OR ${column.value} > ${high}`,
      `fit into ${format}`,
      'Correct the values, or change format in the contract.',
    ),
  ];
}

function boundLiteral(bound: number | string, column: TypedColumn): string | undefined {
  if (isNumeric(column)) {
    const number = typeof bound === 'number' ? bound : Number(bound);
    return Number.isFinite(number) && bound !== '' ? String(number) : undefined;
  }
  if (!['date', 'timestamp', 'time'].includes(column.logicalType) || typeof bound !== 'string') return undefined;
  if (column.logicalType === 'time')
    return /^\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(bound) ? `TIME ${quoteText(bound)}` : undefined;
  if (!/^\d{4}-\d\d-\d\d/.test(bound) || Number.isNaN(Date.parse(bound))) return undefined;
  return `TIMESTAMP ${quoteText(bound.replace('T', ' ').replace(/Z$/, ''))}`;
}

/** A pattern with both ends fixed and no alternative is matched as a whole, which the engine does six times faster. */
export function unmatched(value: string, pattern: string): string {
  const whole = /^\^[^|]*[^\\|]\$$/.test(pattern) ? 'regexp_full_match' : 'regexp_matches';
  return `NOT ${whole}(${value}, ${quoteText(pattern)})`;
}
