/** Writes numbers of reports for a reader: counts with commas, estimates with their interval. */

interface Estimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function fixed(value: number | null | undefined, digits = 3): string {
  return value === null || value === undefined ? 'unknown' : value.toFixed(digits);
}

/** `0.036 (0.031 to 0.041)` */
export function interval(estimate: Estimate, digits = 3): string {
  return `${fixed(estimate.value, digits)} (${fixed(estimate.low, digits)} to ${fixed(estimate.high, digits)})`;
}
