/** Writes predictions beside the outcome and what they are sliced by. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quote, writeParquet } from './duckdb.ts';
import { readFlights } from './flights.ts';
import { score } from './score.ts';

/** Scores the prepared rows with a model file; resolves to their number. */
export async function writePredictions(rowsPath: string, modelPath: string, path: string): Promise<number> {
  const flights = await readFlights(rowsPath);
  const scores = await score(modelPath, flights);
  const folder = mkdtempSync(join(tmpdir(), 'predict-'));
  try {
    const scored = join(folder, 'scores.csv');
    writeFileSync(scored, `id,p_late\n${flights.id.map((id, row) => `${id},${scores[row]}`).join('\n')}\n`);
    await writeParquet(
      path,
      `select id, date, late, p_late, origin, destination
       from ${quote(rowsPath)} join read_csv(${quote(scored)}, columns = {'id': 'bigint', 'p_late': 'float'}) using (id)
       order by id`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
  return flights.rows;
}
