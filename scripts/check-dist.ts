/** Fails when `dist/` differs from what the sources build; writes nothing. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle/bundle.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'dist');
const built = new Map((await bundle(root)).map((file) => [file.path, Buffer.from(file.bytes)]));
const committed = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
const wrong = [
  ...committed.filter((path) => !built.has(path)).map((path) => `not built: ${path}`),
  ...[...built].flatMap(([path, bytes]) => {
    if (!committed.includes(path)) return [`missing: ${path}`];
    return bytes.equals(readFileSync(join(folder, path))) ? [] : [`differs: ${path}`];
  }),
];
for (const line of wrong) console.error(line);
if (wrong.length > 0) {
  console.error(`dist/ is stale in ${wrong.length} files. Run: npm run build`);
  process.exitCode = 1;
} else console.log(`dist/ is up to date: ${built.size} files`);
