/** Renders the Markdown that the kit itself writes into HTML, for pages and previews; anything it does not know shows as text. */

import { escapeHtml } from './html.ts';
import { fenceAfter } from './markdown.ts';

/** Headings, paragraphs, tables, lists, quotes, fences, folded parts, rules, and inline code, emphasis, https links and a few tags. */
export function renderMarkdownAsHtml(markdown: string): string {
  const lines = markdown.replace(/<!--[\s\S]*?-->/g, '').split(/\r?\n/);
  const out: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const block = readBlock(lines, at);
    out.push(block.html);
    at = block.next;
  }
  return out.filter((html) => html !== '').join('\n');
}

interface Block {
  readonly html: string;
  readonly next: number;
}

function readBlock(lines: readonly string[], at: number): Block {
  const line = lines[at]!;
  const one = (html: string): Block => ({ html, next: at + 1 });
  if (line.trim() === '') return one('');
  if (fenceAfter(line, undefined) !== undefined) return readFence(lines, at);
  const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading !== null) return one(`<h${heading[1]!.length}>${renderInline(heading[2]!)}</h${heading[1]!.length}>`);
  if (/^\s*<\/?details(?: open)?>/.test(line) || /^\s*<summary>/.test(line)) return one(renderFolding(line));
  if (/^ {0,3}([-*_])\s*(\1\s*){2,}$/.test(line)) return one('<hr>');
  if (line.includes('|') && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[at + 1] ?? ''))
    return readTable(lines, at);
  if (/^\s*(?:[-*+]|\d+[.)])\s+/.test(line)) return readList(lines, at);
  if (/^\s*>/.test(line)) return readQuote(lines, at);
  return readParagraph(lines, at);
}

function readFence(lines: readonly string[], at: number): Block {
  let fence = fenceAfter(lines[at]!, undefined);
  const code: string[] = [];
  let next = at + 1;
  for (; next < lines.length; next++) {
    fence = fenceAfter(lines[next]!, fence);
    if (fence === undefined) break;
    code.push(lines[next]!);
  }
  return { html: `<pre><code>${escapeHtml(code.join('\n'))}</code></pre>`, next: next + 1 };
}

/** Of a line of details and summary tags: the tags, and the inline text between them. */
function renderFolding(line: string): string {
  return line
    .trim()
    .split(/(<\/?details>|<details open>|<\/?summary>)/)
    .map((part, index) => (index % 2 === 1 ? part : renderInline(part)))
    .join('');
}

function readTable(lines: readonly string[], at: number): Block {
  const numeric = splitRow(lines[at + 1]!).map((cell) => /-:$/.test(cell.trim()));
  const row = (line: string, tag: 'th' | 'td'): string =>
    `<tr>${splitRow(line)
      .map(
        (cell, index) =>
          `<${tag}${numeric[index] === true ? ' class="number"' : ''}>${renderInline(cell.trim())}</${tag}>`,
      )
      .join('')}</tr>`;
  const rows: string[] = [];
  let next = at + 2;
  for (; next < lines.length && lines[next]!.includes('|') && lines[next]!.trim() !== ''; next++)
    rows.push(row(lines[next]!, 'td'));
  return { html: `<table><thead>${row(lines[at]!, 'th')}</thead><tbody>${rows.join('\n')}</tbody></table>`, next };
}

/** Cells of a row; `\|` is a pipe inside a cell, in code as well (GFM tables). */
function splitRow(line: string): readonly string[] {
  const trimmed = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return trimmed.split(/(?<!\\)\|/).map((cell) => cell.replace(/\\\|/g, '&#124;'));
}

function readList(lines: readonly string[], at: number): Block {
  const ordered = /^\s*\d/.test(lines[at]!);
  const items: string[] = [];
  let next = at;
  for (; next < lines.length; next++) {
    const item = /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(lines[next]!);
    if (item !== null) items.push(item[1]!);
    else if (/^\s+\S/.test(lines[next]!) && items.length > 0) items.push(`${items.pop()!}\n${lines[next]!.trim()}`);
    else break;
  }
  const tag = ordered ? 'ol' : 'ul';
  return { html: `<${tag}>${items.map((item) => `<li>${renderInline(item)}</li>`).join('')}</${tag}>`, next };
}

function readQuote(lines: readonly string[], at: number): Block {
  let next = at;
  while (next < lines.length && /^\s*>/.test(lines[next]!)) next++;
  const inner = lines.slice(at, next).map((line) => line.replace(/^\s*> ?/, ''));
  return { html: `<blockquote>${renderMarkdownAsHtml(inner.join('\n'))}</blockquote>`, next };
}

function readParagraph(lines: readonly string[], at: number): Block {
  const begins = /^ {0,3}(?:#{1,6}\s|```|~~~|<\/?details|<summary>|>|[-*+]\s|\d+[.)]\s)/;
  let next = at + 1;
  while (next < lines.length && lines[next]!.trim() !== '' && !begins.test(lines[next]!)) next++;
  return { html: `<p>${renderInline(lines.slice(at, next).join('\n'))}</p>`, next };
}

const inlineToken =
  /\\([!-/:-@[-`{-~])|(`+)([\s\S]*?[^`])\2(?!`)|<(code|b|i|em|strong|sub|sup|kbd)>([^<]*)<\/\4>|<br\s*\/?>|&(amp|lt|gt|quot|nbsp|#\d{1,6});|\[((?:[^[\]\\]|\\.)*)\]\((https:\/\/[^\s()<>"]+)\)|(\*\*|__)(?=\S)([\s\S]*?\S)\9|([*_])(?=[^\s*_])([^*_]*[^\s*_])\11(?![A-Za-z0-9])/g;

/** Inline Markdown of one block; every character that is not markup leaves escaped. */
function renderInline(text: string): string {
  let out = '';
  let last = 0;
  for (const match of text.matchAll(inlineToken)) {
    const [whole, escaped, , span, tag, tagged, name, label, url, strong, bold, , soft] = match;
    out += escapeHtml(text.slice(last, match.index));
    last = match.index + whole.length;
    if (escaped !== undefined) out += escapeHtml(escaped);
    else if (span !== undefined) out += `<code>${escapeHtml(decodePipes(span))}</code>`;
    else if (tag !== undefined) out += `<${tag}>${renderInline(tagged ?? '')}</${tag}>`;
    else if (name !== undefined) out += `&${name};`;
    else if (url !== undefined) out += `<a href="${escapeHtml(url)}">${renderInline(label ?? '')}</a>`;
    else if (strong !== undefined) out += `<strong>${renderInline(bold ?? '')}</strong>`;
    else if (soft !== undefined) out += `<em>${renderInline(soft)}</em>`;
    else out += '<br>';
  }
  return out + escapeHtml(text.slice(last));
}

/** Undoes what splitRow wrote for pipes: a code span shows entities as they are. */
function decodePipes(code: string): string {
  return code.replaceAll('&#124;', '|').replace(/^ (.*\S.*) $/s, '$1');
}
