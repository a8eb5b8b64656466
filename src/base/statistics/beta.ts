/** The regularised incomplete beta function and what follows from it: Student t, F and binomial tails and quantiles. */

import { deviancePart, logGamma, stirlingError } from './gamma.ts';

const epsilon = 2 ** -53;

/** I_x(a, b), the lower regularised incomplete beta function (`scipy.special.betainc`), a and b > 0. */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (!(a > 0) || !(b > 0) || !(x >= 0 && x <= 1)) return Number.NaN;
  return incompleteBeta(x, 1 - x, a, b);
}

/** Takes x and its complement y apart, because 1 - x loses digits where one of them is tiny. */
function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x === 0) return 0;
  if (y === 0) return 1;
  // The fraction converges fast on this side of the mean only.
  if (x > (a + 1) / (a + b + 2)) return 1 - betaFraction(y, x, b, a);
  return betaFraction(x, y, a, b);
}

/** DLMF 8.17.22 by the modified Lentz method. */
function betaFraction(x: number, y: number, a: number, b: number): number {
  const tiny = 1e-300;
  const guard = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m < 100_000; m++) {
    const m2 = 2 * m;
    const even = (m * (b - m) * x) / ((a + m2 - 1) * (a + m2));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + m2) * (a + m2 + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) < 2 * epsilon) break;
  }
  return Math.min(1, (betaPrefix(x, y, a, b) * h) / a);
}

/** x^a y^b / B(a, b); by Loader's saddle-point form when a and b are not small. */
function betaPrefix(x: number, y: number, a: number, b: number): number {
  const n = a + b;
  if (a < 1 || b < 1) return Math.exp(a * Math.log(x) + b * Math.log(y) + logGamma(n) - logGamma(a) - logGamma(b));
  const log = stirlingError(n) - stirlingError(a) - stirlingError(b) - deviancePart(a, n * x) - deviancePart(b, n * y);
  return Math.exp(log) * Math.sqrt((a * b) / (2 * Math.PI * n));
}

/** P(T > t) of Student's t with `df` degrees of freedom (`scipy.stats.t.sf`). */
export function studentTSf(t: number, df: number): number {
  if (df === Number.POSITIVE_INFINITY || !(df > 0)) return Number.NaN;
  const square = t * t;
  const tail = incompleteBeta(df / (df + square), square / (df + square), df / 2, 0.5) / 2;
  return t >= 0 ? tail : 1 - tail;
}

/** P(|T| >= |t|). */
export function studentTTwoSided(t: number, df: number): number {
  const square = t * t;
  return incompleteBeta(df / (df + square), square / (df + square), df / 2, 0.5);
}

/** t with P(T <= t) = p (`scipy.stats.t.ppf`). */
export function studentTQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1) || !(df > 0)) return Number.NaN;
  if (p === 0.5) return 0;
  const tail = Math.min(p, 1 - p);
  const t = bisect((value) => studentTSf(value, df) - tail, 0, 1);
  return p < 0.5 ? -t : t;
}

/** P(F > f) with `df1` and `df2` degrees of freedom (`scipy.stats.f.sf`). */
export function fSf(f: number, df1: number, df2: number): number {
  if (f <= 0) return 1;
  const sum = df2 + df1 * f;
  return incompleteBeta(df2 / sum, (df1 * f) / sum, df2 / 2, df1 / 2);
}

/** P(X <= k) of a binomial (`scipy.stats.binom.cdf`). */
export function binomialCdf(k: number, n: number, p: number): number {
  const whole = Math.floor(k);
  if (whole < 0) return 0;
  if (whole >= n) return 1;
  return incompleteBeta(1 - p, p, n - whole, whole + 1);
}

/** P(X > k) of a binomial (`scipy.stats.binom.sf`). */
export function binomialSf(k: number, n: number, p: number): number {
  const whole = Math.floor(k);
  if (whole < 0) return 1;
  if (whole >= n) return 0;
  return incompleteBeta(p, 1 - p, whole + 1, n - whole);
}

/** x with I_x(a, b) = p (`scipy.stats.beta.ppf`). */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0 || p === 1) return p;
  return bisect((x) => p - regularizedBeta(x, a, b), 0, 1, 1);
}

/** Root of a falling function that starts positive at `low`; `high` is doubled until past the root, but not beyond `most`. */
function bisect(f: (x: number) => number, low: number, high: number, most = Number.MAX_VALUE): number {
  let [left, right] = [low, high];
  while (f(right) > 0 && right < most) [left, right] = [right, right * 2];
  for (let i = 0; i < 1100; i++) {
    const middle = left + (right - left) / 2;
    if (middle === left || middle === right) break;
    if (f(middle) > 0) left = middle;
    else right = middle;
  }
  return left + (right - left) / 2;
}
