/** Reads the header line of a CSV file, so that DuckDB is told the columns instead of guessing them from ragged rows. */

import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { KitError } from '../../base/errors.ts';

export interface CsvHeader {
  readonly delimiter: string;
  readonly names: readonly string[];
}

const limit = 4 * 1024 * 1024;
const delimiters = [',', ';', '\t', '|'] as const;

/** @throws KitError `csv-malformed` for a header that names no column, a column twice, or is no text */
export async function readCsvHeader(path: string, shown: string): Promise<CsvHeader> {
  const line = firstRecord(await readStart(path));
  const delimiter = delimiters.reduce((best, one) =>
    splitRecord(line, one).length > splitRecord(line, best).length ? one : best,
  );
  const names = splitRecord(line, delimiter);
  const malformed = (reason: string, hint: string): KitError =>
    new KitError('csv-malformed', `Cannot read CSV "${shown}": ${reason}`, {
      at: { path: shown, line: 1 },
      hint,
    });
  if (/\0|�/.test(line)) throw malformed('its first line is no UTF-8 text', 'Save the file as UTF-8 CSV.');
  const unnamed = names.findIndex((name) => name.trim() === '');
  if (unnamed >= 0)
    throw malformed(`column ${unnamed + 1} of the header has no name`, 'Give every column a name in line 1.');
  const seen = new Set<string>();
  for (const name of names) {
    // DuckDB compares column names without case.
    const key = name.toLowerCase();
    if (seen.has(key)) throw malformed(`two columns are named "${name}"`, 'Give every column a name of its own.');
    seen.add(key);
  }
  return { delimiter, names };
}

async function readStart(path: string): Promise<string> {
  const file = createReadStream(path);
  const stream = path.toLowerCase().endsWith('.gz') ? file.pipe(createGunzip()) : file;
  const decoder = new TextDecoder('utf-8');
  let text = '';
  try {
    for await (const chunk of stream) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (endOfRecord(text) >= 0 || text.length > limit) break;
    }
  } finally {
    file.destroy();
  }
  return text.replace(/^\uFEFF/, '');
}

function firstRecord(text: string): string {
  const end = endOfRecord(text);
  return (end < 0 ? text : text.slice(0, end)).replace(/\r$/, '');
}

/** Place of the first line end outside quotes. */
function endOfRecord(text: string): number {
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const c = text[index];
    if (c === '"') quoted = !quoted;
    else if (!quoted && (c === '\n' || (c === '\r' && text[index + 1] !== '\n' && index + 1 < text.length)))
      return index;
  }
  return -1;
}

function splitRecord(line: string, delimiter: string): readonly string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (const c of line) {
    if (c === '"') quoted = !quoted;
    if (c === delimiter && !quoted) {
      fields.push(field);
      field = '';
    } else field += c;
  }
  fields.push(field);
  return fields.map((one) => (/^".*"$/s.test(one) ? one.slice(1, -1).replaceAll('""', '"') : one));
}
