/** Scores flights of one month whose outcome is known by now with the model that serves: `node src/score-month.ts 2001-02`. */

import { quote, writeParquet } from './duckdb.ts';
import { selectFeatures } from './features.ts';
import { readParams } from './params.ts';
import { writePredictions } from './predictions.ts';

const month = process.argv[2];
if (month === undefined) throw new Error('Usage: node src/score-month.ts <month>');

const rowsPath = `data/scored/${month}-rows.parquet`;
const path = `data/scored/${month}.parquet`;
const source = `from read_parquet(${quote(`data/flights/${month}.parquet`)})`;
await writeParquet(rowsPath, selectFeatures(source, readParams().monitor.rows));
const rows = await writePredictions(rowsPath, 'models/flight-delay.onnx', path);
console.log(`${path}: ${rows} scored flights of ${month}`);
