/** Adjusts p-values for the number of tests made together. */

/** Benjamini and Hochberg (1995), step-up; controls the false discovery rate (`scipy.stats.false_discovery_control`). */
export function adjustBenjaminiHochberg(pValues: readonly number[]): readonly number[] {
  const n = pValues.length;
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[b]! - pValues[a]!);
  const adjusted = new Array<number>(n);
  let least = 1;
  order.forEach((index, position) => {
    least = Math.min(least, (pValues[index]! * n) / (n - position));
    adjusted[index] = least;
  });
  return adjusted;
}

/** Holm (1979), step-down; controls the chance of any false alarm. */
export function adjustHolm(pValues: readonly number[]): readonly number[] {
  const n = pValues.length;
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = new Array<number>(n);
  let most = 0;
  order.forEach((index, position) => {
    most = Math.max(most, Math.min(1, pValues[index]! * (n - position)));
    adjusted[index] = most;
  });
  return adjusted;
}

/** Bonferroni: each p-value times the number of tests. */
export function adjustBonferroni(pValues: readonly number[]): readonly number[] {
  return pValues.map((p) => Math.min(1, p * pValues.length));
}
