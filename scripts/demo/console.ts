/** Prints the demo: headings, commands with their time, facts that were asserted, and the closing table. */

const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
const paint = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
export const bold = (text: string): string => paint(1, text);
export const dim = (text: string): string => paint(2, text);
export const green = (text: string): string => paint(32, text);
export const red = (text: string): string => paint(31, text);

export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Lines of a quoted document, each behind a bar. */
export function printQuote(text: string): void {
  for (const line of text.trimEnd().split('\n')) print(`      ${dim('│')} ${line}`);
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

const longestLine = 150;

/** Shows a command at once on a terminal, with the time that runs; `stop` gives the time in milliseconds and clears the line. */
export function startTicker(command: string): { stop(): number } {
  const from = performance.now();
  const show = () => process.stdout.write(`\r    ${command} ${dim(seconds(performance.now() - from))}\u001b[K`);
  const timer = process.stdout.isTTY === true ? setInterval(show, 100) : undefined;
  return {
    stop() {
      clearInterval(timer);
      if (timer !== undefined) process.stdout.write('\r\u001b[K');
      return performance.now() - from;
    },
  };
}

/** A command with what came of it, on one line where there is room. */
export function printCommand(command: string, said: string, milliseconds: number): void {
  const time = dim(`(${seconds(milliseconds)})`);
  const fits = command.length + said.length + 18 <= longestLine;
  if (fits) print(`    ${bold(command)}  ${said} ${time}`);
  else print(`    ${bold(command)}\n      ${said} ${time}`);
}

/** Columns padded to their widest cell; the last one is not padded. */
export function formatTable(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join('  '),
  );
}
