/** Finds the data files behind a path, folder or glob, and the one format they have. */

import { glob, readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { KitError } from '../../base/errors.ts';
import { nearestOf } from '../../base/text.ts';
import type { TableSource } from '../../ports/tables.ts';

export type TableFormat = TableSource['format'];

export interface DataFiles {
  readonly format: TableFormat;
  /** Absolute paths, sorted. */
  readonly files: readonly string[];
}

const endings: readonly (readonly [RegExp, TableFormat])[] = [
  [/\.(parquet|pq)$/i, 'parquet'],
  [/\.(csv|tsv)(\.gz)?$/i, 'csv'],
  [/\.(jsonl|ndjson)(\.gz)?$/i, 'jsonl'],
];

/** The format a file name tells, by its ending. */
export function formatOfName(name: string): TableFormat | undefined {
  return endings.find(([ending]) => ending.test(name))?.[1];
}

/** @throws KitError `dataset-missing`, `dataset-empty`, `dataset-format-unknown`, `dataset-remote` */
export async function findDataFiles(path: string, root: string): Promise<DataFiles> {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    throw new KitError('dataset-remote', `Cannot read dataset "${path}": remote paths are not read in place`, {
      hint: 'Fetch it with `mlops-kit sync-data pull` and name the local path.',
    });
  }
  const found = await listCandidates(path, root);
  const known = found.filter((file) => formatOfName(file) !== undefined).sort();
  if (known.length === 0) throw noneFound(path, found);
  const formats = new Set(known.map((file) => formatOfName(file)!));
  if (formats.size > 1) {
    throw new KitError(
      'dataset-format-unknown',
      `Cannot read dataset "${path}": it mixes ${[...formats].join(' and ')}`,
      {
        hint: 'Name files of one format with a glob, for example data/*.parquet.',
      },
    );
  }
  const sized = await Promise.all(known.map(async (file) => ({ file, size: (await stat(file)).size })));
  const empty = sized.find(({ size }) => size === 0);
  if (empty !== undefined) {
    const shown = relative(root, empty.file).split(sep).join('/');
    throw new KitError('dataset-empty', `Cannot read dataset file "${shown}": it has 0 bytes`, {
      hint: 'Write it again, or remove it from the dataset.',
      at: { path: shown },
    });
  }
  return { format: [...formats][0]!, files: known };
}

/** Absolute paths of the files; hidden ones and those that start with `_` are no data. */
async function listCandidates(path: string, root: string): Promise<readonly string[]> {
  const absolute = resolve(root, path);
  const found = await stat(absolute).catch(() => undefined);
  if (found?.isFile()) return [absolute];
  if (found?.isDirectory()) {
    const entries = await readdir(absolute, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter(
        (file) =>
          !relative(absolute, file)
            .split(sep)
            .some((part) => /^[._]/.test(part)),
      );
  }
  if (!/[*?[{]/.test(path)) throw await missing(path, root);
  const files: string[] = [];
  for await (const match of glob(path, { cwd: root })) {
    const file = isAbsolute(match) ? match : join(root, match);
    if ((await stat(file)).isFile()) files.push(file);
  }
  if (files.length === 0) throw await missing(path, root);
  return files;
}

async function missing(path: string, root: string): Promise<KitError> {
  const isGlob = /[*?[{]/.test(path);
  const folder = resolve(root, path, '..');
  const names = await readdir(folder).catch((): string[] => []);
  const nearest = isGlob ? undefined : nearestOf(path.split(/[\\/]/).at(-1)!, names);
  const pointer = names.includes(`${path.split(/[\\/]/).at(-1)}.dvc`);
  return new KitError(
    'dataset-missing',
    `Cannot read dataset "${path}": ${isGlob ? 'no file matches' : 'there is no such file or folder'}`,
    {
      hint: pointer
        ? 'It is tracked by DVC: run `mlops-kit sync-data pull`.'
        : nearest !== undefined
          ? `Did you mean "${nearest}"?`
          : 'Check the path in mlops.yaml, or run `mlops-kit sync-data pull` if it is tracked by DVC.',
    },
  );
}

function noneFound(path: string, found: readonly string[]): KitError {
  if (found.length === 0) {
    return new KitError('dataset-empty', `Cannot read dataset "${path}": the folder holds no data file`, {
      hint: 'Put Parquet, CSV or JSONL files there.',
    });
  }
  return new KitError('dataset-format-unknown', `Cannot read dataset "${path}": the format is unknown`, {
    hint: 'File names must end with .parquet, .csv, .tsv or .jsonl (.csv and .jsonl also with .gz).',
  });
}
