/** Renders untrusted text into GitHub-flavoured Markdown without letting it become markup. */

const zeroWidth = '\u200b';

/**
 * Escapes text for Markdown running text and table cells: no HTML, link, image, mention, math, heading, list or cell break survives.
 * Zero-width spaces keep names from notifying people, numbers from linking issues and addresses from becoming links; GitHub looks for
 * these in the rendered text, where a backslash would be gone.
 */
export function escapeMarkdown(text: string): string {
  return clean(text)
    .trimStart()
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~]/g, '\\$&')
    .replace(/^([-=])(?=[-=\s]|$)/, '\\$1')
    .replace(/^(\d{1,9})\.(?=\s|$)/, '$1\\.')
    .replace(/[@#]/g, `$&${zeroWidth}`)
    .replace(/(https?|ftp|mailto|xmpp):/gi, `$1${zeroWidth}:`)
    .replace(/(www)\./gi, `$1${zeroWidth}.`)
    .replace(/(gh)-(?=\d)/gi, `$1${zeroWidth}-`)
    .replace(/\$/g, '&#36;');
}

/** Inline code that untrusted text cannot leave, safe in table cells as well. */
export function inlineCode(text: string): string {
  const code = clean(text);
  if (code.trim() === '') return '` `';
  if (!/[`|\\$]/.test(code)) return `\`${code}\``;
  // GitHub looks for mentions and issue numbers outside <code> only; all that Markdown would read in it becomes an entity.
  return `<code>${code.replace(/[&<>`|\\*_[\]()!~@#$:.]/g, (c) => `&#${c.charCodeAt(0)};`)}</code>`;
}

/** One line of well-formed text; control characters and those that turn the direction of text show as U+FFFD. */
function clean(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\r\n\t\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/** A table; the cells are Markdown already (escape untrusted text first). */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/\s*[\r\n]+\s*/g, ' ')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * Cuts Markdown to a limit in UTF-16 code units (GitHub: comment 65,536, check output 65,535) at a line end and says so. A code block or
 * folded part that the cut leaves open is closed.
 */
export function cutMarkdown(markdown: string, limit: number, whole = 'the report file'): string {
  if (markdown.length <= limit) return markdown;
  const note = (lines: number): string => `\n\n_Cut here: ${lines} more lines. The whole report is in ${whole}._\n`;
  for (let room = limit - note(999_999_999).length; room > 0; room -= 200) {
    const end = markdown.lastIndexOf('\n', room);
    const kept = markdown.slice(0, end > 0 ? end : room).replace(/[\ud800-\udbff]$/, '');
    const cut = closeMarkdown(kept) + note(markdown.slice(kept.length).split('\n').length - 1 || 1);
    if (cut.length <= limit) return cut;
  }
  return note(markdown.split('\n').length).trim().slice(0, Math.max(0, limit));
}

/** Ends a code block and folded parts that are still open, so that what follows is not inside them. */
export function closeMarkdown(markdown: string): string {
  let fence: string | undefined;
  let depth = 0;
  for (const line of markdown.split('\n')) {
    const next = fenceAfter(line, fence);
    if (fence === undefined && next === undefined)
      for (const [tag] of line.matchAll(/^\s*<details(?: open)?>|<\/details>\s*$/g))
        depth = Math.max(0, depth + (tag.includes('/') ? -1 : 1));
    fence = next;
  }
  return [markdown, ...(fence === undefined ? [] : [fence]), ...Array<string>(depth).fill('\n</details>')].join('\n');
}

/** The open fence after a line (CommonMark 4.5), or undefined outside of code blocks. */
export function fenceAfter(line: string, open: string | undefined): string | undefined {
  const match = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
  if (match === null) return open;
  const [, run = '', rest = ''] = match;
  if (open === undefined) return run.startsWith('`') && rest.includes('`') ? undefined : run;
  return run[0] === open[0] && run.length >= open.length && rest.trim() === '' ? undefined : open;
}
