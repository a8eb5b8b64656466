/** Fails when a generated file differs from what the sources say; writes nothing. */

import { join } from 'node:path';
import { findStale, planGenerated } from './generated/plan.ts';

const root = join(import.meta.dirname, '..');
const plan = await planGenerated({ root });
const stale = findStale(plan, root);
for (const path of stale) console.error(`stale: ${path}`);
if (stale.length > 0) {
  console.error(`${stale.length} generated files are stale. Run: npm run generate`);
  process.exitCode = 1;
} else console.log(`${plan.size} generated files are up to date`);
