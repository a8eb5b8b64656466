/** The folder hashes of DVC's own test suite, and listings that must be refused. */

import { expect, test } from 'vitest';
import { md5 } from '../../base/digest.ts';
import { dirHash, formatDirObject, parseDirObject } from './dir-object.ts';

const hashOf = (files: Readonly<Record<string, string>>) =>
  dirHash(formatDirObject(Object.entries(files).map(([relpath, content]) => ({ relpath, md5: md5(content) }))));

test.each([
  [{ foo: 'foo', bar: 'bar' }, '5ea40360f5b4ec688df672a4db9c17d1'],
  [{ foo: 'foo', bar: 'bar', 'subdir/data': 'data' }, '8761c4e9acad696bee718615e23e22db'],
  [{ data: 'data' }, 'af314506f1622d107e0ed3f14ec1a3b5'],
  [{ one: 'one', two: 'two' }, '6b18131dc289fd37006705affe961ef8'],
  [{ foo: 'foo', bar: 'bar', baz: 'baz' }, 'ba75a2162ca9c29acecb7957105a0bc2'],
  [{ bar: 'bar\n', baz: 'baz\n' }, '1f69c66028c35037e8bf67e5bc4ceb6a'],
  [{ 'a.txt': 'a', 'sub/b.txt': 'b', 'sub-x': 'c' }, 'bc49c1285f598207204a4a5c83beb340'],
  [{ 'é.txt': 'x', '😀.txt': 'y', '\uffee': 'z' }, 'fa3909cae7772a06afa4530a31909d6c'],
  [{ '\x7f': '1', 'q"\\\t': '2' }, '3733130be3dac97cbeca6a59192c1157'],
  [{}, 'd751713988987e9331980363e24189ce'],
])('%j has the folder hash %s', (files, expected) => {
  expect(hashOf(files as Record<string, string>)).toBe(`${expected}.dir`);
});

test('a listing is read back', () => {
  const entries = [
    { md5: md5('b'), relpath: 'sub/b "x".txt' },
    { md5: md5('a'), relpath: 'é😀' },
  ];
  expect(parseDirObject(formatDirObject(entries), 'x')).toEqual(entries);
});

test.each([
  '/etc/passwd',
  '../x',
  'a/../../x',
  'a//b',
  './a',
  '',
  'a\0b',
  '.git/hooks/x',
  'a/.GIT/x',
  'C:/x',
  'a\\..\\b',
])('the path %j is refused', (relpath) => {
  const text = JSON.stringify([{ md5: md5('x'), relpath }]);
  expect(() => parseDirObject(text, 'x')).toThrow(expect.objectContaining({ code: 'dir-object-unsafe' }));
});

test('a path listed twice, no JSON and a wrong hash are refused', () => {
  const twice = JSON.stringify([
    { md5: md5('x'), relpath: 'a' },
    { md5: md5('y'), relpath: 'a' },
  ]);
  expect(() => parseDirObject(twice, 'x')).toThrow(expect.objectContaining({ code: 'dir-object-unsafe' }));
  for (const text of ['{', '{}', '[1]', '[{"relpath":"a","md5":"xyz"}]']) {
    expect(() => parseDirObject(text, 'x')).toThrow(expect.objectContaining({ code: 'dir-object-malformed' }));
  }
});
