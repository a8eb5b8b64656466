/** Scores the test rows: with the model of this pipeline, or with the one that MLOPS_MODEL names, into MLOPS_PREDICTIONS. */

import { writePredictions } from './predictions.ts';

const modelPath = process.env.MLOPS_MODEL ?? 'models/flight-delay.onnx';
const predictionsPath = process.env.MLOPS_PREDICTIONS ?? 'eval/predictions.parquet';
const rows = await writePredictions('data/prepared/test.parquet', modelPath, predictionsPath);
console.log(`scored ${rows} rows with ${modelPath}`);
