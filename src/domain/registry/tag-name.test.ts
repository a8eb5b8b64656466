/** The grammar of registry tags: a table of good and bad names, and the round trip of both directions. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTagName, parseTagName, type TagName } from './tag-name.ts';

const good: readonly (readonly [string, TagName])[] = [
  ['nn@v0.0.1', { kind: 'registration', artifact: 'nn', version: 'v0.0.1' }],
  ['n@v0.0.1', { kind: 'registration', artifact: 'n', version: 'v0.0.1' }],
  ['rf@v1.2.3-rc.1+build.5', { kind: 'registration', artifact: 'rf', version: 'v1.2.3-rc.1+build.5' }],
  ['new-artifact@v0.0.1', { kind: 'registration', artifact: 'new-artifact', version: 'v0.0.1' }],
  ['new/artifact@v0.0.1', { kind: 'registration', artifact: 'new/artifact', version: 'v0.0.1' }],
  ['dvclive/dsd=nn@v0.0.1', { kind: 'registration', artifact: 'dvclive/dsd:nn', version: 'v0.0.1' }],
  ['a.b/c=nn@v0.0.1#2', { kind: 'registration', artifact: 'a.b/c:nn', version: 'v0.0.1', counter: 2 }],
  ['nn@v0.0.1!', { kind: 'deregistration', artifact: 'nn', version: 'v0.0.1' }],
  ['nn#dev', { kind: 'assignment', artifact: 'nn', stage: 'dev' }],
  ['nn#5', { kind: 'assignment', artifact: 'nn', stage: '5' }],
  ['nn#dev#4', { kind: 'assignment', artifact: 'nn', stage: 'dev', counter: 4 }],
  ['new_artifact#new/stage#4', { kind: 'assignment', artifact: 'new_artifact', stage: 'new/stage', counter: 4 }],
  ['nn#dev!', { kind: 'unassignment', artifact: 'nn', stage: 'dev' }],
  ['nn#dev!#4', { kind: 'unassignment', artifact: 'nn', stage: 'dev', counter: 4 }],
  ['nn@deprecated', { kind: 'deprecation', artifact: 'nn' }],
  ['nn@deprecated#3', { kind: 'deprecation', artifact: 'nn', counter: 3 }],
  ['nn@created', { kind: 'creation', artifact: 'nn' }],
];

const bad = [
  '',
  'nn',
  'nn@',
  'nn#',
  '@v0.0.1',
  '#prod',
  'nn@0.0.1',
  'nn@v1',
  'nn@v1.2',
  'nn@v01.2.3',
  'nn@v1.2.3-',
  'nn@v1.2.3!!',
  'nn@v1.2.3#',
  'nn@v1.2.3#x',
  'nn@version1.2.3',
  'nn@deprecated!',
  'nn@created!',
  '-nn@v0.0.1',
  'nn-@v0.0.1',
  '/nn@v0.0.1',
  'nn/@v0.0.1',
  'n.n@v0.0.1',
  'n n@v0.0.1',
  'nn#-dev',
  'nn#dev-#1',
  'nn#dev.1',
  'nn#dev#-1',
  'nn##1',
  'a=b=c@v0.0.1',
  '=nn@v0.0.1',
  'a:nn@v0.0.1',
  'ñn@v0.0.1',
  'nn@v0.0.1\n',
  'nn#prod#9007199254740993',
  'v1.0.0',
];

describe('parseTagName', () => {
  it.each(good)('%s', (text, value) => {
    expect(parseTagName(text)).toEqual(value);
    expect(formatTagName(value)).toBe(text);
  });

  it.each(bad)('refuses %j', (text) => {
    expect(parseTagName(text)).toBeUndefined();
  });
});

describe('formatTagName', () => {
  it.each<TagName>([
    { kind: 'registration', artifact: 'nn', version: '1.2.3' },
    { kind: 'registration', artifact: 'nn#prod', version: 'v1.2.3' },
    { kind: 'assignment', artifact: 'nn', stage: 'prod!' },
    { kind: 'assignment', artifact: 'nn', stage: 'prod', counter: 1.5 },
    { kind: 'assignment', artifact: 'a//b', stage: 'prod' },
    { kind: 'assignment', artifact: '../x:nn', stage: 'prod' },
    { kind: 'registration', artifact: 'a.lock/x:nn', version: 'v1.2.3' },
  ])('refuses $artifact', (value) => {
    expect(() => formatTagName(value)).toThrow(expect.objectContaining({ code: 'tag-name-malformed' }));
  });

  it('is the inverse of parseTagName', () => {
    const part = fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9\-_]{0,8}[a-zA-Z0-9])?$/);
    const name = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const artifact = fc.oneof(
      name,
      fc.tuple(name, name).map(([folder, leaf]) => `${folder}:${leaf}`),
    );
    const version = fc
      .tuple(fc.nat(), fc.nat(), fc.nat(), fc.constantFrom('', '-rc.1', '-0.a-b', '+x.01', '-a+b'))
      .map(([major, minor, patch, rest]) => `v${major}.${minor}.${patch}${rest}`);
    const counter = fc.option(fc.nat(), { nil: undefined });
    const value = fc
      .tuple(
        fc.constantFrom(
          ...(['registration', 'deregistration', 'assignment', 'unassignment', 'deprecation', 'creation'] as const),
        ),
        artifact,
        version,
        name,
        counter,
      )
      .map(([kind, a, v, s, n]): TagName => {
        const base = n === undefined ? { artifact: a } : { artifact: a, counter: n };
        if (kind === 'registration' || kind === 'deregistration') return { ...base, kind, version: v };
        if (kind === 'assignment' || kind === 'unassignment') return { ...base, kind, stage: s };
        return { ...base, kind };
      });
    fc.assert(
      fc.property(value, (tag) => {
        // `#5` alone is the stage "5", so a simple tag whose stage looks like a counter cannot lose one.
        expect(parseTagName(formatTagName(tag))).toEqual(tag);
      }),
    );
  });
});
