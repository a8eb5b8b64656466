/** The tag grammar against GTO's own regular expression, on thousands of near misses. */

import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseTagName } from '../../../src/domain/registry/tag-name.ts';
import { installGto } from './gto-client.ts';

const ask = `
import json, re, sys
from gto.constants import tag_re
keys = ["artifact", "version", "stage", "cancel", "counter", "deprecated", "created"]
found = []
for name in json.load(sys.stdin):
    match = re.search(tag_re, name)
    groups = match.groupdict() if match else None
    found.append(groups and {key: groups.get(key) or None for key in keys})
print(json.dumps(found))
`;

interface Groups {
  readonly artifact: string;
  readonly version: string | null;
  readonly stage: string | null;
  readonly cancel: string | null;
  readonly counter: string | null;
  readonly deprecated: string | null;
  readonly created: string | null;
}

it('agrees with gto on every name', () => {
  const piece = fc.constantFrom(
    'a',
    'Z9',
    '-',
    '_',
    '/',
    '.',
    '=',
    '#',
    '@',
    '!',
    'v1.0.0',
    'v1.2.3-rc.1+b',
    '#1',
    '@v0.0.1',
    '#prod',
    '@deprecated',
    '@created',
    ' ',
    'é',
  );
  const text = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(''));
  const name = fc.constantFrom('a', 'ab', 'a/b', 'a-b_c', 'x.y/z=m', 'a=b', 'a=b=c', 'a.b', 'a-');
  const action = fc.constantFrom(
    '@v1.0.0',
    '@v1.2.3-rc.1+b',
    '#prod',
    '#a/b',
    '#5',
    '#x-',
    '@deprecated',
    '@created',
    '@v1',
  );
  const end = fc.constantFrom('', '!', '#1', '!#12', '#0', '##1', '#x', '!!');
  const likely = fc.tuple(name, action, end).map((parts) => parts.join(''));
  const names = [...new Set(fc.sample(fc.oneof(text, likely), { numRuns: 20_000, seed: 7 }))];
  const python = join(dirname(installGto()), 'python');
  const answers = JSON.parse(
    execFileSync(python, ['-c', ask], { input: JSON.stringify(names), encoding: 'utf8' }),
  ) as (Groups | null)[];
  const accepted = answers.filter((answer) => answer !== null).length;
  expect(accepted).toBeGreaterThan(200);
  for (const [index, name] of names.entries()) {
    const answer = answers[index]!;
    const ours = parseTagName(name);
    expect([name, ours !== undefined]).toEqual([name, answer !== null]);
    if (ours === undefined || answer === null) continue;
    expect([name, ours.artifact]).toEqual([name, answer.artifact.replace('=', ':')]);
    expect('version' in ours ? ours.version : null).toBe(answer.version);
    expect('stage' in ours ? ours.stage : null).toBe(answer.stage);
    expect(ours.counter ?? null).toBe(answer.counter === null ? null : Number(answer.counter));
    expect(ours.kind.startsWith('de') || ours.kind.startsWith('un')).toBe(
      answer.cancel !== null || answer.deprecated !== null,
    );
  }
});
