/** A stand for rollout tests: a bare remote, clones with ports, registered versions with real models, and traffic written to the log. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createClock } from '../../src/adapters/clock.ts';
import { createLocalForge } from '../../src/adapters/forge/local.ts';
import type { CommandResult } from '../../src/commands/command.ts';
import { command } from '../../src/commands/deploy.ts';
import { readRegistry } from '../../src/commands/read-registry.ts';
import { appendRecords } from '../../src/commands/records.ts';
import { planAssignment } from '../../src/commands/registry/assign.ts';
import { findVersion } from '../../src/domain/registry/queries.ts';
import { formatLogLine } from '../../src/formats/prediction-log.ts';
import { parseReferenceManifest, type ReferenceManifest } from '../../src/formats/reference-manifest.ts';
import { RolloutState } from '../../src/formats/rollout-state.ts';
import { formatTagMessage, noTrailers } from '../../src/formats/tag-message.ts';
import type { Git } from '../../src/ports/git.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { createYard, openRepository, type Repository } from '../registry/repositories.ts';
import { createTestPorts, type Messages } from '../serving/ports.ts';

export const manifestPath = 'deploy/production/m.yaml';
export const stateRef = 'refs/mlops/rollouts/production/m/state';
export const abortRef = 'refs/mlops/rollouts/production/m/abort';
const logPath = '.mlops/logs/predictions/m.jsonl';

export const defaultSteps = '[{setWeight: 10}, {analysis: 0s}, {setWeight: 50}, {analysis: 0s}]';

const configOf = (steps: string, maxLatency: string): string => `version: 1
datasets: {d: {path: data.csv}}
models: {m: {artifact: m.onnx, dataset: d, task: binary}}
stages:
  production:
    deploy:
      target: {reference: "deploy/production/{artifact}.yaml"}
      steps: ${steps}
      guard: [{metric: error-rate, max-regression: 0.02}, {metric: latency-p99, max: ${maxLatency}}]
      min-requests: 100
`;

export interface Site {
  readonly repository: Repository;
  readonly ports: Ports & Messages;
  deploy(operation: string, more?: Record<string, unknown>): Promise<CommandResult<Record<string, unknown>>>;
}

export type Stand = Awaited<ReturnType<typeof buildStand>>;

/** What a copy of a stand is made from. */
interface Origin {
  readonly folder: string;
  /** Model files by MD5. */
  readonly models: ReadonlyMap<string, string>;
}

export async function createStand(steps: string = defaultSteps, maxLatency = '1s') {
  return buildStand({ files: { 'mlops.yaml': configOf(steps, maxLatency), '.gitignore': '.mlops/\n' } });
}

/** A copy of a stand as it is, so that a common beginning is played once. */
export async function copyStand(from: Stand): Promise<Stand> {
  return buildStand({ from: { folder: from.yard.root, models: from.models } });
}

/** The part of a yard that stands use, over a copied folder. */
function copyYard(from: string) {
  const root = mkdtempSync(join(tmpdir(), 'mlops-yard-'));
  cpSync(from, root, { recursive: true });
  const remote = join(root, 'remote.git');
  const run = (cwd: string, args: readonly string[]): string =>
    execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  const opened: Repository[] = [];
  return {
    root,
    remoteGit: (...args: string[]) => run(remote, args),
    clone(name: string): Repository {
      if (name !== 'home') run(root, ['clone', '--quiet', `file://${remote}`, name]);
      const repository = openRepository(join(root, name));
      repository.git('remote', 'set-url', 'origin', `file://${remote}`);
      opened.push(repository);
      return repository;
    },
    async [Symbol.asyncDispose]() {
      for (const repository of opened) await repository.port[Symbol.asyncDispose]();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function buildStand(given: { readonly files: Record<string, string> } | { readonly from: Origin }) {
  const yard = 'files' in given ? createYard(given.files) : copyYard(given.from.folder);
  const sites: Site[] = [];
  const models = new Map<string, string>('files' in given ? [] : given.from.models);
  const site = (name: string, over: (git: Git) => Git = (git) => git): Site => {
    const repository = yard.clone(name);
    repository.git('config', 'user.name', 'Ada');
    repository.git('config', 'user.email', 'ada@example.org');
    const clock = createClock();
    const forge = createLocalForge({ directory: join(yard.root, 'forge'), repository: 'o/r', clock });
    const ports = createTestPorts(repository.root, {
      git: over(repository.port),
      forge: async () => forge,
      clock: { ...clock, sleep: (ms, signal) => clock.sleep(Math.min(ms, 20), signal) },
    });
    const made: Site = {
      repository,
      ports,
      deploy: (operation, more = {}) =>
        command.run(ports, { ...command.inputs.parse({ operation, ...more }), config: 'mlops.yaml', 'dry-run': false }),
    };
    for (const [md5, path] of models) putModel(repository.root, md5, path);
    sites.push(made);
    return made;
  };
  const home = site('home');

  return {
    yard,
    models,
    home,
    site,
    /** A version tag bound to a model file, and the stage assigned to it. */
    async promote(version: string, write: (path: string) => Promise<void>): Promise<void> {
      const path = join(yard.root, `${version}.onnx`);
      await write(path);
      const bytes = readFileSync(path);
      const md5 = createHash('md5').update(bytes).digest('hex');
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      models.set(md5, path);
      for (const { repository } of sites) putModel(repository.root, md5, path);
      const { git } = home.ports;
      const time = new Date();
      const head = await git.resolve('HEAD');
      const commit = await git.writeCommit({
        tree: await git.writeTree(head, []),
        parents: [head],
        message: `${version}\n`,
        time,
      });
      const message = formatTagMessage({
        subject: `Registering artifact m version ${version}`,
        trailers: { ...noTrailers, artifact: 'm', version, digests: [{ path: 'm.onnx', md5, sha256 }] },
      });
      const tagger = { name: 'Ada', email: 'ada@example.org' };
      const name = `m@${version}`;
      const target = await git.writeTag({ name, target: commit, message, tagger, time });
      await git.push([{ ref: `refs/tags/${name}`, expected: null, target }]);
      await assign(home.ports, version);
    },
    assign: (version: string) => assign(home.ports, version),
    manifest(): ReferenceManifest {
      return parseReferenceManifest(yard.remoteGit('show', `main:${manifestPath}`), manifestPath);
    },
    state(): RolloutState {
      return RolloutState.parse(JSON.parse(yard.remoteGit('show', `${stateRef}:state.json`)));
    },
    /** Requests as the reference server would log them under the manifest that stands. */
    traffic(requests: number, options: { canaryErrors?: number; at?: Site } = {}): void {
      const { stable, candidate, weight, rollout } = this.manifest();
      let errors = options.canaryErrors ?? 0;
      const lines = Array.from({ length: requests }, (_, i) => {
        const bucket = (i + 0.5) / requests;
        const isCanary = bucket < weight / 100;
        const served = isCanary ? candidate! : stable;
        const status = isCanary && errors-- > 0 ? 500 : 200;
        return formatLogLine({
          id: `q${i}`,
          time: new Date().toISOString(),
          model: 'm',
          version: served.version,
          digest: served.md5,
          variant: isCanary ? 'candidate' : 'stable',
          weight,
          rollout: rollout!,
          bucket,
          rows: 1,
          latencyMs: 2,
          status,
          features: {},
          outputs: {},
        });
      });
      for (const each of options.at === undefined ? sites : [options.at]) {
        const path = join(each.repository.root, logPath);
        mkdirSync(dirname(path), { recursive: true });
        appendFileSync(path, lines.join(''));
      }
    },
    /** Phases of the state's chain, oldest first. */
    chain(): readonly string[] {
      const log = yard.remoteGit('log', '--reverse', '--format=%s', stateRef);
      return log.split('\n').map((subject) => subject.replace(/^Rollout \S+: /, ''));
    },
    tags: () => yard.remoteGit('tag', '--list', 'm#*').split('\n').filter(Boolean),
    /** Rollout records on the metadata branch, by transition. */
    recorded(): readonly string[] {
      const files = yard.remoteGit('ls-tree', '-r', '--name-only', 'mlops-metadata', 'records/rollout/');
      return files
        .split('\n')
        .filter(Boolean)
        .map((file) => JSON.parse(yard.remoteGit('show', `mlops-metadata:${file}`)).body.transition);
    },
    hasRef: (ref: string) => yard.remoteGit('for-each-ref', '--format=%(refname)', ref) !== '',
    [Symbol.asyncDispose]: () => yard[Symbol.asyncDispose](),
  };
}

function putModel(root: string, md5: string, path: string): void {
  mkdirSync(join(root, '.mlops/cache/models'), { recursive: true });
  copyFileSync(path, join(root, `.mlops/cache/models/${md5}.onnx`));
}

async function assign(ports: Ports, version: string): Promise<void> {
  const operation = `test/promote/${version}-${ports.clock.randomHex(4)}`;
  await appendRecords(ports, operation, async () => {
    const registry = await readRegistry(ports, { fetch: false });
    const state = findVersion(registry, 'm', version)!;
    const planned = await planAssignment(ports, registry, {
      version: state,
      stage: 'production',
      operation,
      evidence: [],
    });
    return { records: [planned.record], refs: [planned.update] };
  });
}
