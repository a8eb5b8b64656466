/** Builds `dist/` and prints the size of each file and of the whole. */

import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { formatBytes } from '../src/base/text.ts';
import { bundle, writeBundle } from './bundle/bundle.ts';

const root = join(import.meta.dirname, '..');
const started = performance.now();
const files = await bundle(root);
writeBundle(files, resolve(root, process.argv[2] ?? 'dist'));
for (const file of files) console.log(`${formatBytes(file.bytes.length).padStart(10)}  ${file.path}`);
const total = files.reduce((sum, file) => sum + file.bytes.length, 0);
const packed = files.reduce((sum, file) => sum + gzipSync(file.bytes).length, 0);
console.log(
  `${formatBytes(total).padStart(10)}  ${files.length} files, ${formatBytes(packed)} gzipped, ${Math.round(performance.now() - started)} ms`,
);
