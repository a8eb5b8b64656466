/** Quotes names and text for SQL; values that can be bound are bound instead. */

/** A name as a quoted identifier: `"a ""b"""`. */
export function quoteIdentifier(name: string): string {
  if (name.includes('\0')) throw new RangeError('an SQL identifier cannot hold a zero character');
  return `"${name.replaceAll('"', '""')}"`;
}

/** Text as an SQL literal, for the few places that take no parameter (file names in FROM). */
export function quoteText(text: string): string {
  if (text.includes('\0')) throw new RangeError('an SQL text cannot hold a zero character');
  return `'${text.replaceAll("'", "''")}'`;
}
