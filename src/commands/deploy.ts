/** `deploy`: progressive rollout of a version as a state machine in git that any process can carry on. */

import { z } from 'zod';
import type { Json } from '../base/canonical-json.ts';
import { formatDuration, parseDuration } from '../base/duration.ts';
import { KitError } from '../base/errors.ts';
import { planSteps } from '../domain/rollout/plan.ts';
import type { DeployConfig } from '../formats/config.ts';
import { parseReferenceManifest } from '../formats/reference-manifest.ts';
import { hasEnded, healthOf, phases, type RolloutState } from '../formats/rollout-state.ts';
import type { Ports } from '../ports/ports.ts';
import { chooseModel, chooseStage } from './choose.ts';
import { type CommandResult, defineCommand } from './command.ts';
import { type Advanced, advance, applyVerb, needState } from './deploy/advance.ts';
import { renderPlan, renderStatus, reportOf } from './deploy/render.ts';
import { candidateOf, inputOf, manifestPathOf, specOf, startRollout } from './deploy/start.ts';
import { type Place, placeOf, readSnapshot, writeAbort } from './deploy/store.ts';
import { loadConfig } from './load-config.ts';

const operations = [
  'plan',
  'start',
  'advance',
  'status',
  'pause',
  'resume',
  'approve',
  'abort',
  'finish',
  'rollback',
  'watch',
] as const;

const inputs = z.strictObject({
  operation: z.enum(operations).default('status').describe('What to do with the rollout.').meta({ positional: 0 }),
  stage: z
    .string()
    .optional()
    .describe('Stage, which is also the environment. Default: the only one with deploy.')
    .meta({ positional: 1 }),
  model: z.string().optional().describe('Model of the config. Default: the only one.'),
  version: z.string().optional().describe('Version to start with. Default: the one that holds the stage.'),
  reason: z.string().optional().describe('Why it is aborted; kept in git.'),
  interval: z.string().default('5s').describe('Time between two ticks of watch.'),
  timeout: z
    .string()
    .default('30m')
    .describe('Time after which watch gives up; the rollout goes on with the next advance.'),
});

const outputs = z.strictObject({
  phase: z.enum([...phases, 'none']).describe('Phase of the rollout.'),
  health: z.enum(['progressing', 'paused', 'healthy', 'degraded', 'none']).describe('One word for the phase.'),
  weight: z.number().describe('Percent of traffic on the candidate.'),
  version: z.string().describe('Candidate of the rollout.'),
  rollout: z.string().describe('Id of the rollout.'),
  changed: z.boolean().describe('Whether this command moved the rollout.'),
});
type Outputs = z.output<typeof outputs>;

export const command = defineCommand({
  name: 'deploy',
  summary: 'Rolls a version out step by step, and back when it does harm.',
  description:
    'Keeps the rollout as a chain of commits on its own ref, moved by compare-and-swap. Each advance reads the prediction log, decides on intervals that hold however ' +
    'often one looks, and pushes manifest, state, tag and record in one atomic push. It may die at any point; the next advance finishes it.',
  inputs,
  outputs,
  writes: true,
  async run(ports, given) {
    const { config } = await loadConfig(ports, given.config);
    const model = chooseModel(config, given.model).name;
    const stage = chooseStage(config, given.stage ?? onlyDeployed(config.stages));
    const { deploy } = stage.config;
    if (deploy === undefined) {
      throw new KitError(
        'stage-without-deploy',
        `Cannot deploy to "${stage.name}": the stage has no "deploy" in ${given.config}`,
        {
          hint: `Its tag alone decides. For a rollout add: deploy: {target: {reference: "deploy/${stage.name}/{artifact}.yaml"}}`,
          at: { path: given.config },
        },
      );
    }
    const place = await placeOf(ports, stage.name, model, manifestPathOf(stage.name, model, deploy));
    const target: Target = { place, deploy, version: given.version };
    const result = await perform(ports, target, given);
    await writeReport(ports, place, result);
    return result;
  },
});

interface Target {
  readonly place: Place;
  readonly deploy: DeployConfig;
  readonly version: string | undefined;
}

type Given = z.output<typeof inputs> & { readonly 'dry-run': boolean };

async function perform(ports: Ports, target: Target, given: Given): Promise<CommandResult<Outputs>> {
  const { place } = target;
  if (given['dry-run'] && given.operation !== 'status' && given.operation !== 'plan') return plan(ports, target);
  switch (given.operation) {
    case 'plan':
      return plan(ports, target);
    case 'start':
      return start(ports, target);
    case 'status':
      return status(ports, place);
    case 'abort':
      return abort(ports, place, given.reason ?? 'no reason given');
    case 'rollback':
      return rollback(ports, place, given.reason ?? 'rollback');
    case 'advance':
      return resultOf('advance', await advance(ports, place));
    case 'watch':
      return watch(ports, place, parseDuration(given.interval), parseDuration(given.timeout));
    default: {
      const moved = await applyVerb(ports, place, given.operation);
      return resultOf(
        given.operation,
        moved.state.phase === 'verifying' ? moved : await andAdvance(ports, place, moved),
      );
    }
  }
}

/** The newest report of each rollout target, for the job summary and the dashboard. */
async function writeReport(ports: Ports, place: Place, result: CommandResult<Outputs>): Promise<void> {
  const folder = `.mlops/reports/deploy/${encodeURIComponent(place.environment)}/${encodeURIComponent(place.artifact)}`;
  await ports.files.write(`${folder}/report.json`, `${JSON.stringify(result.document, null, 2)}\n`);
  await ports.files.write(`${folder}/report.md`, result.markdown);
}

function onlyDeployed(stages: Readonly<Record<string, { readonly deploy?: unknown }>>): string | undefined {
  const names = Object.keys(stages).filter((name) => stages[name]!.deploy !== undefined);
  return names.length === 1 ? names[0] : undefined;
}

async function plan(ports: Ports, { place, deploy, version }: Target): Promise<CommandResult<Outputs>> {
  const spec = specOf(place.environment, place.artifact, deploy);
  const candidate = await candidateOf(ports, spec, version);
  const { manifest } = await readSnapshot(ports, place);
  const stable = manifest === undefined ? undefined : parseReferenceManifest(manifest.text, place.manifestPath).stable;
  const steps = planSteps(spec);
  return {
    outputs: { ...nothing, version: candidate.version },
    document: {
      schema: 'rollout-plan/v1',
      spec: spec as unknown as Json,
      candidate: candidate as unknown as Json,
      stable: (stable ?? null) as unknown as Json,
      steps: steps as unknown as Json[],
    },
    markdown: renderPlan(spec, candidate.version, stable?.version, steps),
  };
}

const nothing: Outputs = { phase: 'none', health: 'none', weight: 0, version: '', rollout: '', changed: false };

async function start(ports: Ports, { place, deploy, version }: Target): Promise<CommandResult<Outputs>> {
  const spec = specOf(place.environment, place.artifact, deploy);
  const candidate = await candidateOf(ports, spec, version);
  const started = await startRollout(ports, place, spec, candidate);
  if (started.kind === 'live') {
    return {
      outputs: { ...nothing, version: candidate.version, health: 'healthy' },
      document: {
        schema: 'rollout-report/v1',
        operation: 'start',
        live: candidate.version,
        environment: place.environment,
      },
      markdown: `${place.artifact} ${candidate.version} is live in ${place.environment} already; nothing to do.\n`,
    };
  }
  const own: Advanced = { state: started.state, transitions: started.kind === 'started' ? [started.state] : [] };
  return resultOf('start', await andAdvance(ports, place, own));
}

async function andAdvance(ports: Ports, place: Place, before: Advanced): Promise<Advanced> {
  const after = await advance(ports, place);
  return { state: after.state, transitions: [...before.transitions, ...after.transitions] };
}

async function status(ports: Ports, place: Place): Promise<CommandResult<Outputs>> {
  const snapshot = await readSnapshot(ports, place);
  if (snapshot.state !== undefined) return resultOf('status', { state: snapshot.state, transitions: [] });
  return {
    outputs: nothing,
    document: {
      schema: 'rollout-report/v1',
      operation: 'status',
      environment: place.environment,
      artifact: place.artifact,
      rollout: null,
    },
    markdown: `No rollout of ${place.artifact} to ${place.environment} yet.\n`,
  };
}

/** The request stands on its own ref, so it wins over whatever is under way; the tick after it carries it out. */
async function abort(ports: Ports, place: Place, reason: string): Promise<CommandResult<Outputs>> {
  const state = needState(await readSnapshot(ports, place), place);
  if (hasEnded(state)) {
    throw new KitError('rollout-ended', `Cannot abort rollout "${state.id}": it is ${state.phase}`, {
      hint: state.phase === 'completed' ? 'Roll it back: mlops-kit deploy rollback' : 'Nothing is under way.',
    });
  }
  return resultOf('abort', await requestAbort(ports, place, state, reason));
}

async function requestAbort(ports: Ports, place: Place, state: RolloutState, reason: string): Promise<Advanced> {
  const { now: time, actor } = inputOf(ports);
  await writeAbort(ports, place, { schema: 'rollout-abort/v1', rollout: state.id, reason, actor, time });
  return advance(ports, place);
}

/** One verb at 3 am: aborts what is under way, else goes back to what was live before. */
async function rollback(ports: Ports, place: Place, reason: string): Promise<CommandResult<Outputs>> {
  const state = needState(await readSnapshot(ports, place), place);
  if (!hasEnded(state)) return resultOf('rollback', await requestAbort(ports, place, state, reason));
  return resultOf('rollback', await applyVerb(ports, place, 'rollback'));
}

/** Ticks in this process until the rollout ends, or a person is needed, or the time is over. */
async function watch(ports: Ports, place: Place, interval: number, timeout: number): Promise<CommandResult<Outputs>> {
  const started = ports.clock.monotonic();
  const transitions: RolloutState[] = [];
  let told = '';
  for (;;) {
    const advanced = await advance(ports, place);
    const { state } = advanced;
    transitions.push(...advanced.transitions);
    const people = state.phase === 'awaiting-approval' || state.phase === 'paused';
    if (hasEnded(state)) return resultOf('watch', { state, transitions });
    if (people) return { ...resultOf('watch', { state, transitions }), exitCode: 3 };
    if (ports.clock.monotonic() - started + interval > timeout) {
      ports.progress.warn(`Gave up watching after ${formatDuration(timeout)}; the next advance carries on.`);
      return { ...resultOf('watch', { state, transitions }), exitCode: 3 };
    }
    const waiting = `${state.phase} ${state.holds.map(({ reason }) => reason).join(', ')}`;
    if (waiting !== told) ports.progress.info(`Waiting: ${waiting}`);
    told = waiting;
    await ports.clock.sleep(interval);
  }
}

function resultOf(operation: string, { state, transitions }: Advanced): CommandResult<Outputs> {
  // What a person asked for is no failure of the command; what the guards did is.
  const asked = ['abort', 'rollback', 'pause', 'status'].includes(operation);
  const verdict =
    state.phase === 'completed'
      ? 'pass'
      : state.phase === 'rolled-back' || state.phase === 'cancelled' || state.phase === 'error'
        ? 'fail'
        : undefined;
  return {
    ...(verdict === undefined || asked ? {} : { verdict }),
    outputs: {
      phase: state.phase,
      health: healthOf(state),
      weight: state.weight,
      version: state.candidate.version,
      rollout: state.id,
      changed: transitions.length > 0,
    },
    document: reportOf(operation, state, transitions) as unknown as Json,
    markdown: renderStatus(state, transitions),
  };
}
