/** Reads the code a run was made from: commit, digest of the tree, and which changed files the commit does not hold. */

import { join } from 'node:path';
import { pathsOverlap } from '../../base/repo-path.ts';
import { type CodeFile, digestCode } from '../../domain/training/run-key.ts';
import type { Ports } from '../../ports/ports.ts';
import { hashPath } from '../data/hash-path.ts';

export interface CodeState {
  readonly commit: string;
  readonly repository: string | null;
  /** 64 hex digits over the files of the tree, changed ones with their present content. */
  readonly digest: string;
  readonly dirty: boolean;
  /** Changed files, from the top of the git repository. */
  readonly paths: readonly string[];
}

/**
 * `generated` (from the working directory) is what training itself writes: it is neither code nor a change of it.
 *
 * @throws KitError `git-no-repository`, `git-unknown-revision`
 */
export async function readCode(ports: Ports, generated: readonly string[]): Promise<CodeState> {
  const { git } = ports;
  const [top, prefix, commit, url] = await Promise.all([git.top(), git.prefix(), git.resolve('HEAD'), git.remoteUrl()]);
  const own = generated.map((path) => join(prefix, path));
  const isGenerated = (path: string): boolean =>
    own.some((one) => path === one || path.startsWith(`${one}/`)) || isKept(path, prefix);
  const tree = await git.listTree('HEAD');
  const committed = tree.filter((file) => !isGenerated(file.path));
  const paths = (await git.status()).paths.filter((path) => !isGenerated(path.replace(/\/$/, '')));
  const changed: CodeFile[] = [];
  for (const path of paths) {
    const hashed = await hashPath(ports, { root: top }, path.replace(/\/$/, ''));
    changed.push({ path, content: hashed === undefined ? null : `md5:${hashed.md5}` });
  }
  return {
    commit,
    repository: withoutSecrets(url),
    digest: digestCode(
      committed.map((file) => ({ path: file.path, content: file.oid })),
      changed,
    ),
    dirty: paths.length > 0,
    paths,
  };
}

/** Files that the kit and DVC keep for themselves. */
function isKept(path: string, prefix: string): boolean {
  return (
    /(^|\/)\.gitignore$/.test(path) ||
    ['.mlops', '.dvc'].some((one) => pathsOverlap(path, one) || pathsOverlap(path, join(prefix, one)))
  );
}

function withoutSecrets(url: string | undefined): string | null {
  return url === undefined ? null : url.replace(/^([a-z+]+:\/\/)[^/@]*@/i, '$1');
}
