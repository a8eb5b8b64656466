/** Markdown of the kit's own renderers as a person reads it on a terminal. */

import { expect, test } from 'vitest';
import { escapeMarkdown, inlineCode, markdownTable } from '../base/markdown.ts';
import { renderForTerminal } from './terminal.ts';

const plain = (markdown: string): string => renderForTerminal(markdown, { color: false });

test('headings, emphasis, code, links and folds become plain text', () => {
  const markdown =
    '## A title\n\n<details><summary>More</summary>\n\n**bold** and _soft_ with `code_x_y` and [a link](https://x.y).\n\n</details>';
  expect(plain(markdown)).toBe('A title\n\nMore\n\nbold and soft with code_x_y and a link (https://x.y).\n');
});

test('tables are aligned by their visible text', () => {
  const table = markdownTable(
    ['column', 'n'],
    [
      [inlineCode('a|b'), '1'],
      [escapeMarkdown('c_d*'), '1,000'],
    ],
  );
  expect(plain(table)).toBe('column  n\na|b     1\nc_d*    1,000\n');
});

test.each(['<b>&"\'', 'a_b_c', '**x**', '@me #1 [x](y)', 'back\\slash `tick`', '&lt;', '100 %'])(
  'escaped text "%s" is shown as it was',
  (text) => {
    expect(plain(escapeMarkdown(text))).toBe(`${text}\n`);
    expect(plain(inlineCode(text))).toBe(`${text}\n`);
  },
);

test('no control character of data reaches the terminal', () => {
  for (const hostile of ['\u001b[2Jx', '\u0007', '&#27;[2J', '\u009b31m', '\u0000']) {
    for (const markdown of [hostile, escapeMarkdown(hostile), inlineCode(hostile), markdownTable(['x'], [[hostile]])]) {
      expect(plain(markdown).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
  }
});

test('colour only where it is wanted', () => {
  expect(renderForTerminal('# T\n`x`', { color: true })).toBe('\u001b[1mT\u001b[22m\n\u001b[36mx\u001b[39m\n');
});
