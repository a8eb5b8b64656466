/** Scores the test rows: with the model of this pipeline, or with the one that MLOPS_MODEL names, into MLOPS_PREDICTIONS. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quote, writeParquet } from './duckdb.ts';
import { readFlights } from './flights.ts';
import { score } from './score.ts';

const rows = 'data/prepared/test.parquet';
const modelPath = process.env.MLOPS_MODEL ?? 'models/flight-delay.onnx';
const predictionsPath = process.env.MLOPS_PREDICTIONS ?? 'eval/predictions.parquet';

const flights = await readFlights(rows);
const scores = await score(modelPath, flights);
const folder = mkdtempSync(join(tmpdir(), 'predict-'));
try {
  const scored = join(folder, 'scores.csv');
  writeFileSync(scored, `id,p_late\n${flights.id.map((id, row) => `${id},${scores[row]}`).join('\n')}\n`);
  await writeParquet(
    predictionsPath,
    `select id, date, late, p_late, origin, destination
     from ${quote(rows)} join read_csv(${quote(scored)}, columns = {'id': 'bigint', 'p_late': 'float'}) using (id)
     order by id`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`scored ${flights.rows} rows with ${modelPath}`);
