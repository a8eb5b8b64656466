/** Small text rules shared by messages: the nearest known word, plurals, sizes and shortening. */

/** Levenshtein distance in code units, two-row form. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, change));
    }
    previous = row;
  }
  return previous[b.length]!;
}

/** The known word nearest to `word`, or undefined when none is within a third of its length (at least 2). */
export function nearestOf(word: string, known: Iterable<string>): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `1 row`, `2 rows`; `many` overrides the plural. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** 1234567 as `1,234,567`. */
export function formatCount(count: number): string {
  // The first use of a locale costs 20 ms; whole numbers do not need it.
  if (!Number.isSafeInteger(count)) return count.toLocaleString('en-US');
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Bytes in binary units: `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  // 1023.95 KiB would show as 1024.0.
  while (value >= (unit === 0 ? 1024 : 1023.95) && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
}

/** At most `limit` significant digits without exponent noise: 0.6957, 12.4, 1,234. Not-finite numbers are shown as `n/a`. */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return 'n/a';
  const rounded = Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(digits));
  // Adding 0 takes the sign off -0.
  if (Number.isInteger(value) || Number.isInteger(rounded))
    return formatCount((Number.isInteger(value) ? value : rounded) + 0);
  return String(rounded);
}
