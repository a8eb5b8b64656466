import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeMarkdown, fenceAfter, inlineCode, markdownTable } from './markdown.ts';
import { sanitizeMarkdown } from './markdown-sanitize.ts';

const piece = fc.constantFrom(
  ...[
    '<details>',
    '</details>',
    '<summary>s</summary>',
    '<summary>',
    '<code>',
    '</code>',
    '<br>',
    '<img src=x>',
    '<script>',
    '<!--',
  ],
  ...[
    '```',
    '~~~',
    '````',
    '`',
    '``',
    '\n',
    '\n\n',
    '    ',
    '- ',
    '> ',
    '@acme',
    '@',
    '#1',
    '&#64;',
    '&#x40;',
    '&commat;',
    '&#35;',
  ],
  ...[
    '![x]',
    '(https://e.test)',
    '(http://e.test)',
    '(javascript:x)',
    '[x]',
    '[x]: http://e.test',
    '](',
    '<https://e.test>',
    '# ',
  ],
  ...[
    '<details open>',
    '<DETAILS>',
    '<details ontoggle=x>',
    'mermaid',
    '===',
    '---',
    'text',
    ' ',
    '\\',
    '|',
    'www.e.test',
    '\u202e',
    '\0',
  ],
);
const hostile = fc.array(piece, { maxLength: 25 }).map((parts) => parts.join(''));

describe('sanitizeMarkdown', () => {
  it('lets no tag, image, mention, issue link, foreign link or control character through', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const safe = sanitizeMarkdown(text).replace(/\]\(https:\/\/[^\s()<>`\\]*\)/g, '');
        const tags = safe.match(/<(?=[a-z/!?])[^>\n]*>?/gi) ?? [];
        for (const tag of tags)
          expect(tag).toMatch(/^<(\/?(details|summary|code|b|i|em|strong|sub|sup|kbd)|details open|br\s*\/?)>$/i);
        expect(safe).not.toMatch(/!\[/);
        expect(safe).not.toMatch(/@[^\u200b\s]|(?<!&)#\d|&#(64|35);(?!\u200b)|&#x|&commat/i);
        expect(safe).not.toMatch(/\]\(|\]:|http:|(?<!https:\/\/)www\./);
        expect(safe).not.toMatch(/[^\P{Cc}\n\t]|\u202e/u);
        expect(safe).not.toMatch(/^(`{3,}|~{3,})[^\S\n]*(mermaid|geojson)/m);
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves no code block and no folded part open', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        let fence: string | undefined;
        let depth = 0;
        let before = '';
        for (const line of sanitizeMarkdown(text).split('\n')) {
          const next = fenceAfter(line, fence);
          if (fence === undefined && next !== undefined) expect(before).toBe('');
          if (fence === undefined && /^<details/.test(line)) depth++;
          if (fence === undefined && line === '</details>') depth--;
          expect(depth).toBeGreaterThanOrEqual(0);
          fence = next;
          before = line;
        }
        expect(fence).toBeUndefined();
        expect(depth).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('is stable: a second pass changes no meaning', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const once = sanitizeMarkdown(text);
        const plain = (markdown: string): string => markdown.replace(/\n+|#/g, '');
        expect(plain(sanitizeMarkdown(once))).toBe(plain(once));
      }),
    );
  });

  it('a summary outside of a fold cannot open a fence', () => {
    expect(sanitizeMarkdown('<summary>~~~</summary>\nafter')).not.toMatch(/^~~~/m);
  });

  it('keeps what our reports hold', () => {
    const report = [
      'Some **bold** text with `code`, <code>a&#124;b</code> and [the run](https://github.com/a/b/runs/1?x=@y#step:2:1).',
      '',
      markdownTable(
        ['metric', 'value'],
        [
          [inlineCode('roc-auc'), '0.61'],
          [escapeMarkdown('a|b'), '**no**<br>two'],
        ],
      ),
      '',
      '- one',
      '- two',
    ].join('\n');
    expect(sanitizeMarkdown(report)).toBe(report);
  });

  it('sinks headings, so that none can pose as the title of the comment', () => {
    expect(sanitizeMarkdown('# mlops-kit: pass\n## b\nc\n===')).toBe('### mlops-kit: pass\n#### b\nc\n');
  });

  it('keeps folded parts and code, each on lines of their own', () => {
    expect(
      sanitizeMarkdown('<details><summary>a <code>b</code></summary>\n\n```json\n{"@a": "<b>"}\n```\n</details>'),
    ).toBe(
      '\n<details>\n<summary>a <code>b</code></summary>\n\n\n\n```json\n{"@\u200ba": "<\u200bb>"}\n```\n\n\n</details>\n',
    );
  });
});
