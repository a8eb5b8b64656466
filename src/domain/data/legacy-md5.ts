/** The hash of DVC before version 3: MD5 with `\r\n` made `\n` in what looks like text. */

import { createHash } from 'node:crypto';

const chunkBytes = 1024 * 1024;
const textProbeBytes = 512;

/** MD5 as 32 hex digits; text or not is decided per chunk of 1 MiB, as dvc-data does. */
export function legacyMd5(bytes: Uint8Array): string {
  const hash = createHash('md5');
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    const chunk = bytes.subarray(start, start + chunkBytes);
    hash.update(isText(chunk.subarray(0, textProbeBytes)) ? withUnixLineEnds(chunk) : chunk);
  }
  return hash.digest('hex');
}

function isText(probe: Uint8Array): boolean {
  if (probe.includes(0)) return false;
  const odd = probe.filter(
    (byte) => !(byte >= 0x20 && byte <= 0x7e) && !'\n\r\t\f\b'.includes(String.fromCharCode(byte)),
  );
  return probe.length === 0 || odd.length / probe.length <= 0.3;
}

function withUnixLineEnds(chunk: Uint8Array): Uint8Array {
  const output = new Uint8Array(chunk.length);
  let length = 0;
  for (let index = 0; index < chunk.length; index++) {
    if (chunk[index] === 0x0d && chunk[index + 1] === 0x0a) continue;
    output[length++] = chunk[index]!;
  }
  return output.subarray(0, length);
}
