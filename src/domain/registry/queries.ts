/** Answers questions about the registry: which version is meant, which is the latest, who holds a stage, which version comes next. */

import { KitError } from '../../base/errors.ts';
import { type Bump, bumpSemver, formatSemver, parseSemver } from '../../base/semver.ts';
import { nearestOf } from '../../base/text.ts';
import type { ArtifactState, Registry, VersionState } from './registry.ts';

/** Active registered versions, greatest first. */
export function versionsOf(registry: Registry, artifact: string): readonly VersionState[] {
  return (registry.artifacts.get(artifact)?.versions ?? []).filter(({ active, registered }) => active && registered);
}

/** Greatest active registered version; pre-releases count by their order. */
export function latestOf(registry: Registry, artifact: string): VersionState | undefined {
  return versionsOf(registry, artifact)[0];
}

/** The version that holds a stage now. */
export function holderOf(registry: Registry, artifact: string, stage: string): VersionState | undefined {
  return registry.artifacts.get(artifact)?.holders.get(stage);
}

/** A registered version, deregistered ones too. */
export function findVersion(registry: Registry, artifact: string, version: string): VersionState | undefined {
  return registry.artifacts.get(artifact)?.versions.find((one) => one.version === version);
}

/**
 * The version that `name`, `name@latest`, `name@greatest`, `name@v1.2.3` or `name#stage` means.
 *
 * @throws KitError `artifact-unknown`, `version-unknown`, `stage-empty`
 */
export function resolveVersion(registry: Registry, text: string): VersionState {
  const match = /^(.*?)(?:([@#])(.*))?$/s.exec(text);
  const [, artifact = '', separator, rest = ''] = match as unknown as [string, string, string?, string?];
  const state = needArtifact(registry, artifact);
  if (separator === '#') {
    const holder = state.holders.get(rest);
    if (holder !== undefined) return holder;
    throw new KitError(
      'stage-empty',
      `Cannot find version "${text}": no version of "${artifact}" holds stage "${rest}"`,
      {
        hint:
          state.holders.size === 0 ? 'No stage is held yet.' : `Held stages: ${[...state.holders.keys()].join(', ')}.`,
      },
    );
  }
  const latest = separator === undefined || rest === 'latest' || rest === 'greatest';
  const wanted = rest.startsWith('v') ? rest : `v${rest}`;
  const found = latest ? latestOf(registry, artifact) : findVersion(registry, artifact, wanted);
  if (found !== undefined) return found;
  const known = versionsOf(registry, artifact).slice(0, 5);
  throw new KitError('version-unknown', `Cannot find version "${text}": it is not registered`, {
    hint:
      known.length === 0 ? 'Register one: mlops-kit register' : `Newest: ${known.map((v) => v.version).join(', ')}.`,
  });
}

/** @throws KitError `artifact-unknown` */
export function needArtifact(registry: Registry, artifact: string): ArtifactState {
  const state = registry.artifacts.get(artifact);
  if (state !== undefined) return state;
  const nearest = nearestOf(artifact, registry.artifacts.keys());
  throw new KitError('artifact-unknown', `Cannot find artifact "${artifact}": the registry has no tag of it`, {
    hint: nearest === undefined ? 'Register a first version: mlops-kit register' : `Did you mean "${nearest}"?`,
  });
}

/**
 * The version to register: the one asked for, or the bump of the latest; a number once used is never used again.
 *
 * @throws KitError `version-malformed`, `version-exists`
 */
export function nextVersion(
  registry: Registry,
  artifact: string,
  wanted: { readonly version?: string | undefined; readonly bump: Bump },
): string {
  const used = new Set(registry.artifacts.get(artifact)?.versions.map(({ version }) => version));
  if (wanted.version !== undefined) {
    const parsed = parseSemver(wanted.version);
    if (parsed === undefined)
      throw new KitError(
        'version-malformed',
        `Cannot register version "${wanted.version}": it is no semantic version`,
        {
          hint: 'Write it as v1.2.3 or v1.2.3-rc.1.',
        },
      );
    const version = formatSemver(parsed);
    if (!used.has(version)) return version;
    throw new KitError('version-exists', `Cannot register version "${version}" of "${artifact}": it exists already`, {
      hint: 'Tags are never moved; leave the version out to get the next one.',
    });
  }
  const latest = latestOf(registry, artifact);
  let next = latest === undefined ? parseSemver('v0.0.1')! : bumpSemver(parseSemver(latest.version)!, wanted.bump);
  while (used.has(formatSemver(next))) next = bumpSemver(next, wanted.bump);
  return formatSemver(next);
}
