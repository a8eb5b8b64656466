/** `sync-data`: tracks data by content and moves it between work tree, cache and remote, in the formats of DVC 3. */

import { z } from 'zod';
import type { Json } from '../base/canonical-json.ts';
import { KitError } from '../base/errors.ts';
import { inlineCode, markdownTable } from '../base/markdown.ts';
import { formatBytes, formatCount, plural } from '../base/text.ts';
import type { Verdict } from '../base/verdict.ts';
import type { Ports } from '../ports/ports.ts';
import { type CommandResult, type CommonInputs, defineCommand } from './command.ts';
import { addPaths } from './data/add.ts';
import {
  type DvcRepository,
  hasDefaultRemote,
  openDvcRepository,
  openRemote,
  type Remote,
} from './data/dvc-repository.ts';
import { type OutputStatus, readStatus } from './data/status.ts';
import { readTrackedOutputs, type TrackedOutput } from './data/tracked-outputs.ts';
import { pullOutputs, pushOutputs, type RemoteOf, type Transfer } from './data/transfer.ts';
import { verifyOutputs } from './data/verify.ts';

const inputs = z.object({
  operation: z
    .enum(['add', 'status', 'push', 'pull', 'verify'])
    .default('status')
    .describe('What to do: add, status, push, pull or verify.')
    .meta({ positional: 0 }),
  paths: z
    .array(z.string())
    .default([])
    .describe('Files and folders, from the working directory. Default: everything that is tracked.')
    .meta({ positional: 1 }),
  remote: z.string().optional().describe('Remote of .dvc/config. Default: core.remote.'),
  check: z
    .boolean()
    .default(false)
    .describe('status: fail unless the work tree is as tracked and the remote holds all of it.'),
  force: z.boolean().default(false).describe('pull: overwrite changes in the work tree that are stored nowhere.'),
});

const outputs = z.object({
  changed: z.number().describe('Tracked files and folders that differ or were written.'),
  missing: z.number().describe('Objects that are not where they are needed.'),
  'transferred-bytes': z.number().describe('Bytes moved.'),
});

type Inputs = z.output<typeof inputs> & CommonInputs;
type Result = CommandResult<z.output<typeof outputs>>;

export const command = defineCommand({
  name: 'sync-data',
  summary: 'Pulls, pushes, adds and verifies data that is tracked by content (DVC 3 formats).',
  description:
    'Works on .dvc files and dvc.lock: status compares the work tree with them, push and pull move content to and from the remote of .dvc/config, add tracks a file or folder, verify hashes the cache and the remote again. What arrives is hashed before it is used.',
  inputs,
  outputs,
  writes: true,
  run,
});

async function run(ports: Ports, given: Inputs): Promise<Result> {
  const repository = await openDvcRepository(ports);
  if (given.operation === 'add') return await add(ports, repository, given);
  const paths = given.paths.map((path) => repository.pathOf(path));
  const tracked = await readTrackedOutputs(ports, repository, paths);
  const remoteOf = createRemoteOf(ports, repository, given.remote);
  const task = { ports, repository, given, tracked, remoteOf };
  if (given.operation === 'status') return await status(task);
  if (given.operation === 'push') return await push(task);
  return given.operation === 'pull' ? await pull(task) : await verify(task);
}

interface Task {
  readonly ports: Ports;
  readonly repository: DvcRepository;
  readonly given: Inputs;
  readonly tracked: readonly TrackedOutput[];
  readonly remoteOf: RemoteOf;
}

/** Each remote is opened once. An output may name its own. */
function createRemoteOf(ports: Ports, repository: DvcRepository, wanted: string | undefined): RemoteOf {
  const opened = new Map<string | undefined, Promise<Remote>>();
  return (output) => {
    const name = wanted ?? output.remote;
    const remote = opened.get(name) ?? openRemote(ports, repository, name);
    opened.set(name, remote);
    return remote;
  };
}

async function add(ports: Ports, repository: DvcRepository, given: Inputs): Promise<Result> {
  const added = await addPaths(ports, repository, given.paths, given['dry-run']);
  const changed = added.filter((one) => one.changed).length;
  const bytes = added.reduce((sum, one) => sum + one.stored, 0);
  const rows = added.map((one) => [
    inlineCode(one.path),
    one.changed ? 'tracked' : 'unchanged',
    formatCount(one.files),
    formatBytes(one.size),
    inlineCode(one.md5),
  ]);
  return result('add', {
    changed,
    missing: 0,
    bytes,
    rows: added.map((one) => ({ ...one })),
    markdown: `${markdownTable(['path', 'state', 'files', 'size', 'md5'], rows)}\n\nCommit the .dvc and .gitignore files.`,
  });
}

async function status(task: Task): Promise<Result> {
  const { ports, repository, given, tracked } = task;
  const asksRemote = given.check || given.remote !== undefined || hasDefaultRemote(repository);
  const states = await readStatus(ports, repository, tracked, asksRemote ? task.remoteOf : undefined);
  const changed = states.filter((state) => state.work !== 'unchanged').length;
  const missing = states.reduce((sum, state) => sum + (state.missing ?? 0), 0);
  const rows = states.map((state) => [
    inlineCode(state.output.path),
    state.work,
    state.missing === undefined ? '-' : state.missing === 0 ? 'complete' : `${plural(state.missing, 'object')} missing`,
    inlineCode(state.output.source),
  ]);
  const verdict: Verdict = states.length === 0 ? 'inconclusive' : changed + missing > 0 ? 'fail' : 'pass';
  const summary = `${plural(changed, 'path')} changed, ${plural(missing, 'object')} missing in the remote.`;
  return result('status', {
    changed,
    missing,
    bytes: 0,
    rows: states.map(statusRow),
    markdown: `${markdownTable(['path', 'work tree', 'remote', 'tracked by'], rows)}\n\n${summary}`,
    ...(given.check ? { verdict } : {}),
  });
}

function statusRow(state: OutputStatus): Json {
  const { path, md5, size, source, stage } = state.output;
  return { path, md5, size, source, stage, state: state.work, missing: state.missing };
}

async function push(task: Task): Promise<Result> {
  const { ports, repository, given, tracked, remoteOf } = task;
  const transfers = await pushOutputs(ports, repository, tracked, { remoteOf, dryRun: given['dry-run'] });
  assertComplete('push', transfers, 'Pull them first, or make them again: mlops-kit train.');
  return transferResult('push', transfers, transfers.filter((one) => one.objects > 0).length);
}

async function pull(task: Task): Promise<Result> {
  const { ports, repository, given, tracked, remoteOf } = task;
  const options = { remoteOf, dryRun: given['dry-run'], force: given.force };
  const transfers = await pullOutputs(ports, repository, tracked, options);
  // What is never pushed can only be made again.
  const pushed = transfers.filter((one) => one.output.pushed);
  assertComplete('pull', pushed, 'Push them from where they were made: mlops-kit sync-data push.');
  return transferResult('pull', transfers, transfers.filter((one) => one.written).length);
}

function assertComplete(verb: string, transfers: readonly Transfer[], hint: string): void {
  const incomplete = transfers.filter((transfer) => transfer.missing.length > 0);
  if (incomplete.length === 0) return;
  const problems = incomplete.map(({ output, missing }) => ({
    code: 'object-missing',
    message: `Cannot ${verb} "${output.path}": ${plural(missing.length, 'object')} missing, the first is ${missing[0]}`,
    hint,
    at: { path: output.source },
  }));
  const total = incomplete.reduce((sum, transfer) => sum + transfer.missing.length, 0);
  const message =
    problems.length === 1 ? problems[0]!.message : `Cannot ${verb} data: ${plural(total, 'object')} missing`;
  throw new KitError('object-missing', message, { hint, problems });
}

function transferResult(operation: string, transfers: readonly Transfer[], changed: number): Result {
  const bytes = transfers.reduce((sum, one) => sum + one.bytes, 0);
  const rows = transfers.map((one) => [
    inlineCode(one.output.path),
    one.objects === 0 ? 'up to date' : plural(one.objects, 'object'),
    formatBytes(one.bytes),
  ]);
  return result(operation, {
    changed,
    missing: 0,
    bytes,
    rows: transfers.map((one) => ({
      path: one.output.path,
      md5: one.output.md5,
      objects: one.objects,
      bytes: one.bytes,
      written: one.written,
    })),
    markdown: `${markdownTable(['path', 'moved', 'bytes'], rows)}\n\n${formatBytes(bytes)} moved.`,
  });
}

async function verify(task: Task): Promise<Result> {
  const { ports, repository, given, tracked } = task;
  const asksRemote = given.remote !== undefined || hasDefaultRemote(repository);
  const verified = await verifyOutputs(ports, repository, tracked, asksRemote ? task.remoteOf : undefined);
  const places = verified.flatMap(({ output, places }) => places.map((place) => ({ path: output.path, ...place })));
  const missing = places.reduce((sum, one) => sum + one.missing.length, 0);
  const damaged = places.reduce((sum, one) => sum + one.damaged.length, 0);
  const rows = places.map((one) => [
    inlineCode(one.path),
    one.place,
    formatCount(one.objects),
    formatCount(one.missing.length),
    formatCount(one.damaged.length),
  ]);
  return result('verify', {
    changed: damaged,
    missing,
    bytes: places.reduce((sum, one) => sum + one.bytes, 0),
    rows: places.map((one) => ({ ...one })),
    markdown: markdownTable(['path', 'place', 'objects', 'missing', 'damaged'], rows),
    verdict: places.length === 0 ? 'inconclusive' : missing + damaged > 0 ? 'fail' : 'pass',
  });
}

interface Summary {
  readonly changed: number;
  readonly missing: number;
  readonly bytes: number;
  readonly rows: readonly Json[];
  readonly markdown: string;
  readonly verdict?: Verdict;
}

function result(operation: string, summary: Summary): Result {
  const { changed, missing, bytes, rows, verdict } = summary;
  return {
    ...(verdict === undefined ? {} : { verdict }),
    outputs: { changed, missing, 'transferred-bytes': bytes },
    document: { schema: 'sync-data/v1', operation, verdict, changed, missing, transferredBytes: bytes, paths: rows },
    markdown: `## Data: ${operation}\n\n${summary.markdown}\n`,
  };
}
