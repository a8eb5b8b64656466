/** Turns DuckDB's errors into errors a person can fix, with the line of the data file when it is known. */

import { relative, sep } from 'node:path';
import { KitError, messageOf } from '../../base/errors.ts';

/** What an error of the engine means; anything not recognised is reported as a query that cannot run. */
export function toKitError(error: unknown, root: string): KitError {
  if (error instanceof KitError) return error;
  const text = messageOf(error);
  return (
    csvError(text, root, error) ??
    jsonError(text, root, error) ??
    parquetError(text, root, error) ??
    new KitError(codeOf(text), `Cannot run query: ${firstLine(text)}`, { hint: hintOf(text), cause: error })
  );
}

function csvError(text: string, root: string, cause: unknown): KitError | undefined {
  const line = /CSV Error on Line: (\d+)/.exec(text)?.[1];
  if (line === undefined) return undefined;
  const path = shown(/^\s*file = (.*)$/m.exec(text)?.[1] ?? '', root);
  const expected = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text);
  const conversion = /(Error when converting column [^\n]*)\n?([^\n]*)/.exec(text);
  const reason =
    expected !== null
      ? `line ${line} has ${expected[2]} fields, the header has ${expected[1]}`
      : conversion !== null
        ? `line ${line}: ${conversion[1]} ${conversion[2]}`.trim()
        : `line ${line}: ${text.split('\n').find((one, index) => index > 0 && !one.startsWith('Original Line')) ?? firstLine(text)}`;
  return new KitError('csv-malformed', `Cannot read CSV "${path}": ${reason}`, {
    at: { path, line: Number(line) },
    hint: 'Correct that line, or write the file again with every field quoted.',
    cause,
  });
}

function jsonError(text: string, root: string, cause: unknown): KitError | undefined {
  const found = /(Malformed JSON|JSON transform error) in file "(.*?)",.*? in line (\d+)[:.] ?(.*)/s.exec(text);
  if (found === null) return undefined;
  const path = shown(found[2]!, root);
  // A malformed line is counted after it was taken, so the engine's number is one too high (1.5.5).
  const line = Number(found[3]) - (found[1] === 'Malformed JSON' ? 1 : 0);
  return new KitError('jsonl-malformed', `Cannot read JSONL "${path}": line ${line}: ${firstLine(found[4]!)}`, {
    at: { path, line },
    hint: 'Each line must be one JSON object.',
    cause,
  });
}

const parquetFaults = /No magic bytes|too small to be a Parquet|TProtocolException|Parquet|parquet|snappy|Snappy|ZSTD/;

function parquetError(text: string, root: string, cause: unknown): KitError | undefined {
  if (!parquetFaults.test(text) || /^(Binder|Parser|Catalog|Permission|Conversion)/.test(text)) return undefined;
  const path = shown(/'([^'\n]*\.(?:parquet|pq))'/i.exec(text)?.[1] ?? '', root);
  const reason = /No magic bytes|too small/.test(text) ? 'it is cut off or no Parquet file' : firstLine(text);
  return new KitError('parquet-damaged', `Cannot read Parquet "${path}": ${reason}`, {
    ...(path === '' ? {} : { at: { path } }),
    hint: 'Write or download the file again; `mlops-kit sync-data verify` compares it with its hash.',
    cause,
  });
}

function codeOf(text: string): string {
  if (text.startsWith('Permission Error')) return 'query-forbidden';
  if (text.startsWith('Out of Memory')) return 'query-memory';
  return 'query-invalid';
}

function hintOf(text: string): string {
  if (text.startsWith('Permission Error')) return 'Queries reach only files of the dataset and the working directory.';
  if (text.startsWith('Out of Memory')) return 'Use a machine with more memory, or smaller windows.';
  return 'Check the column names and conditions in mlops.yaml and the data contract against the dataset.';
}

function shown(path: string, root: string): string {
  const inside = relative(root, path);
  return path === '' || inside.startsWith('..') ? path : inside.split(sep).join('/');
}

function firstLine(text: string): string {
  return text.split('\n')[0]!.trim();
}
