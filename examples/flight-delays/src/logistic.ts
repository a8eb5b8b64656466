/** Fits a logistic regression by Newton's method; the linear algebra is ml-matrix. */

import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { type Encoded, expit } from './encode.ts';

export interface Weights {
  readonly coefficients: readonly number[];
  readonly intercept: number;
}

const iterations = 6;

/** Maximum likelihood with an L2 penalty on the coefficients (not on the intercept). */
export function fitLogistic(encoded: Encoded, late: Uint8Array, ridge: number): Weights {
  const size = encoded.columns + 1;
  let weights = Matrix.zeros(size, 1);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const { gradient, hessian } = derivatives(encoded, late, weights.to1DArray());
    for (let a = 0; a < size - 1; a++) {
      gradient[a]! -= ridge * weights.get(a, 0);
      hessian[a * size + a]! += ridge;
    }
    const curvature = new Matrix(size, size);
    for (let a = 0; a < size; a++) {
      for (let b = 0; b <= a; b++) {
        curvature.set(a, b, hessian[a * size + b]!);
        curvature.set(b, a, hessian[a * size + b]!);
      }
    }
    const step = new CholeskyDecomposition(curvature).solve(Matrix.columnVector(gradient));
    weights = Matrix.add(weights, step);
  }
  const all = weights.to1DArray();
  return { coefficients: all.slice(0, -1), intercept: all.at(-1)! };
}

/** Probability of each row. */
export function predictLogistic(encoded: Encoded, weights: Weights): Float64Array {
  const rows = encoded.values.length / encoded.columns;
  return Float64Array.from({ length: rows }, (_, row) => {
    let z = weights.intercept;
    for (let a = 0; a < encoded.columns; a++)
      z += weights.coefficients[a]! * encoded.values[row * encoded.columns + a]!;
    return expit(z);
  });
}

/** Lower triangle of X'WX, and X'(y - p), with a last column of ones. */
function derivatives(encoded: Encoded, late: Uint8Array, weights: readonly number[]) {
  const { columns, values } = encoded;
  const size = columns + 1;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  const x = new Float64Array(size).fill(1);
  for (let row = 0; row < late.length; row++) {
    let z = weights[columns]!;
    for (let a = 0; a < columns; a++) {
      x[a] = values[row * columns + a]!;
      z += weights[a]! * x[a]!;
    }
    const p = expit(z);
    const residual = late[row]! - p;
    for (let a = 0; a < size; a++) {
      gradient[a]! += residual * x[a]!;
      const weighted = p * (1 - p) * x[a]!;
      for (let b = 0; b <= a; b++) hessian[a * size + b]! += weighted * x[b]!;
    }
  }
  return { gradient, hessian };
}
