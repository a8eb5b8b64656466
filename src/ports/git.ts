/** Git as plumbing: objects, refs, compare-and-swap pushes. Nothing here touches the index or the work tree unless it says so. */

export interface GitRef {
  /** Full name, for example `refs/tags/m@v1.0.0`. */
  readonly name: string;
  /** The object the ref names (a tag object for annotated tags). */
  readonly oid: string;
  readonly type: 'commit' | 'tag' | 'tree' | 'blob';
  /** The commit behind it; empty when it names no commit. */
  readonly commit: string;
  /** Only for annotated tags. */
  readonly tag?: { readonly message: string; readonly tagger: string; readonly email: string; readonly time: Date };
}

export interface GitIdentity {
  readonly name: string;
  readonly email: string;
}

/** One ref to move: from `expected` (null = must not exist) to `target` (null = delete). */
export interface RefUpdate {
  readonly ref: string;
  readonly expected: string | null;
  readonly target: string | null;
}

export type PushOutcome =
  | { readonly kind: 'pushed' }
  /** A lease was stale or a ref was there already: fetch, plan again, retry. */
  | { readonly kind: 'rejected'; readonly refs: readonly string[]; readonly message: string };

export interface TreeEdit {
  readonly path: string;
  /** Blob id, or null to remove. */
  readonly blob: string | null;
  readonly mode?: '100644' | '100755' | '120000' | '160000';
}

export interface CommitInput {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author?: GitIdentity;
  readonly time: Date;
}

export interface TagInput {
  readonly name: string;
  readonly target: string;
  readonly message: string;
  readonly tagger: GitIdentity;
  readonly time: Date;
}

export interface WorkTreeStatus {
  readonly clean: boolean;
  /** Changed or untracked paths, at most 1,000. */
  readonly paths: readonly string[];
}

export interface Git {
  /** Absolute path of the top of the work tree. @throws KitError `git-no-repository` */
  top(): Promise<string>;
  /** The working directory below the top: empty, or `a/b/`. */
  prefix(): Promise<string>;
  /** Commit of HEAD, or of any revision. @throws KitError `git-unknown-revision` */
  resolve(revision: string): Promise<string>;
  /** Short branch name of HEAD; undefined when detached. */
  branch(): Promise<string | undefined>;
  isShallow(): Promise<boolean>;
  status(): Promise<WorkTreeStatus>;
  config(key: string): Promise<string | undefined>;
  /** Name of the remote the kit writes to (`origin`, or the only one); undefined without remote. */
  remote(): Promise<string | undefined>;
  remoteUrl(): Promise<string | undefined>;
  defaultBranch(): Promise<string | undefined>;

  /** Local refs under the prefixes, with tag contents, in one `for-each-ref`. */
  refs(prefixes: readonly string[]): Promise<readonly GitRef[]>;
  /** Name to object id of remote refs that match (`ls-remote`). @throws KitError `git-remote-unreachable` */
  remoteRefs(patterns: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * Fetches refspecs (and with `tags` all tags). A local tag that differs from the remote one is never overwritten: it is in `kept`.
   * `depth` cuts the history of everything it fetches, so it is for shallow clones only.
   *
   * @throws KitError `git-no-remote`, `git-remote-unreachable`
   */
  fetch(
    refspecs: readonly string[],
    options?: { readonly depth?: number; readonly tags?: boolean },
  ): Promise<{ readonly kept: readonly string[] }>;

  readBlob(oid: string): Promise<Uint8Array>;
  /** Bytes of `path` (from the top of the repository) in a commit; undefined when absent. */
  readPath(revision: string, path: string): Promise<Uint8Array | undefined>;
  /** All blobs under a path of a commit: path from the top, object id, mode. */
  listTree(
    revision: string,
    under?: string,
  ): Promise<readonly { readonly path: string; readonly oid: string; readonly mode: string }[]>;
  /** Many blobs through one `cat-file --batch`. */
  readBlobs(oids: readonly string[]): Promise<readonly Uint8Array[]>;
  writeBlob(data: string | Uint8Array): Promise<string>;
  /** A tree made from another by edits; `base` null starts empty. Works on a temporary index. */
  writeTree(base: string | null, edits: readonly TreeEdit[]): Promise<string>;
  writeCommit(commit: CommitInput): Promise<string>;
  writeTag(tag: TagInput): Promise<string>;
  /** Commit subject and trailers along first parents, newest first. */
  log(
    revision: string,
    options?: { readonly limit?: number },
  ): Promise<readonly { readonly oid: string; readonly message: string; readonly time: Date }[]>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;

  /** Moves local refs in one transaction (`update-ref --stdin`). Rejected when an expected value is not there. */
  updateRefs(updates: readonly RefUpdate[]): Promise<PushOutcome>;
  /**
   * Pushes all updates in one `git push --atomic` with an explicit lease on each; local copies of the refs follow only when pushed.
   *
   * @throws KitError `git-no-remote`, `git-push-forbidden` (no permission), `git-remote-unreachable`
   */
  push(updates: readonly RefUpdate[]): Promise<PushOutcome>;
}
