/** Writes every generated file: action folders, the front action, JSON Schemas, tables in Markdown, the version. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findStale, planGenerated } from './generated/plan.ts';

const root = join(import.meta.dirname, '..');
const plan = await planGenerated({ root });
const stale = findStale(plan, root);
for (const path of stale) {
  const content = plan.get(path) ?? null;
  if (content === null) rmSync(join(root, path));
  else {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  console.log(`${content === null ? 'removed' : 'wrote'} ${path}`);
}
console.log(`${plan.size} generated files, ${stale.length} changed`);
