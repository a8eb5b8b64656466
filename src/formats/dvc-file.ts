/** A `.dvc` file: the content addresses of data that is tracked by hand. */

import { parseDocument } from 'yaml';
import { z } from 'zod';
import { DvcEntry } from './dvc-entry.ts';
import { formatDvcYaml } from './dvc-yaml-text.ts';
import type { PythonMap } from './python-value.ts';
import { parseYaml } from './yaml-document.ts';

export const DvcFile = z.strictObject({
  md5: z.string().optional(),
  wdir: z.string().optional(),
  deps: z.array(DvcEntry.partial({ path: true })).optional(),
  outs: z.array(DvcEntry).min(1),
  locked: z.boolean().optional(),
  frozen: z.boolean().optional(),
  meta: z.unknown().optional(),
  always_changed: z.boolean().optional(),
  desc: z.string().nullish(),
});
export type DvcFile = z.infer<typeof DvcFile>;

/** @throws KitError `dvc-file-*` with every problem and its place */
export function parseDvcFile(text: string, path: string): DvcFile {
  return parseYaml(text, path, { schema: DvcFile, code: 'dvc-file', noun: '.dvc file' }).value;
}

export interface DvcFileOutput {
  readonly path: string;
  readonly md5: string;
  readonly size: number;
  readonly nfiles?: number;
  readonly isexec?: boolean;
}

/** The text of a new .dvc file, keys in DVC's order. */
export function formatDvcFile(output: DvcFileOutput): string {
  return formatDvcYaml({ outs: [outputMap(output)] });
}

/** An existing .dvc file with another content address; comments, order and all other keys stay. */
export function updateDvcFile(text: string, output: DvcFileOutput): string {
  const document = parseDocument(text);
  const outs = parseDvcFile(text, output.path).outs;
  const index = outs.findIndex((one) => one.path === output.path);
  const fresh = outputMap(output);
  for (const key of ['md5', 'size', 'nfiles', 'isexec', 'hash']) {
    if (fresh[key] === undefined) document.deleteIn(['outs', index, key]);
    else document.setIn(['outs', index, key], fresh[key]);
  }
  return document.toString({ indentSeq: false, singleQuote: true, lineWidth: 0, nullStr: '' });
}

function outputMap(output: DvcFileOutput): PythonMap {
  return {
    md5: output.md5,
    size: output.size,
    ...(output.nfiles === undefined ? {} : { nfiles: output.nfiles }),
    ...(output.isexec === true ? { isexec: true } : {}),
    hash: 'md5',
    path: output.path,
  };
}
