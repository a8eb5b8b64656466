/** Converts the output of `git for-each-ref` into refs, with the contents of annotated tags. */

import type { GitRef } from '../../ports/git.ts';

const fields = [
  'refname',
  'objectname',
  'objecttype',
  '*objectname',
  '*objecttype',
  'taggername',
  'taggeremail',
  'taggerdate:unix',
  'contents',
  'contents:signature',
] as const;

/** Every field ends with NUL, which neither a ref name nor a message can hold. */
export const refFormat = fields.map((field) => `%(${field})%00`).join('');

/** A tag of a tag has no commit yet: `nested` lists those names. */
export function parseRefs(output: string): { readonly refs: GitRef[]; readonly nested: readonly string[] } {
  const parts = output.split('\0');
  const refs: GitRef[] = [];
  const nested: string[] = [];
  for (let at = 0; at + fields.length <= parts.length; at += fields.length) {
    const [name, oid, type, peeled, peeledType, tagger, email, unix, contents, signature] = parts.slice(
      at,
      at + fields.length,
    ) as [string, string, GitRef['type'], string, string, string, string, string, string, string];
    const ref = name.replace(/^\n/, '');
    if (peeledType === 'tag') nested.push(ref);
    const commit = type === 'commit' ? oid : peeledType === 'commit' ? peeled : '';
    if (type !== 'tag') {
      refs.push({ name: ref, oid, type, commit });
      continue;
    }
    const message = signature !== '' && contents.endsWith(signature) ? contents.slice(0, -signature.length) : contents;
    refs.push({
      name: ref,
      oid,
      type,
      commit,
      tag: { message, tagger, email: email.replace(/^<|>$/g, ''), time: dateOf(unix) },
    });
  }
  return { refs, nested };
}

/** A tag without a readable date counts as the oldest. */
function dateOf(unix: string): Date {
  const date = new Date(Number(unix) * 1000);
  return unix === '' || Number.isNaN(date.getTime()) ? new Date(0) : date;
}
