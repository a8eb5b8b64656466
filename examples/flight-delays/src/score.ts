/** Scores flights with an ONNX model file, as a server would. */

import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Flights } from './flights.ts';

const batch = 10_000;

/** Probability of each row to be late. */
export async function score(modelPath: string, flights: Flights): Promise<Float32Array> {
  const session = await InferenceSession.create(modelPath, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const scores = new Float32Array(flights.rows);
  for (let from = 0; from < flights.rows; from += batch) {
    const to = Math.min(from + batch, flights.rows);
    const shape = [to - from];
    const integers = (values: Uint8Array) =>
      new Tensor('int64', BigInt64Array.from(values.subarray(from, to), BigInt), shape);
    const results = await session.run({
      origin: new Tensor('string', flights.origin.slice(from, to), shape),
      destination: new Tensor('string', flights.destination.slice(from, to), shape),
      distance: new Tensor('float32', flights.distance.slice(from, to), shape),
      hour: integers(flights.hour),
      minute: integers(flights.minute),
      weekday: integers(flights.weekday),
    });
    scores.set(results.p_late!.data as Float32Array, from);
  }
  await session.release();
  return scores;
}
