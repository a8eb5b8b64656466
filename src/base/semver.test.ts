/** Semantic versions: the order of semver.org, bumps, and the round trip. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bumpSemver, compareSemver, formatSemver, parseSemver } from './semver.ts';

const of = (text: string) => parseSemver(text)!;

describe('semver', () => {
  it('orders as semver.org section 11 does', () => {
    const order = [
      'v0.0.1',
      'v0.9.0',
      'v0.10.0',
      'v1.0.0-alpha',
      'v1.0.0-alpha.1',
      'v1.0.0-alpha.beta',
      'v1.0.0-beta',
      'v1.0.0-beta.2',
      'v1.0.0-beta.11',
      'v1.0.0-rc.1',
      'v1.0.0',
      'v2.0.0',
      'v10.0.0',
      'v99999999999999999999.0.0',
    ];
    const shuffled = [...order].sort();
    expect(shuffled.sort((a, b) => compareSemver(of(a), of(b)))).toEqual(order);
    expect(compareSemver(of('v1.0.0+a'), of('v1.0.0+b'))).toBe(0);
    expect(compareSemver(of('v1.0.0-a'), of('v1.0.0-a'))).toBe(0);
  });

  it.each([
    ['v1.2.3', 'patch', 'v1.2.4'],
    ['v1.2.3', 'minor', 'v1.3.0'],
    ['v1.2.3', 'major', 'v2.0.0'],
    ['v1.2.3-rc.1', 'patch', 'v1.2.3'],
    ['v1.2.3-rc.1', 'minor', 'v1.3.0'],
    ['v1.3.0-rc.1', 'minor', 'v1.3.0'],
    ['v2.0.0-rc.1', 'major', 'v2.0.0'],
    ['v2.1.0-rc.1', 'major', 'v3.0.0'],
    ['v1.2.3+build', 'patch', 'v1.2.4'],
  ] as const)('%s bumped by %s is %s', (from, bump, to) => {
    expect(formatSemver(bumpSemver(of(from), bump))).toBe(to);
  });

  it.each(['', 'v', 'v1', 'v1.2', 'v1.2.3.4', 'v01.2.3', 'v1.2.3-', 'v1.2.3-01', 'V1.2.3', ' v1.2.3', 'v1.2.3\n'])(
    'refuses %j',
    (text) => expect(parseSemver(text)).toBeUndefined(),
  );

  it('formats what it parses, and is a total order', () => {
    const identifier = fc.stringMatching(/^(0|[1-9]\d{0,3}|[a-z-][0-9a-z-]{0,3})$/);
    const version = fc
      .tuple(
        fc.nat(99),
        fc.nat(99),
        fc.nat(99),
        fc.array(identifier, { maxLength: 3 }),
        fc.array(identifier, { maxLength: 2 }),
      )
      .map(([a, b, c, pre, build]) => {
        const tail = build.length === 0 ? '' : `+${build.join('.')}`;
        return `v${a}.${b}.${c}${pre.length === 0 ? '' : `-${pre.join('.')}`}${tail}`;
      });
    fc.assert(fc.property(version, (text) => formatSemver(of(text)) === text));
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(compareSemver(of(a), of(b)) + compareSemver(of(b), of(a))).toBe(0);
      }),
    );
  });
});
