/** What a check is: what is counted, the limit on the count, and where the rule stands in the contract. */

import type { operatorNames } from '../../formats/contract.ts';

export type KeyPath = readonly (string | number)[];

export type Measure =
  /** Rows where a condition holds; `simple` ones compare one column with a constant, so that Parquet can skip row groups. */
  | { readonly kind: 'where'; readonly sql: string; readonly simple: boolean }
  /** Rows that repeat an earlier row in these columns. */
  | { readonly kind: 'duplicates'; readonly columns: readonly string[] }
  | { readonly kind: 'rows' };

export interface Limit {
  readonly operator: (typeof operatorNames)[number];
  readonly value: number | readonly [number, number];
  readonly unit: 'rows' | 'percent';
}

export type Severity = 'error' | 'warning' | 'note';

export interface PlannedCheck {
  readonly id: string;
  readonly column?: string;
  readonly rule: string;
  readonly severity: Severity;
  /** Where the rule stands in the contract. */
  readonly path: KeyPath;
  readonly measure: Measure;
  readonly limit: Limit;
  /** Completes "must": `be at least 0`. */
  readonly must: string;
  readonly hint: string;
}

export interface SkippedRule {
  readonly column?: string;
  readonly rule: string;
  readonly reason: string;
  readonly path: KeyPath;
  /** False when its author marked it as information only. */
  readonly open: boolean;
}

/** A check before it has an id. */
export type Draft = Omit<PlannedCheck, 'id'>;
