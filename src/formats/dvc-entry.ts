/** One dependency or output as .dvc files and dvc.lock hold it: a path with its content address. */

import { z } from 'zod';

const md5 = z
  .string()
  .regex(/^[0-9a-f]{32}(\.dir)?$/, 'must be 32 lower-case hex digits, with ".dir" after them for a folder');

export const DvcEntry = z.looseObject({
  path: z.string().min(1),
  /** `md5` since DVC 3; an entry without it is of an older DVC and hashed with line ends made Unix. */
  hash: z.string().optional(),
  md5: md5.optional(),
  size: z.int().min(0).optional(),
  nfiles: z.int().min(0).optional(),
  isexec: z.boolean().optional(),
  cache: z.boolean().optional(),
  persist: z.boolean().optional(),
  push: z.boolean().optional(),
  remote: z.string().nullish(),
  files: z.array(z.unknown()).optional(),
});
export type DvcEntry = z.infer<typeof DvcEntry>;

/** Whether the entry was written before DVC 3. */
export function isLegacyEntry(entry: Pick<DvcEntry, 'hash' | 'md5'>): boolean {
  return entry.md5 !== undefined && entry.hash === undefined;
}
