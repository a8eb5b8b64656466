/** Where an object lies in a cache or remote: DVC 3's layout, and the older one. */

/** `files/md5/ab/cdef...` of an object id such as `abcdef...` or `abcdef....dir`. */
export function objectKey(oid: string, legacy = false): string {
  const key = `${oid.slice(0, 2)}/${oid.slice(2)}`;
  return legacy ? key : `files/md5/${key}`;
}
