/** Reads params.yaml. */

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface Params {
  readonly prepare: { readonly train_rows: number; readonly test_rows: number; readonly first_test_days: number };
  readonly train: { readonly smoothing: number; readonly ridge: number; readonly shuffle_labels: boolean };
  readonly monitor: { readonly rows: number };
  readonly export: { readonly averaging_layers: number };
}

export function readParams(): Params {
  return parse(readFileSync('params.yaml', 'utf8')) as Params;
}
