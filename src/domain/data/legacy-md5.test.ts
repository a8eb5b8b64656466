/** Vectors of the hash that DVC used before version 3. */

import { expect, test } from 'vitest';
import { md5 } from '../../base/digest.ts';
import { legacyMd5 } from './legacy-md5.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('Windows line ends count as Unix ones in text', () => {
  expect(legacyMd5(bytes('a\r\nb\r\nc'))).toBe('c32b2057b9bd62caa835386346177935');
  expect(legacyMd5(bytes('a\r\nb\r\nc'))).toBe(md5('a\nb\nc'));
});

test('bytes with NUL are taken as they are', () => {
  expect(legacyMd5(bytes('a\r\n\0b'))).toBe(md5('a\r\n\0b'));
  expect(legacyMd5(bytes(''))).toBe(md5(''));
});

test('a pair split by the chunk border stays', () => {
  const text = `${'x'.repeat(1024 * 1024 - 1)}\r\ny`;
  expect(legacyMd5(bytes(text))).toBe(md5(text));
});
