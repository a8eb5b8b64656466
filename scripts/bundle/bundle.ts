/** Bundles every entry into one folder: small stubs, shared chunks, workers as entries of their own. */

import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { commandTable } from '../../src/commands/table.ts';
import { renderLicenses } from './licenses.ts';

/** Worker threads are started by file name from the chunk that holds their starter, so they stand beside the chunks. */
const workers: Readonly<Record<string, string>> = {
  'hash-worker': 'src/adapters/hasher/hash-worker.ts',
  'model-worker': 'src/adapters/serving/model-worker.ts',
};

/** Resolved at run time by src/adapters/native-modules.ts: their native parts are tens of megabytes per platform. */
const native = ['@duckdb/node-api', 'onnxruntime-node'];

/** Bundled CommonJS packages call `require` for Node's own modules, which ESM does not have. */
const banner = `import{createRequire as __kitRequire}from"node:module";const require=__kitRequire(import.meta.url);`;

export interface BundleFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The files of `dist`, sorted by path; the same sources give the same bytes. */
export async function bundle(root: string): Promise<readonly BundleFile[]> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: entryPoints(root),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.13',
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    banner: { js: banner },
    alias: { buffers: './scripts/bundle/no-buffers.ts' },
    external: native,
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const files = result.outputFiles.map((file) => ({
    path: relative(join(root, 'dist'), file.path).replaceAll('\\', '/'),
    bytes: file.contents,
  }));
  const licenses = renderLicenses(root, Object.keys(result.metafile.inputs));
  files.push({ path: 'THIRD_PARTY_LICENSES', bytes: new TextEncoder().encode(licenses) });
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Replaces the folder's content. */
export function writeBundle(files: readonly BundleFile[], folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  for (const file of files) {
    mkdirSync(dirname(join(folder, file.path)), { recursive: true });
    writeFileSync(join(folder, file.path), file.bytes, { mode: file.path === 'cli.js' ? 0o755 : 0o644 });
  }
}

function entryPoints(root: string): { in: string; out: string }[] {
  const actions = commandTable
    .filter((entry) => entry.action !== false)
    .map((entry) => ({ in: `actions/${entry.name}/main.ts`, out: entry.name }));
  const threads = Object.entries(workers)
    .filter(([, path]) => existsSync(join(root, path)))
    .map(([name, path]) => ({ in: path, out: `chunks/${name}` }));
  return [
    { in: 'src/shell/cli.ts', out: 'cli' },
    { in: 'src/shell/action.ts', out: 'action' },
    { in: 'src/index.ts', out: 'index' },
    ...actions,
    ...threads,
  ];
}
