/** Numbers, dates and words read and compared as Python does. */

import { expect, test } from 'vitest';
import {
  formatPythonFloat,
  isPythonFloat,
  isPythonTimestamp,
  type PythonMap,
  parsePythonYaml,
  pythonEquals,
  pythonFloat,
  toJsonValue,
} from './python-value.ts';

const format = { code: 'params', noun: 'parameter file' };
const parse = (text: string) => parsePythonYaml(text, 'params.yaml', format) as PythonMap;

test.each([
  [1, '1.0'],
  [-0, '-0.0'],
  [0.1, '0.1'],
  [1e-8, '1e-08'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [1.5e-7, '1.5e-07'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
  [-1e20, '-1e+20'],
  [123456.789, '123456.789'],
  [Number.POSITIVE_INFINITY, 'inf'],
])('the float %d is written %s', (value, text) => {
  expect(formatPythonFloat(value)).toBe(text);
});

test('plain scalars have the types of YAML 1.2 in Python', () => {
  const value = parse(
    'a: 1.0\nb: 1_000\nc: 0x1f\nd: 1e5\ne: 012\nf: 2024-01-01\ng: yes\nh: "1"\ni:\nj: 0o17\nk: 123456789012345678901\nl: -.inf',
  );
  expect(isPythonFloat(value.a!)).toBe(true);
  expect(isPythonTimestamp(value.f!)).toBe(true);
  expect(toJsonValue(value)).toEqual({
    a: 1,
    b: 1000,
    c: 31,
    d: 100000,
    e: 12,
    f: '2024-01-01',
    g: 'yes',
    h: '1',
    i: null,
    j: 15,
    k: '123456789012345678901',
    l: '-inf',
  });
});

test('merge keys and aliases are followed; own keys win', () => {
  const value = parse('base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3');
  expect(toJsonValue(value.use!)).toEqual({ x: 1, y: 3 });
});

test('numbers are equal by value, as in Python', () => {
  expect(pythonEquals(1, pythonFloat(1))).toBe(true);
  expect(pythonEquals(1, true)).toBe(true);
  expect(pythonEquals(1n, 1)).toBe(true);
  expect(pythonEquals('1', 1)).toBe(false);
  expect(pythonEquals({ a: 1, b: [2] }, { b: [pythonFloat(2)], a: 1 })).toBe(true);
  expect(pythonEquals({ a: 1 }, { a: 1, b: 2 })).toBe(false);
  expect(pythonEquals(null, undefined)).toBe(false);
});

test('broken YAML is a KitError with its place', () => {
  expect(() => parse('a: [1')).toThrow(expect.objectContaining({ code: 'params-malformed' }));
});
