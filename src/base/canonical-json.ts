/** Formats a value as canonical JSON (RFC 8785), the byte form that records are hashed in. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * RFC 8785: keys sorted by UTF-16 code units, no white space, ECMAScript number form; members that are `undefined` are left out.
 *
 * @throws TypeError for NaN, infinities and lone surrogates, which JSON cannot hold.
 */
export function formatCanonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON cannot hold ${value}`);
    return JSON.stringify(value);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('canonical JSON cannot hold a lone surrogate');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item: Json) => formatCanonicalJson(item)).join(',')}]`;
  const object = value as { readonly [key: string]: Json | undefined };
  const members = Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort()
    .map((key) => `${formatCanonicalJson(key)}:${formatCanonicalJson(object[key] as Json)}`);
  return `{${members.join(',')}}`;
}
