/** Converts Markdown from an unprivileged job into Markdown that cannot notify, load, link off https, or break out of its part. */

import { closeMarkdown, fenceAfter } from './markdown.ts';

const zeroWidth = '\u200b';

/**
 * Keeps tables, lists, emphasis, code, https links, folded parts and a few plain tags. Everything else loses its meaning by a zero-width
 * space, which shows the same inside code; so no rule depends on guessing whether GitHub takes a place for code.
 * Headings sink two levels. Fences and folded parts stand at the line start after a blank line, where Markdown reads them in no other way,
 * so that what is left open is known and closed at the end.
 */
export function sanitizeMarkdown(markdown: string): string {
  const out: string[] = [];
  let fence: string | undefined;
  let depth = 0;
  for (const raw of cleanLines(markdown)) {
    const next = fenceAfter(raw, fence);
    if (fence === undefined && next !== undefined) out.push('', next + languageOf(raw, next));
    else if (fence !== undefined && next === undefined) out.push(fence);
    else if (fence !== undefined) out.push(neutralize(raw));
    else {
      const folded = foldLine(raw, depth);
      depth = folded?.depth ?? depth;
      out.push(...(folded?.lines ?? [sanitizeLine(raw)]));
    }
    fence = next;
  }
  return closeMarkdown(out.join('\n'));
}

function cleanLines(markdown: string): readonly string[] {
  return markdown
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
    .split('\n');
}

/** Only plain language names: `mermaid`, `geojson` and the like load a viewer. */
function languageOf(line: string, fence: string): string {
  const name = line.trim().slice(fence.length).trim();
  return /^(json|yaml|yml|sh|bash|diff|text|csv|sql|python|ts|js)$/.test(name) ? name : '';
}

interface FoldedLine {
  readonly lines: readonly string[];
  readonly depth: number;
}

/** A line made of nothing but details and summary tags; undefined for any other line. */
function foldLine(line: string, depth: number): FoldedLine | undefined {
  const match = /^\s*(<details(?: open)?>)?\s*(?:<summary>(.*)<\/summary>)?\s*(<\/details>)?\s*$/i.exec(line);
  if (match === null) return undefined;
  const [, open, summary, close] = match;
  if (open === undefined && summary === undefined && close === undefined) return undefined;
  const after = depth + (open === undefined ? 0 : 1);
  const lines = [''];
  if (open !== undefined) lines.push(open.toLowerCase());
  if (summary !== undefined && after > 0) lines.push(`<summary>${neutralize(summary)}</summary>`);
  if (summary !== undefined && after === 0) lines.push(sanitizeLine(summary));
  if (close !== undefined && after > 0) lines.push('', '</details>');
  lines.push('');
  return { lines, depth: close === undefined ? after : Math.max(0, after - 1) };
}

function sanitizeLine(line: string): string {
  const text = neutralize(line.replace(/(`{3,}|~{3,})/g, (run) => [...run].join(zeroWidth)));
  if (/^\s*(=+|-+)\s*$/.test(text)) return '';
  return text.replace(/^ {0,3}(#{1,6})(?=\s|$)/, (_, marks: string) => '#'.repeat(Math.min(6, marks.length + 2)));
}

const tagPair = /<(code|b|i|em|strong|sub|sup|kbd)>[^<`]*<\/\1>|<br\s*\/?>/gi;
const entity = /^&(?:amp|lt|gt|quot|nbsp|#(?:3[3-9]|4[0-9]|58|60|62|64|9[1-6]|12[3-6]));/;

const httpsTarget = /(\]\(https:\/\/[^\s()<>`\\]*\))/;

/** Takes the meaning from tags, images, mentions, issue numbers, entities that hide them, and links that do not lead to https. */
function neutralize(line: string): string {
  // Where a link leads is left as it is: in a link, or as a bare address, it mentions nobody.
  return line
    .split(httpsTarget)
    .map((part, index) => (index % 2 === 1 ? part : neutralizeText(part)))
    .join('');
}

function neutralizeText(line: string): string {
  const kept: number[] = [];
  for (const match of line.matchAll(tagPair)) {
    kept.push(match.index);
    if (match[0].includes('</')) kept.push(match.index + match[0].lastIndexOf('</'));
  }
  return line
    .replace(/<(?=[a-z/!?])/gi, (tag, index: number) => (kept.includes(index) ? tag : `<${zeroWidth}`))
    .replace(/&(?=[#a-z])/gi, (mark, index: number, whole: string) =>
      entity.test(whole.slice(index, index + 8)) ? mark : `&${zeroWidth}`,
    )
    .replace(/&#(?:35|64);(?!\u200b)/g, `$&${zeroWidth}`)
    .replace(/@(?!\u200b)(?=\S)|(?<!&)#(?!\u200b)(?=[^\s#])/g, `$&${zeroWidth}`)
    .replace(/!\[/g, `!${zeroWidth}[`)
    .replace(/\]\(/g, `]${zeroWidth}(`)
    .replace(/\]:/g, `]${zeroWidth}:`)
    .replace(/(http|ftp|mailto|xmpp):/gi, `$1${zeroWidth}:`)
    .replace(/(?<!https:\/\/)(www)\./gi, `$1${zeroWidth}.`)
    .replace(/(gh)-(?=\d)/gi, `$1${zeroWidth}-`);
}
