/** YAML as DVC writes it; expected texts were written by ruamel.yaml 0.18 as DVC 3.67 sets it up. */

import { expect, test } from 'vitest';
import { formatDvcYaml } from './dvc-yaml-text.ts';
import { pythonFloat } from './python-value.ts';

test.each([
  ['2024-01-01', "'2024-01-01'"],
  ['1_000', "'1_000'"],
  ['1e5', "'1e5'"],
  ['true', "'true'"],
  ['null', "'null'"],
  ['', "''"],
  ['yes', 'yes'],
  ["it's", "it's"],
  ["'it", '"\'it"'],
  ['a: b', "'a: b'"],
  ['a\nb', '"a\\nb"'],
  ['tab\t', '"tab\\t"'],
  ['é😀', 'é😀'],
  ['\x7f', '"\\x7F"'],
  ['- a', "'- a'"],
  ['#x', "'#x'"],
  ['a #b', "'a #b'"],
])('the text %j is written %s', (value, text) => {
  expect(formatDvcYaml({ k: value })).toBe(`k: ${text}\n`);
});

test('floats are written as Python does, null as nothing, empty collections in flow form', () => {
  const value = { a: pythonFloat(1), b: pythonFloat(1e-8), c: null, d: [], e: {}, f: true, g: 3 };
  expect(formatDvcYaml(value)).toBe('a: 1.0\nb: 1e-08\nc:\nd: []\ne: {}\nf: true\ng: 3\n');
});

test('sequences are not indented, long plain text folds at column 80', () => {
  const cmd =
    'python train.py --data data/flights/2001.parquet --out models/flight-delay.onnx --epochs 10 --lr 0.01 --verbose';
  expect(formatDvcYaml({ stages: { t: { cmd, deps: [{ path: 'a', size: 1 }, [1, 2]] } } })).toBe(`stages:
  t:
    cmd: python train.py --data data/flights/2001.parquet --out 
      models/flight-delay.onnx --epochs 10 --lr 0.01 --verbose
    deps:
    - path: a
      size: 1
    - - 1
      - 2
`);
});
