/** Parses, formats, orders and bumps semantic versions (semver.org 2.0.0), written with the leading `v` of tags. */

export interface Semver {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly prerelease: readonly string[];
  readonly build: readonly string[];
}

export type Bump = 'major' | 'minor' | 'patch';

/** The regular expression of semver.org, without anchors and groups. */
export const semverPattern =
  '(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)' +
  '(?:-(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?' +
  '(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?';
const whole = new RegExp(`^v?${semverPattern}$`);

/** Undefined when the text is no semantic version; the leading `v` may be left out. */
export function parseSemver(text: string): Semver | undefined {
  if (!whole.test(text)) return undefined;
  const plus = text.indexOf('+');
  const core = plus < 0 ? text : text.slice(0, plus);
  const dash = core.indexOf('-');
  const numbers = (dash < 0 ? core : core.slice(0, dash)).replace(/^v/, '').split('.').map(BigInt);
  return {
    major: numbers[0]!,
    minor: numbers[1]!,
    patch: numbers[2]!,
    prerelease: dash < 0 ? [] : core.slice(dash + 1).split('.'),
    build: plus < 0 ? [] : text.slice(plus + 1).split('.'),
  };
}

/** With the leading `v`. */
export function formatSemver(version: Semver): string {
  const pre = version.prerelease.length === 0 ? '' : `-${version.prerelease.join('.')}`;
  const build = version.build.length === 0 ? '' : `+${version.build.join('.')}`;
  return `v${version.major}.${version.minor}.${version.patch}${pre}${build}`;
}

/** Precedence of semver.org section 11; build metadata does not count. */
export function compareSemver(a: Semver, b: Semver): number {
  for (const key of ['major', 'minor', 'patch'] as const) if (a[key] !== b[key]) return a[key] < b[key] ? -1 : 1;
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return Math.sign(b.prerelease.length - a.prerelease.length) * (a.prerelease.length === b.prerelease.length ? 0 : 1);
  for (let index = 0; index < Math.min(a.prerelease.length, b.prerelease.length); index++) {
    const order = compareIdentifiers(a.prerelease[index]!, b.prerelease[index]!);
    if (order !== 0) return order;
  }
  return Math.sign(a.prerelease.length - b.prerelease.length);
}

function compareIdentifiers(a: string, b: string): number {
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (x && y) return BigInt(a) === BigInt(b) ? 0 : BigInt(a) < BigInt(b) ? -1 : 1;
  if (x !== y) return x ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}

/** The next version; a pre-release goes to the release it prepares when the bump asks for no more, as in the semver package. */
export function bumpSemver(version: Semver, bump: Bump): Semver {
  const { major, minor, patch } = version;
  const pre = version.prerelease.length > 0;
  const next = { major, minor, patch, prerelease: [], build: [] };
  if (bump === 'patch') return pre ? next : { ...next, patch: patch + 1n };
  if (bump === 'minor') return pre && patch === 0n ? next : { ...next, minor: minor + 1n, patch: 0n };
  return pre && minor === 0n && patch === 0n ? next : { ...next, major: major + 1n, minor: 0n, patch: 0n };
}
