/** Mermaid labels: hostile names stay text, and neither the fence nor the graph can be left. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeMermaid, renderMermaid } from './mermaid.ts';

describe('escapeMermaid', () => {
  it.each([
    ['plain text 1.2', 'plain text 1.2'],
    ['m@v1.0.0', 'm@v1.0.0'],
    ['m#prod#1', 'm#35;prod#35;1'],
    ['"]; click n0 "javascript:alert(1)"', '#34;#93;#59; click n0 #34;javascript:alert#40;1#41;#34;'],
    ['a\nb\u0000c\u202e', 'a b c '],
    ['```', '#96;#96;#96;'],
    ['<img src=x>', '#60;img src=x#62;'],
    ['%%{init: {}}%%', '#37;#37;#123;init: #123;#125;#125;#37;#37;'],
    ['größe 日本', 'größe 日本'],
  ])('%j', (text, escaped) => expect(escapeMermaid(text)).toBe(escaped));

  it('cuts long names', () => expect(escapeMermaid('x'.repeat(1000))).toHaveLength(60));

  it('leaves no character of syntax', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) =>
        /^[\p{L}\p{N} .,:/@_=…-]*$/u.test(escapeMermaid(text).replace(/#\d+;/g, '')),
      ),
    );
  });
});

describe('renderMermaid', () => {
  it('renders nodes under numbers, links, and drops links to nowhere', () => {
    const text = renderMermaid(
      [
        { id: 'a" --> b', lines: ['one', 'two`'], shape: 'store', tone: 'pass' },
        { id: 'b', lines: ['end'] },
      ],
      [
        { from: 'a" --> b', to: 'b' },
        { from: 'b', to: 'gone' },
      ],
    );
    expect(text.split('\n').slice(0, 5)).toEqual([
      '```mermaid',
      'flowchart LR',
      '  n0[("one<br/>two#96;")]:::pass',
      '  n1["end"]',
      '  n0 --> n1',
    ]);
    expect(text.split('```')).toHaveLength(3);
  });
});
