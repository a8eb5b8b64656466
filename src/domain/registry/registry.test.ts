/** State folded from tags: versions, holders, counters, deprecations, and tags that are broken, foreign or forged. */

import { describe, expect, it } from 'vitest';
import { formatTagMessage, noTrailers, type Trailers } from '../../formats/tag-message.ts';
import { readEvents, type TagObject } from './events.ts';
import { findVersion, holderOf, latestOf, nextVersion, resolveVersion, versionsOf } from './queries.ts';
import { foldRegistry, type Registry } from './registry.ts';

const commit = (n: number): string => n.toString(16).padStart(40, '0');

/** One tag, `at` seconds after the epoch on commit `on`; trailers only when given. */
function tag(name: string, at: number, on: number, trailers?: Partial<Trailers>): TagObject {
  const message = formatTagMessage({ subject: `about ${name}`, trailers: { ...noTrailers, ...trailers } });
  return {
    name: `refs/tags/${name}`,
    oid: commit(1000 + at),
    commit: commit(on),
    tag: { message, tagger: 'Ada', email: 'ada@example.org', time: new Date(at * 1000) },
  };
}

const fold = (...tags: TagObject[]): Registry => foldRegistry(readEvents(tags));
const codes = (registry: Registry): string[] => registry.problems.map(({ code }) => code);

describe('versions', () => {
  it('are ordered by precedence, not by time; the latest is the greatest active one', () => {
    const registry = fold(
      tag('m@v0.2.0', 1, 1),
      tag('m@v0.10.0', 2, 2),
      tag('m@v0.9.0', 3, 3),
      tag('m@v1.0.0', 4, 4),
      tag('m@v1.0.0!', 5, 4),
    );
    expect(versionsOf(registry, 'm').map(({ version }) => version)).toEqual(['v0.10.0', 'v0.9.0', 'v0.2.0']);
    expect(latestOf(registry, 'm')!.version).toBe('v0.10.0');
    expect(findVersion(registry, 'm', 'v1.0.0')).toMatchObject({ active: false, registered: true });
  });

  it('may share a commit', () => {
    const registry = fold(
      tag('m@v0.0.1', 1, 1),
      tag('m@v0.0.2', 2, 1),
      tag('m#prod#1', 3, 1, { artifact: 'm', version: 'v0.0.1' }),
    );
    expect(registry.problems).toEqual([]);
    expect(holderOf(registry, 'm', 'prod')!.version).toBe('v0.0.1');
  });

  it('on a shared commit without a trailer: the newest one that was there, and a problem that says so', () => {
    const registry = fold(tag('m@v0.0.1', 1, 1), tag('m@v0.0.2', 2, 1), tag('m#prod#1', 2, 1), tag('m@v0.0.3', 9, 1));
    expect(holderOf(registry, 'm', 'prod')!.version).toBe('v0.0.2');
    expect(codes(registry)).toEqual(['tag-ambiguous']);
  });

  it('that were never registered are named by their commit', () => {
    const registry = fold(tag('m#dev#1', 1, 7));
    expect(holderOf(registry, 'm', 'dev')).toMatchObject({ version: commit(7), registered: false, active: true });
    expect(latestOf(registry, 'm')).toBeUndefined();
  });
});

describe('stages', () => {
  const two = [tag('m@v0.0.1', 1, 1), tag('m@v0.0.2', 2, 2)];

  it('are held by the greatest counter, whatever the dates say', () => {
    const registry = fold(...two, tag('m#prod#3', 1, 1), tag('m#prod#1', 1, 1), tag('m#prod#2', 999_999, 2));
    expect(holderOf(registry, 'm', 'prod')!.version).toBe('v0.0.1');
    expect(registry.artifacts.get('m')!.nextCounter).toBe(4);
  });

  it('fall back to the earlier holder when unassigned', () => {
    const registry = fold(...two, tag('m#prod#1', 3, 1), tag('m#prod#2', 4, 2), tag('m#prod!#3', 5, 2));
    expect(holderOf(registry, 'm', 'prod')!.version).toBe('v0.0.1');
    expect(findVersion(registry, 'm', 'v0.0.2')!.stages).toEqual([]);
  });

  it('are empty when every holder was unassigned', () => {
    const registry = fold(...two, tag('m#prod#1', 3, 1), tag('m#prod!#2', 4, 1));
    expect(holderOf(registry, 'm', 'prod')).toBeUndefined();
    expect(registry.artifacts.get('m')!.stages).toEqual(['prod']);
  });

  it('are not held by a deregistered version', () => {
    const registry = fold(...two, tag('m#prod#1', 3, 1), tag('m#prod#2', 4, 2), tag('m@v0.0.2!', 5, 2));
    expect(holderOf(registry, 'm', 'prod')!.version).toBe('v0.0.1');
  });

  it('share one counter, which counts every tag of the artifact', () => {
    const registry = fold(...two, tag('m#dev#1', 3, 1), tag('m#staging#2', 4, 1), tag('m@deprecated#7', 5, 1));
    expect(registry.artifacts.get('m')!.nextCounter).toBe(8);
  });

  it('skip an assignment whose trailer names another commit or no version', () => {
    const registry = fold(
      ...two,
      tag('m#prod#1', 3, 1),
      tag('m#prod#2', 4, 1, { version: 'v0.0.2' }),
      tag('m#prod#3', 4, 1, { version: 'v9.9.9' }),
    );
    expect(holderOf(registry, 'm', 'prod')!.version).toBe('v0.0.1');
    expect(codes(registry)).toEqual(['tag-version-mismatch', 'tag-version-mismatch']);
    expect(registry.artifacts.get('m')!.nextCounter).toBe(4);
  });
});

describe('deprecation', () => {
  it('lasts until a later event revives the artifact', () => {
    const tags = [tag('m@v0.0.1', 1, 1), tag('m@deprecated', 2, 1)];
    expect(fold(...tags).artifacts.get('m')!.deprecated).toBe(true);
    expect(fold(...tags, tag('m@v0.0.2', 3, 2)).artifacts.get('m')!.deprecated).toBe(false);
  });
});

describe('tags that cannot be trusted', () => {
  it('are reported by name and skipped; the rest stays readable', () => {
    const light: TagObject = { name: 'refs/tags/m@v0.0.3', oid: commit(3), commit: commit(3) };
    const tree = { ...tag('m@v0.0.4', 4, 4), commit: '' };
    const registry = foldRegistry(
      readEvents(
        [
          tag('m@v0.0.1', 1, 1),
          tag('m@created', 2, 1),
          tag('v1.0.0', 2, 1),
          tag('m@version', 2, 1),
          tag('m@v0.0.2', 3, 2),
          tag('latest', 3, 2),
          light,
          tree,
        ],
        ['m@v0.0.2', 'latest'],
      ),
    );
    expect(versionsOf(registry, 'm').map(({ version }) => version)).toEqual(['v0.0.1']);
    expect(registry.problems.map(({ code, message }) => [code, /"(.*?)"/.exec(message)![1]])).toEqual([
      ['tag-foreign', 'm@version'],
      ['tag-differs', 'm@v0.0.2'],
      ['tag-lightweight', 'm@v0.0.3'],
      ['tag-no-commit', 'm@v0.0.4'],
    ]);
  });

  it('bring no evidence of another artifact or version along', () => {
    const digests = [{ path: 'x', md5: '0'.repeat(32), sha256: '0'.repeat(64) }];
    const registry = fold(
      tag('a@v0.0.1', 1, 1, { artifact: 'b', version: 'v0.0.1', digests }),
      tag('b@v0.0.2', 1, 1, { artifact: 'b', version: 'v0.0.1', digests }),
      tag('b@v0.0.1', 1, 1, { artifact: 'b', version: 'v0.0.1', digests }),
    );
    expect(codes(registry)).toEqual(['tag-trailer-mismatch', 'tag-trailer-mismatch']);
    expect(findVersion(registry, 'a', 'v0.0.1')!.trailers.digests).toEqual([]);
    expect(findVersion(registry, 'b', 'v0.0.2')!.trailers.digests).toEqual([]);
    expect(findVersion(registry, 'b', 'v0.0.1')!.trailers.digests).toEqual(digests);
  });
});

describe('questions', () => {
  const registry = fold(
    tag('churn@v1.0.0', 1, 1),
    tag('churn@v1.1.0-rc.1', 2, 2),
    tag('churn#prod#1', 3, 1),
    tag('churn@v1.0.1', 4, 3),
    tag('churn@v1.0.1!', 5, 3),
  );

  it.each([
    ['churn', 'v1.1.0-rc.1'],
    ['churn@latest', 'v1.1.0-rc.1'],
    ['churn@greatest', 'v1.1.0-rc.1'],
    ['churn@v1.0.0', 'v1.0.0'],
    ['churn@1.0.0', 'v1.0.0'],
    ['churn#prod', 'v1.0.0'],
  ])('%s is %s', (text, version) => {
    expect(resolveVersion(registry, text).version).toBe(version);
  });

  it.each([
    ['chrun', 'artifact-unknown'],
    ['', 'artifact-unknown'],
    ['churn@v2.0.0', 'version-unknown'],
    ['churn#dev', 'stage-empty'],
  ])('%j is an error', (text, code) => {
    expect(() => resolveVersion(registry, text)).toThrow(expect.objectContaining({ code }));
  });

  it('never offers a number twice', () => {
    expect(nextVersion(registry, 'new', { bump: 'patch' })).toBe('v0.0.1');
    expect(nextVersion(registry, 'churn', { bump: 'patch' })).toBe('v1.1.0');
    expect(nextVersion(registry, 'churn', { bump: 'major' })).toBe('v2.0.0');
    const stable = fold(tag('m@v1.0.0', 1, 1), tag('m@v1.0.1', 2, 2), tag('m@v1.0.1!', 3, 2));
    expect(nextVersion(stable, 'm', { bump: 'patch' })).toBe('v1.0.2');
    expect(nextVersion(stable, 'm', { version: '3.0.0', bump: 'patch' })).toBe('v3.0.0');
    expect(() => nextVersion(stable, 'm', { version: 'v1.0.1', bump: 'patch' })).toThrow(
      expect.objectContaining({ code: 'version-exists' }),
    );
    expect(() => nextVersion(stable, 'm', { version: 'new', bump: 'patch' })).toThrow(
      expect.objectContaining({ code: 'version-malformed' }),
    );
  });
});
