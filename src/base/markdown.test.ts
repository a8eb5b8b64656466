import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeMarkdown, cutMarkdown, escapeMarkdown, fenceAfter, inlineCode, markdownTable } from './markdown.ts';
import { renderMarkdownAsHtml } from './markdown-html.ts';

/** Text made of the pieces that mean something to Markdown, GitHub or HTML. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          '|',
          '\\',
          '`',
          '``',
          '\n',
          '\r\n',
          '<',
          '>',
          '&',
          '@acme',
          '@',
          '#1',
          '#',
          '![',
          '](',
          '[x]',
          'http://e.test',
          '\t',
        ],
        ...[
          'https://e.test/p.png',
          'www.e.test',
          '<img src=x>',
          '<!--',
          '-->',
          '&#64;',
          '$x$',
          '*',
          '_',
          '~~',
          '- ',
          '1. ',
          '===',
          '    ',
        ],
        ...['\u202e', '\u2028', '\0', '\u001b[31m', '\ud800', 'GH-1', 'a@b.test', 'mailto:', '</code>', '😀', ':'],
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

/** What stands after a backslash is text. */
const unescaped = (markdown: string): string => markdown.replace(/\\[!-/:-@[-`{-~]/g, '');

describe('escapeMarkdown', () => {
  it('lets nothing become markup, a cell break, a mention or a link', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const escaped = escapeMarkdown(text);
        expect(unescaped(escaped)).not.toMatch(/[|`*_[\]<>~$\r\n\t\\!]/);
        expect(escaped).not.toMatch(/[@#][^\u200b;0-9]|@\d|\b(https?|mailto):|\bwww\.|GH-\d/i);
        expect(escaped).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        expect(escaped.isWellFormed()).toBe(true);
        expect(escaped).not.toMatch(/^( {4}|[-+=] |[-=]{2}|\d+[.)] )/);
      }),
      { numRuns: 500 },
    );
  });

  it('shows the text it was given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (text) => {
        const html = renderMarkdownAsHtml(`x${escapeMarkdown(`x${text}`)}`);
        const shown = html
          .replace(/^<p>xx|<\/p>$/g, '')
          .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
          .replace(/&(amp|lt|gt);/g, (_, name: 'amp' | 'lt' | 'gt') => ({ amp: '&', lt: '<', gt: '>' })[name])
          .replaceAll('\u200b', '');
        const plain = text.replace(/[\r\n\t\u2028\u2029]+/g, ' ').replaceAll('\u200b', '');
        fc.pre(!/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(plain));
        expect(shown).toBe(plain);
      }),
    );
  });

  it.each([
    ['a|b', 'a\\|b'],
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert\\(1\\)&gt;'],
    ['![x](https://e.test/p.png)', '\\!\\[x\\]\\(https\u200b://e.test/p.png\\)'],
    ['@acme/ml please', '@\u200bacme/ml please'],
    ['fixes #12', 'fixes \\#\u200b12'],
    ['a\nb', 'a b'],
    ['\u202egnp.exe', '\ufffdgnp.exe'],
    ['-0.5', '-0.5'],
    ['- item', '\\- item'],
    ['2. item', '2\\. item'],
    ['costs $5 and $6', 'costs &#36;5 and &#36;6'],
    ['', ''],
  ])('%j', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });
});

describe('inlineCode', () => {
  it('cannot be left, in running text and in cells', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const code = inlineCode(text);
        if (code.startsWith('`')) {
          expect(code.slice(1, -1)).not.toMatch(/[`|\\\r\n]/);
          expect(code).toMatch(/^`[^`]+`$/);
        } else expect(code).toMatch(/^<code>[^<>`|\\*_[\]~@\r\n]*<\/code>$/);
        expect(code).not.toMatch(/[\p{Cc}\u202e]/u);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['flights', '`flights`'],
    ['', '` `'],
    ['a`b', '<code>a&#96;b</code>'],
    ['a|b', '<code>a&#124;b</code>'],
    ['`@acme`', '<code>&#96;&#64;acme&#96;</code>'],
    ['</code><img src=x>`', '<code>&#60;/code&#62;&#60;img src=x&#62;&#96;</code>'],
  ])('%j', (text, code) => {
    expect(inlineCode(text)).toBe(code);
  });
});

it('keeps a table one line per row and its cells apart', () => {
  const rows = [
    ['a', inlineCode('x|y')],
    [escapeMarkdown('p|q'), 'two\nlines'],
  ];
  expect(markdownTable(['h', 'i'], rows)).toBe(
    '| h | i |\n| --- | --- |\n| a | <code>x&#124;y</code> |\n| p\\|q | two lines |',
  );
});

describe('cutMarkdown', () => {
  it('never exceeds the limit and stays well-formed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 3000 }),
        fc.integer({ min: 0, max: 2000 }),
        (text, limit) => {
          const cut = cutMarkdown(text.replaceAll('a', '\n'), limit);
          expect(cut.length).toBeLessThanOrEqual(Math.max(limit, 0));
          expect(cut.isWellFormed()).toBe(true);
        },
      ),
    );
  });

  it('leaves short text alone and says what it cut', () => {
    expect(cutMarkdown('short', 5)).toBe('short');
    const cut = cutMarkdown(Array.from({ length: 1000 }, (_, index) => `line ${index}`).join('\n'), 1000, '`x.md`');
    expect(cut).toMatch(/line \d+\n\n_Cut here: \d+ more lines\. The whole report is in `x\.md`\._\n$/);
    const kept = cut.split('\n').filter((line) => line.startsWith('line ')).length;
    expect(cut).toContain(`Cut here: ${1000 - kept} more lines`);
  });

  it('closes what it cut through', () => {
    const cut = cutMarkdown(
      `<details>\n<summary>s</summary>\n\n~~~~js\n${'code\n'.repeat(500)}~~~~\n\n</details>`,
      800,
    );
    expect(cut).toMatch(/code\n~~~~\n\n<\/details>\n\n_Cut here/);
  });

  it('does not split a pair of surrogates', () => {
    expect(cutMarkdown('😀'.repeat(500), 401).isWellFormed()).toBe(true);
    expect(cutMarkdown('😀'.repeat(500), 402).isWellFormed()).toBe(true);
  });
});

it('follows fences as CommonMark does', () => {
  expect(fenceAfter('```js', undefined)).toBe('```');
  expect(fenceAfter('```js`', undefined)).toBeUndefined();
  expect(fenceAfter('    ```', undefined)).toBeUndefined();
  expect(fenceAfter('```', '````')).toBe('````');
  expect(fenceAfter('~~~~', '```')).toBe('```');
  expect(fenceAfter('```` ', '```')).toBeUndefined();
  expect(closeMarkdown('a')).toBe('a');
});
