import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCanonicalJson, type Json } from './canonical-json.ts';

const bits = (hex: string): number => new DataView(Uint8Array.from(Buffer.from(hex, 'hex')).buffer).getFloat64(0);

describe('RFC 8785', () => {
  it('section 3.2.2 and 3.2.3: the sample object', () => {
    const sample = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(formatCanonicalJson(sample)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('section 3.2.3: sorts by UTF-16 code units', () => {
    const sample = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.values(JSON.parse(formatCanonicalJson(sample)) as object)).toContain('One');
    expect(
      formatCanonicalJson(sample)
        .match(/":"([^"]*)"/g)!
        .map((part) => part.slice(3, -1)),
    ).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('appendix B: %s is %s', (hex, text) => {
    expect(formatCanonicalJson(bits(hex))).toBe(text);
  });
});

it('refuses what JSON cannot hold', () => {
  for (const value of [Number.NaN, Infinity, '\ud800', ['\udc00'], { '\ud800': 1 }])
    expect(() => formatCanonicalJson(value as Json)).toThrow(TypeError);
});

it('leaves undefined members out', () => {
  expect(formatCanonicalJson({ b: undefined, a: [1] })).toBe('{"a":[1]}');
});

it('round-trips, and does not depend on the order of keys', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain = JSON.parse(JSON.stringify(value)) as Json;
      fc.pre(JSON.stringify(plain).isWellFormed() && !/\\ud[89a-f]/i.test(JSON.stringify(plain)));
      const text = formatCanonicalJson(plain);
      expect(JSON.parse(text)).toEqual(plain);
      const turned = (inner: Json): Json => {
        if (Array.isArray(inner)) return inner.map(turned);
        if (typeof inner !== 'object' || inner === null) return inner;
        return Object.fromEntries(
          Object.entries(inner)
            .reverse()
            .map(([key, child]) => [key, turned(child as Json)]),
        );
      };
      expect(formatCanonicalJson(turned(plain))).toBe(text);
    }),
  );
});
