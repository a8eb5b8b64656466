/** Trains on the prepared rows, and writes the model as ONNX and the metrics of the fit. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { fitEncoder } from './encode.ts';
import { readFlights } from './flights.ts';
import { fitLogistic, predictLogistic } from './logistic.ts';
import { modelToOnnx } from './model-to-onnx.ts';
import { readParams } from './params.ts';

const params = readParams();
const flights = await readFlights('data/prepared/train.parquet');
const late = params.train.shuffle_labels ? shuffled(flights.late) : flights.late;
const { encoder, encoded } = fitEncoder(flights, late, params.train.smoothing);
const weights = fitLogistic(encoded, late, params.train.ridge);
const outOfFold = predictLogistic(encoded, weights);
if (!outOfFold.every(Number.isFinite)) throw new Error('Cannot train: some predictions are not finite');

mkdirSync('models', { recursive: true });
mkdirSync('metrics', { recursive: true });
writeFileSync('models/flight-delay.onnx', modelToOnnx(encoder, weights, params.export.averaging_layers));
const metrics = {
  rows: flights.rows,
  'share-late': round(mean(flights.late)),
  'log-loss': round(logLoss(late, outOfFold)),
  airports: encoder.airports.length - 1,
};
writeFileSync('metrics/train.json', `${JSON.stringify(metrics, null, 2)}\n`);
console.log(`trained on ${metrics.rows} rows, log-loss ${metrics['log-loss']}`);

/** Fisher-Yates with a fixed linear congruential generator, so that a repeat gives the same model. */
function shuffled(labels: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(labels);
  let state = 2001;
  for (let last = copy.length - 1; last > 0; last--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (last + 1));
    [copy[last], copy[other]] = [copy[other]!, copy[last]!];
  }
  return copy;
}

function logLoss(labels: Uint8Array, scores: Float64Array): number {
  let sum = 0;
  labels.forEach((label, row) => {
    sum -= Math.log(label === 1 ? scores[row]! : 1 - scores[row]!);
  });
  return sum / labels.length;
}

function mean(values: Uint8Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function round(value: number): number {
  return Number(value.toFixed(6));
}
