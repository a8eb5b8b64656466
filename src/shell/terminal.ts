/** Renders the Markdown of a result for a terminal: aligned tables, no escapes, bold and colour where the terminal has them. */

export interface TerminalOptions {
  readonly color: boolean;
}

/** Handles what the kit's own renderers write: headings, tables, lists, emphasis, code, links, folds and escaped text. */
export function renderForTerminal(markdown: string, options: TerminalOptions): string {
  const lines = markdown.replace(/<\/?(details|summary|sub|sup|br ?\/?)[^>]*>/g, '').split('\n');
  const out: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    if (line.startsWith('|') && /^\|[\s:|-]+\|\s*$/.test(lines[index + 1] ?? '')) {
      const end = lines.findIndex((next, at) => at > index && !next.startsWith('|'));
      const rows = lines.slice(index, end === -1 ? undefined : end);
      out.push(...renderTable(rows, options));
      index += rows.length - 1;
    } else out.push(renderLine(line, options));
  }
  return `${out
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}

function renderLine(line: string, options: TerminalOptions): string {
  const heading = /^#{1,6} (.*)$/.exec(line);
  if (heading !== null) return bold(renderInline(heading[1]!, { color: false }), options);
  return renderInline(line, options);
}

function renderTable(rows: readonly string[], options: TerminalOptions): readonly string[] {
  const cells = rows
    .filter((_, index) => index !== 1)
    .map((row) => cellsOf(row).map((cell) => renderInline(cell, { color: false })));
  const widths = cells.reduce<number[]>((all, row) => {
    for (const [index, cell] of row.entries()) all[index] = Math.max(all[index] ?? 0, cell.length);
    return all;
  }, []);
  return cells.map((row, index) => {
    const text = row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
    return index === 0 ? bold(text, options) : text;
  });
}

function cellsOf(row: string): readonly string[] {
  return row
    .replace(/^\|\s?/, '')
    .replace(/\s?\|\s*$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** Code spans are taken out first, so that nothing inside them is read as emphasis. */
function renderInline(text: string, options: TerminalOptions): string {
  const kept: string[] = [];
  const keep = (value: string): string => `\u0000${kept.push(value) - 1}\u0000`;
  const plain = text
    .replace(/\p{Cc}/gu, ' ')
    .replace(/\\([\\`*_{}[\]()#+!|~<>-])/g, (_, escaped: string) => keep(escaped))
    .replace(/<code>(.*?)<\/code>|`([^`]+)`/g, (_, html?: string, ticks?: string) =>
      keep(color(ticks ?? decode(html ?? ''), options)),
    )
    .replace(/!?\[([^\]]*)\]\(([^)]*)\)/g, '$1 ($2)')
    .replace(/\*\*(.+?)\*\*/g, (_, inner: string) => bold(inner, options))
    .replace(/(?<![\p{L}\p{N}_])_(.+?)_(?![\p{L}\p{N}_])/gu, '$1');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL marks the kept pieces; it was removed from the text before.
  return decode(plain).replace(/\u0000(\d+)\u0000/g, (_, index: string) => kept[Number(index)] ?? '');
}

function decode(text: string): string {
  return text
    .replace(/\u200b/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => {
      const character = String.fromCodePoint(Math.min(Number(code), 0x10ffff));
      return /\p{Cc}/u.test(character) ? '' : character;
    })
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}

function bold(text: string, options: TerminalOptions): string {
  return options.color ? `\u001b[1m${text}\u001b[22m` : text;
}

function color(text: string, options: TerminalOptions): string {
  return options.color ? `\u001b[36m${text}\u001b[39m` : text;
}
