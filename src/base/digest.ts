/** Digests of bytes in memory; files go through the Hasher port. */

import { createHash } from 'node:crypto';

/** SHA-256 as 64 lower-case hex digits; strings are taken as UTF-8. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** MD5 as 32 lower-case hex digits, only ever used as DVC's content address. */
export function md5(data: string | Uint8Array): string {
  return createHash('md5').update(data).digest('hex');
}
