import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeHtml, renderHtmlPage } from './html.ts';
import { escapeMarkdown, inlineCode, markdownTable } from './markdown.ts';
import { renderMarkdownAsHtml } from './markdown-html.ts';

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          '<script>',
          '</style>',
          '"',
          "'",
          '&',
          '>',
          '<img src=x onerror=y>',
          '`',
          '**',
          '|',
          '\n',
          '](',
          '[x](javascript:y)',
          '&#60;',
        ],
        ...[
          '[x](https://e.test" onclick="y)',
          '<b>',
          '</b>',
          '<details>',
          '- ',
          '# ',
          '```',
          '\\',
          '~~~',
          '> ',
          '_',
          '<code>',
          '</code>',
        ],
      ),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

it('escapes text so that neither content nor a quoted attribute can be left', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const escaped = escapeHtml(text);
      expect(escaped).not.toMatch(/[<>"']/);
      expect(escaped.replace(/&#\d+;/g, '')).not.toContain('&');
      const back = escaped.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
      expect(back).toBe(text.toWellFormed());
    }),
  );
});

it('makes a page without script and without requests, whatever the title', () => {
  fc.assert(
    fc.property(hostile, (title) => {
      const page = renderHtmlPage({ title, body: '<p>x</p>' });
      expect(page).toMatch(/^<!doctype html>/);
      expect(page.match(/<(script|img|link|iframe|object|embed)\b/gi)).toBeNull();
      expect(page).toContain("default-src 'none'");
      expect(page.replace(escapeHtml(title), '').match(/https?:|url\(|@import/)).toBeNull();
      expect(page.match(/<title>/g)).toHaveLength(1);
    }),
  );
});

describe('renderMarkdownAsHtml', () => {
  it('writes only tags it knows, balanced, without foreign attributes', () => {
    fc.assert(
      fc.property(hostile, (markdown) => {
        const html = renderMarkdownAsHtml(markdown);
        for (const [tag] of html.matchAll(/<[^>]*>/g))
          expect(tag).toMatch(
            /^<(?:\/?(?:h[1-6]|p|pre|code|table|thead|tbody|tr|th|td|ul|ol|li|blockquote|strong|em|b|i|sub|sup|kbd|details|summary|a)|hr|br|details open|t[hd] class="number"|a href="https:\/\/[^"<>]*")>$/,
          );
        expect(html.replace(/<[^>]*>/g, '')).not.toMatch(/[<>"]/);
      }),
      { numRuns: 1000 },
    );
  });

  it('renders what reports hold', () => {
    const table = markdownTable(['a', 'b'], [[inlineCode('x|y'), escapeMarkdown('p|q <b>')]]);
    expect(
      renderMarkdownAsHtml(
        `## T **b**\n\n${table}\n\n- one\n- [two](https://e.test/?a=1&b=2)\n\n1. x\n\n> q\n\n\`\`\`\n<x>\n\`\`\``,
      ),
    ).toBe(
      [
        '<h2>T <strong>b</strong></h2>',
        '<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td><code>x&#124;y</code></td><td>p&#124;q &lt;b&gt;</td></tr></tbody></table>',
        '<ul><li>one</li><li><a href="https://e.test/?a=1&#38;b=2">two</a></li></ul>',
        '<ol><li>x</li></ol>',
        '<blockquote><p>q</p></blockquote>',
        '<pre><code>&#60;x&#62;</code></pre>',
      ].join('\n'),
    );
  });
});
