/** Reads and moves a rollout in git: its state, its abort request and the manifest on the default branch. */

import { KitError } from '../../base/errors.ts';
import {
  AbortRequest,
  formatRolloutFile,
  parseRolloutFile,
  RolloutState,
  rolloutRefOf,
} from '../../formats/rollout-state.ts';
import type { Git, GitIdentity, PushOutcome, RefUpdate } from '../../ports/git.ts';
import type { Ports } from '../../ports/ports.ts';
import { gitIdentity } from '../git-identity.ts';

/** Where a rollout is kept. */
export interface Place {
  readonly environment: string;
  readonly artifact: string;
  readonly stateRef: string;
  readonly abortRef: string;
  /** Name of the default branch. */
  readonly branch: string;
  /** Path of the manifest from the working directory, and from the top of the repository. */
  readonly manifestPath: string;
  readonly gitPath: string;
}

/** What stands in git at one moment. */
export interface Snapshot {
  readonly state: RolloutState | undefined;
  readonly stateOid: string | null;
  readonly abort: { readonly oid: string; readonly request: AbortRequest } | undefined;
  /** Commit of the default branch. */
  readonly head: string;
  readonly manifest: { readonly text: string; readonly oid: string } | undefined;
}

const stateFile = 'state.json';
const abortFile = 'abort.json';
/** The manifest of before, kept with the state so that a shallow clone can restore it. */
const beforeFile = 'before.yaml';

export async function placeOf(ports: Ports, environment: string, artifact: string, manifest: string): Promise<Place> {
  const branch = await ports.git.defaultBranch();
  if (branch === undefined) {
    throw new KitError('git-no-branch', 'Cannot deploy: the repository has no default branch yet', {
      hint: 'Commit and push first: git push -u origin main',
    });
  }
  return {
    environment,
    artifact,
    stateRef: rolloutRefOf(environment, artifact, 'state'),
    abortRef: rolloutRefOf(environment, artifact, 'abort'),
    branch,
    manifestPath: manifest,
    gitPath: `${await ports.git.prefix()}${manifest}`,
  };
}

/** The truth of the remote (of this repository, where there is none). */
export async function readSnapshot(ports: Ports, place: Place): Promise<Snapshot> {
  const { git } = ports;
  const names = [place.stateRef, place.abortRef, `refs/heads/${place.branch}`];
  const oids = await currentOids(ports, names);
  const [stateOid, abortOid, head] = names.map((name) => oids.get(name) ?? null);
  if (head === null || head === undefined) {
    throw new KitError('git-no-branch', `Cannot deploy: branch "${place.branch}" is not there`, {
      hint: `Push it: git push origin ${place.branch}`,
    });
  }
  const read = async <T>(oid: string, file: string, parse: (text: string) => T): Promise<T> => {
    const bytes = await git.readPath(oid, file);
    if (bytes === undefined) {
      throw new KitError(
        'rollout-state-damaged',
        `Cannot read rollout "${place.stateRef}": commit ${oid} has no ${file}`,
      );
    }
    return parse(new TextDecoder().decode(bytes));
  };
  const state = stateOid
    ? await read(stateOid, stateFile, (text) => parseRolloutFile(RolloutState, text, place.stateRef))
    : undefined;
  const request = abortOid
    ? await read(abortOid, abortFile, (text) => parseRolloutFile(AbortRequest, text, place.abortRef))
    : undefined;
  return {
    state,
    stateOid: stateOid ?? null,
    abort: request === undefined ? undefined : { oid: abortOid!, request },
    head,
    manifest: await readManifest(ports, head, place.gitPath),
  };
}

async function currentOids(ports: Ports, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { git } = ports;
  const remote = await git.remote();
  if (remote === undefined) {
    const refs = await git.refs(names);
    return new Map(refs.filter(({ name }) => names.includes(name)).map(({ name, oid }) => [name, oid]));
  }
  const oids = await git.remoteRefs(names);
  const missing = [];
  for (const [name, oid] of oids) if (!(await hasObject(ports, oid))) missing.push(name);
  if (missing.length > 0) {
    const local = (name: string): string => name.replace(/^refs\/heads\//, `refs/remotes/${remote}/`);
    const depth = (await git.isShallow()) ? { depth: 1 } : {};
    await git.fetch(
      missing.map((name) => `+${name}:${local(name)}`),
      depth,
    );
    for (const name of missing) {
      // A writer came in between: what was fetched is newer than what was listed.
      if (!(await hasObject(ports, oids.get(name)!))) return currentOids(ports, names);
    }
  }
  return oids;
}

/** Objects that were seen here; they do not go away while this process runs. */
const seenObjects = new WeakMap<Git, Set<string>>();

async function hasObject(ports: Ports, oid: string): Promise<boolean> {
  const seen = seenObjects.get(ports.git) ?? new Set();
  seenObjects.set(ports.git, seen);
  if (seen.has(oid)) return true;
  try {
    await ports.git.resolve(oid);
    seen.add(oid);
    return true;
  } catch (error) {
    if (error instanceof KitError && error.code === 'git-unknown-revision') return false;
    throw error;
  }
}

async function readManifest(ports: Ports, head: string, path: string): Promise<Snapshot['manifest']> {
  const entry = (await ports.git.listTree(head, path)).find((one) => one.path === path);
  if (entry === undefined) return undefined;
  return { oid: entry.oid, text: new TextDecoder().decode(await ports.git.readBlob(entry.oid)) };
}

const authors = new WeakMap<Git, Promise<GitIdentity>>();

/** One look into git's config per process: a tick writes several commits. */
function authorOf(ports: Ports): Promise<GitIdentity> {
  let author = authors.get(ports.git);
  if (author === undefined) {
    author = gitIdentity(ports);
    authors.set(ports.git, author);
  }
  return author;
}

/** The commit of a state, whose parent is the state it was decided on. */
export async function writeStateCommit(ports: Ports, state: RolloutState, parent: string | null): Promise<string> {
  const { git, clock } = ports;
  const edits = [{ path: stateFile, blob: await git.writeBlob(formatRolloutFile(state)) }];
  if (state.manifestBefore !== null) edits.push({ path: beforeFile, blob: state.manifestBefore });
  const tree = await git.writeTree(null, edits);
  const message = `Rollout ${state.id}: ${state.phase}\n\n${state.because}\n\nMlops-Transition: ${state.id}-${state.generation}\n`;
  const author = await authorOf(ports);
  return git.writeCommit({ tree, parents: parent === null ? [] : [parent], message, author, time: clock.now() });
}

/** The commit on the default branch that writes (or, with null, removes) the manifest. */
export async function writeManifestCommit(
  ports: Ports,
  place: Place,
  head: string,
  blob: string | null,
  state: RolloutState,
): Promise<string> {
  const tree = await ports.git.writeTree(head, [{ path: place.gitPath, blob }]);
  const subject = `deploy(${place.environment}): ${place.artifact} ${state.candidate.version} ${state.phase} at ${state.weight} %`;
  const trailers = `Mlops-Rollout: ${state.id}\nMlops-Transition: ${state.id}-${state.generation}`;
  const message = `${subject}\n\n${state.because}\n\n${trailers}\n`;
  const author = await authorOf(ports);
  return ports.git.writeCommit({ tree, parents: [head], message, author, time: ports.clock.now() });
}

/** Create-only, so that an abort needs to win no race; one that stands already is as good. */
export async function writeAbort(ports: Ports, place: Place, request: AbortRequest): Promise<void> {
  const blob = await ports.git.writeBlob(formatRolloutFile(request));
  const tree = await ports.git.writeTree(null, [{ path: abortFile, blob }]);
  const message = `Abort rollout ${request.rollout}\n\n${request.reason}\n`;
  const author = await authorOf(ports);
  const target = await ports.git.writeCommit({ tree, parents: [], message, author, time: ports.clock.now() });
  await moveRefs(ports, [{ ref: place.abortRef, expected: null, target }]);
}

export async function moveRefs(ports: Ports, updates: readonly RefUpdate[]): Promise<PushOutcome> {
  const { git } = ports;
  return (await git.remote()) === undefined ? git.updateRefs(updates) : git.push(updates);
}
