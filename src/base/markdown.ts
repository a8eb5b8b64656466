/** Renders untrusted text into GitHub-flavoured Markdown without letting it become markup. */

/**
 * Escapes text for Markdown running text and table cells: no HTML, links, images, mentions, headings or cell breaks survive.
 * A zero-width space after `@` and `#` keeps names from notifying people or linking issues.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/\p{Cc}/gu, '�')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~]/g, '\\$&')
    .replace(/@(?=[\p{L}\p{N}])/gu, '@\u200b');
}

/** Inline code that untrusted text cannot leave, safe in table cells as well. */
export function inlineCode(text: string): string {
  const clean = text.replace(/[\r\n]+/g, ' ').replace(/\p{Cc}/gu, '�');
  if (clean.trim() === '') return '` `';
  if (!/[`|\\]/.test(clean)) return `\`${clean}\``;
  return `<code>${clean
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/`/g, '&#96;')
    .replace(/\|/g, '&#124;')
    .replace(/\\/g, '&#92;')
    .replace(/[*_[\]~@#]/g, (c) => `&#${c.charCodeAt(0)};`)}</code>`;
}

/** A table; the cells are Markdown already (escape untrusted text first). */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * Cuts Markdown to a limit in UTF-16 code units (GitHub: comment 65,536, check output 65,535) at a line end and says so.
 */
export function cutMarkdown(markdown: string, limit: number, whole = 'the report file'): string {
  if (markdown.length <= limit) return markdown;
  const note = (lines: number): string => `\n\n_Cut here: ${lines} more lines. The whole report is in ${whole}._\n`;
  const room = limit - note(999_999_999).length;
  const cut = markdown.lastIndexOf('\n', room);
  const kept = markdown.slice(0, cut > 0 ? cut : room);
  return kept + note(markdown.slice(kept.length).split('\n').length - 1);
}
