/** Measures cold starts of the bundles in `dist/`, process start included; prints the median of ten each. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const cli = join(import.meta.dirname, '..', 'dist', 'cli.js');
const folder = mkdtempSync(join(tmpdir(), 'mlops-bench-'));
writeFileSync(join(folder, 'mlops.yaml'), 'version: 1\ndatasets:\n  rows: {path: rows.csv}\n');
const rows = Array.from({ length: 1000 }, (_, index) => `${index},${(index * 37) % 101},${['a', 'b', 'c'][index % 3]}`);
writeFileSync(join(folder, 'rows.csv'), `id,value,kind\n${rows.join('\n')}\n`);
spawnSync('git', ['init', '-q', folder]);

const run = (...args: string[]) => spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8' });

/** Milliseconds of the median of ten runs after one that fills the compile cache. */
function measure(...args: string[]): void {
  const first = performance.now();
  const warm = run(...args);
  const cold = performance.now() - first;
  const times = Array.from({ length: 10 }, () => {
    const started = performance.now();
    run(...args);
    return performance.now() - started;
  }).sort((a, b) => a - b);
  const shown = `${args.join(' ').padEnd(24)} median ${((times[4]! + times[5]!) / 2).toFixed(0)} ms, first ${cold.toFixed(0)} ms`;
  console.log(`${shown}, exit code ${warm.status}`);
  if (warm.status === 2 || warm.status === 70) console.log(warm.stderr);
}

measure('--version');
measure('--help');
measure('config');
// The first run writes the contract and profile that the measured runs check against.
run('validate-data', '--infer');
measure('validate-data');
rmSync(folder, { recursive: true });
