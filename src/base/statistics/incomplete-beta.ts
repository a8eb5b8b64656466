/** The logarithm of the incomplete beta integral, for e-values of counts that no double could hold. */

import { logGamma } from './gamma.ts';

/** ln of the integral of p^(a-1) (1-p)^(b-1) from 0 to x; exact also where the integral is too small for a double. */
export function logLowerBetaIntegral(x: number, a: number, b: number): number {
  if (x <= 0) return Number.NEGATIVE_INFINITY;
  if (x >= 1) return logBetaOf(a, b);
  if (x < (a + 1) / (a + b + 2)) return logByFraction(x, a, b);
  const whole = logBetaOf(a, b);
  return whole + Math.log1p(-Math.min(1, Math.exp(logByFraction(1 - x, b, a) - whole)));
}

function logByFraction(x: number, a: number, b: number): number {
  return a * Math.log(x) + b * Math.log1p(-x) - Math.log(a) + logFraction(x, a, b);
}

/** The same from x to 1. */
export function logUpperBetaIntegral(x: number, a: number, b: number): number {
  return logLowerBetaIntegral(1 - x, b, a);
}

export function logBetaOf(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Continued fraction of the incomplete beta function by Lentz (Numerical Recipes 6.4); converges for x < (a+1)/(a+b+2). */
function logFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const guard = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return Math.log(fraction);
}
