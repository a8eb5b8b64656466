/** Makes the result commit of a version: the source commit plus what the pipeline wrote, so that the tag alone gives model and data back. */

import { KitError } from '../../base/errors.ts';
import { plural } from '../../base/text.ts';
import { type DvcLock, emptyLock, parseDvcLock } from '../../formats/dvc-lock.ts';
import { parseOutputFlags } from '../../formats/registry-pipeline.ts';
import type { TreeEdit } from '../../ports/git.ts';
import type { Ports } from '../../ports/ports.ts';

export interface ResultSource {
  /** Commit the version is built on. */
  readonly commit: string;
  /** Tree of the version: that of the commit with the results on top. */
  readonly tree: string;
  /** DVC md5 that the lock file gives the artifact. */
  readonly lockedMd5: string | undefined;
  /** DVC md5 of every output that belongs into the data remote. */
  readonly stored: readonly string[];
}

/**
 * @param revision Undefined: HEAD with the results in the work tree; else that commit as it stands.
 * @throws KitError `work-tree-dirty` when more than results of the pipeline has changed
 */
export async function findResultSource(
  ports: Ports,
  pipeline: string,
  artifact: string,
  revision: string | undefined,
): Promise<ResultSource> {
  const { git } = ports;
  const [commit, head, prefix] = await Promise.all([
    git.resolve(revision ?? 'HEAD'),
    git.resolve('HEAD'),
    git.prefix(),
  ]);
  const lockPath = pipeline.replace(/[^/]*$/, 'dvc.lock');
  const folder = lockPath.slice(0, -'dvc.lock'.length);
  const here = commit === head;
  const read = async (path: string): Promise<string | undefined> => {
    if (here) return (await ports.files.exists(path)) ? ports.files.readText(path) : undefined;
    const bytes = await git.readPath(commit, prefix + path);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
  };
  const lockText = await read(lockPath);
  const lock = lockText === undefined ? emptyLock : parseDvcLock(lockText, lockPath);
  const lockedMd5 = outsOf(lock).find((out) => folder + out.path === artifact && out.hash === 'md5')?.md5;
  const pipelineText = await read(pipeline);
  const { uncached, unpushed } = parseOutputFlags(pipelineText ?? '', pipeline);
  const stored = outsOf(lock).flatMap(({ path, hash, md5 }) =>
    hash !== 'md5' || md5 === undefined || uncached.includes(path) || unpushed.includes(path) ? [] : [md5],
  );
  const workflows = await workflowEdits(ports, commit);
  if (!here) return { commit, tree: await git.writeTree(commit, workflows), lockedMd5, stored };
  const params = [...lock.stages.values()].flatMap((stage) => Object.keys(stage.params));
  const results = await resultEdits(ports, {
    prefix,
    outs: [artifact, ...outsOf(lock).map(({ path }) => folder + path)],
    // What DVC does not keep, git has to.
    kept: new Set([
      lockPath,
      ...[...uncached, ...params].map((path) => folder + path),
      ...(lockedMd5 === undefined ? [artifact] : []),
    ]),
  });
  return { commit, tree: await git.writeTree(commit, [...results, ...workflows]), lockedMd5, stored };
}

function outsOf(lock: DvcLock) {
  return [...lock.stages.values()].flatMap((stage) => stage.outs);
}

interface Place {
  readonly prefix: string;
  /** Files and folders the pipeline writes; DVC keeps them. */
  readonly outs: readonly string[];
  /** Files of the pipeline that git keeps. */
  readonly kept: ReadonlySet<string>;
}

/** Changed files that the pipeline wrote; data that DVC keeps is not among them. */
async function resultEdits(ports: Ports, { prefix, outs, kept }: Place): Promise<readonly TreeEdit[]> {
  const edits: TreeEdit[] = [];
  const foreign: string[] = [];
  const { paths } = await ports.git.status();
  for (const path of paths) {
    const local = path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
    if (isOurs(path) || (local !== undefined && isOurs(local))) continue;
    const isGitignore = /(^|\/)\.gitignore$/.test(path);
    const isOut = local !== undefined && outs.some((out) => local === out || local.startsWith(`${out}/`));
    const isKept = local !== undefined && kept.has(local);
    if (!isGitignore && !isOut && !isKept) {
      foreign.push(path);
      continue;
    }
    if (local === undefined || !(isGitignore || isKept)) continue;
    const stat = await ports.files.stat(local);
    if (stat === undefined) edits.push({ path, blob: null });
    else {
      const blob = await ports.git.writeBlob(await ports.files.readBytes(local));
      edits.push({ path, blob, mode: (stat.mode & 0o100) === 0 ? '100644' : '100755' });
    }
  }
  // The list of changes ends at 1,000: more cannot be told apart.
  if (foreign.length === 0 && paths.length < 1000) return edits;
  const shown = foreign.slice(0, 5).map((path) => `"${path}"`);
  const more = foreign.length > shown.length ? ` and ${foreign.length - shown.length} more` : '';
  throw new KitError(
    'work-tree-dirty',
    `Cannot register a version from "${ports.files.root}": ${foreign.length === 0 ? '1,000 or more changed files cannot be told apart' : `${plural(foreign.length, 'changed file')} would be missing from it: ${shown.join(', ')}${more}`}`,
    {
      hint: 'Commit or remove them first. Only what the pipeline writes (dvc.lock, metrics, params) may be uncommitted.',
    },
  );
}

function isOurs(path: string): boolean {
  return /^(\.mlops|\.dvc\/(cache|tmp))\//.test(path);
}

/**
 * `.github/workflows` as on the default branch's tip: GitHub refuses a GITHUB_TOKEN push of a commit whose workflow files it would
 * have to create or change (GH013).
 */
async function workflowEdits(ports: Ports, commit: string): Promise<readonly TreeEdit[]> {
  const { git } = ports;
  const tip = await findDefaultTip(ports);
  if (tip === undefined || tip === commit) return [];
  const [ours, theirs] = await Promise.all([
    git.listTree(commit, '.github/workflows'),
    git.listTree(tip, '.github/workflows'),
  ]);
  const there = new Map(theirs.map((entry) => [entry.path, entry]));
  const removals = ours.filter(({ path }) => !there.has(path)).map(({ path }): TreeEdit => ({ path, blob: null }));
  const changes = theirs
    .filter(({ path, oid }) => ours.find((entry) => entry.path === path)?.oid !== oid)
    .map(({ path, oid, mode }): TreeEdit => ({ path, blob: oid, mode: mode as NonNullable<TreeEdit['mode']> }));
  return [...removals, ...changes];
}

async function findDefaultTip(ports: Ports): Promise<string | undefined> {
  const { git } = ports;
  const remote = await git.remote();
  const branch = await git.defaultBranch();
  if (remote === undefined || branch === undefined) return undefined;
  const ref = `refs/heads/${branch}`;
  const tip = (await git.remoteRefs([ref])).get(ref);
  if (tip === undefined) return undefined;
  try {
    return await git.resolve(tip);
  } catch (error) {
    if (!(error instanceof KitError && error.code === 'git-unknown-revision')) throw error;
  }
  await git.fetch([`+${ref}:refs/remotes/${remote}/${branch}`], (await git.isShallow()) ? { depth: 1 } : {});
  return git.resolve(`refs/remotes/${remote}/${branch}`);
}
