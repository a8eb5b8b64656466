/** Assigns a stage to a version after the policy of the stage is met: the intent that a rollout carries out. */

import { z } from 'zod';
import { KitError } from '../base/errors.ts';
import { inlineCode, markdownTable } from '../base/markdown.ts';
import { checkPolicy, dataOfRun, type PolicyResult, type PolicySubject } from '../domain/registry/policy.ts';
import { holderOf, resolveVersion } from '../domain/registry/queries.ts';
import type { Config, ModelConfig, StageConfig } from '../formats/config.ts';
import type { Ports } from '../ports/ports.ts';
import { type Chosen, chooseModel, chooseStage } from './choose.ts';
import { type CommandResult, defineCommand } from './command.ts';
import { loadConfig } from './load-config.ts';
import { type Registry, readRegistry, type VersionState } from './read-registry.ts';
import { appendRecords, finishOutbox, readRecords, type StoredRecord } from './records.ts';
import { approve } from './registry/approve.ts';
import { planAssignment, subjectsOf } from './registry/assign.ts';
import { dispatchWorkflow } from './registry/dispatch.ts';
import { needsApproval, refuse } from './registry/refusal.ts';

const Outputs = z.strictObject({
  model: z.string().describe('Model.'),
  version: z.string().describe('Version.'),
  stage: z.string().describe('Stage.'),
  tag: z.string().describe('Tag of the assignment; empty when it needs approval.'),
  previous: z.string().describe('Version that held the stage before; empty for none.'),
  changed: z.boolean().describe('False when the version held the stage already.'),
});
type Outputs = z.output<typeof Outputs>;

export const command = defineCommand({
  name: 'promote',
  summary: 'Assigns a stage to a version once the policy of the stage is met.',
  description:
    'Writes the annotated tag <model>#<stage>#<n> and a promotion record in one atomic push. Checks the order of stages, the required records of exactly this ' +
    'artifact, and the approvals; refuses with the list of what is missing, and ends with code 3 when only approvals are. A stage with a rollout is carried out by deploy.',
  inputs: z.strictObject({
    model: z.string().optional().describe('Model of the config. Default: the only one.').meta({ positional: 0 }),
    stage: z.string().optional().describe('Stage to assign. Default: the next one in order.').meta({ positional: 1 }),
    version: z.string().default('latest').describe('Version, such as v1.2.0, or latest.'),
    reason: z.string().optional().describe('Why; kept in the tag and the record.'),
    approve: z.boolean().default(false).describe('Record your own approval of this version for the stage first.'),
    'operation-id': z.string().optional().describe('Makes a repeat return what stands. Default: a fresh one.'),
    dispatch: z.boolean().optional().describe('Start the workflow ml-deploy afterwards. Default: only inside Actions.'),
  }),
  outputs: Outputs,
  writes: true,
  async run(ports, inputs) {
    const { config } = await loadConfig(ports, inputs.config);
    const model = chooseModel(config, inputs.model);
    if (!inputs['dry-run']) await finishOutbox(ports);
    const registry = await readRegistry(ports, { fetch: true });
    const version = findRegistered(registry, model.name, inputs.version);
    const stage = chooseStage(config, inputs.stage ?? nextStage(config, version));
    const target: Target = { config, model, stage, version: version.version };
    const operation = inputs['operation-id'] ?? freshOperation(ports, target);
    if (inputs.approve && !inputs['dry-run']) await approveFor(ports, version, stage.name, inputs.reason);
    if (inputs['dry-run']) {
      const policy = checkStage(target, version, await readRecords(ports, { fetch: false }));
      refuse('promote', labelOf(target), policy.missing);
      return policy.missing.length > 0
        ? needsApproval(labelOf(target), policy.missing, outputsOf(target, '', undefined, false))
        : report(target, { tag: '', previous: undefined, changed: false }, 'Would promote');
    }
    const outcome = await assign(ports, target, operation, inputs.reason);
    if ('missing' in outcome)
      return needsApproval(labelOf(target), outcome.missing, outputsOf(target, '', undefined, false));
    const payload = { artifact: model.name, stage: stage.name, version: target.version, operation };
    const started =
      stage.config.deploy === undefined
        ? undefined
        : await dispatchWorkflow(ports, 'ml-deploy', payload, inputs.dispatch);
    return report(target, { ...outcome, started }, outcome.changed ? 'Promoted' : 'Stands already:');
  },
});

interface Target {
  readonly config: Config;
  readonly model: Chosen<ModelConfig>;
  readonly stage: Chosen<StageConfig>;
  readonly version: string;
}

const labelOf = ({ model, version, stage }: Target): string => `${model.name}@${version} to ${stage.name}`;

function findRegistered(registry: Registry, model: string, wanted: string): VersionState {
  const version = resolveVersion(registry, `${model}@${wanted}`);
  if (version.active) return version;
  throw new KitError('version-deregistered', `Cannot promote "${model}@${version.version}": it was deregistered`, {
    hint: 'Register a new version, or name another one with --version.',
  });
}

/** The first stage in the order of the config that the version was not assigned yet. */
function nextStage(config: Config, version: VersionState): string | undefined {
  const stages = Object.keys(config.stages);
  const furthest = Math.max(-1, ...version.stages.map((stage) => stages.indexOf(stage)));
  const next = stages[furthest + 1];
  if (next !== undefined || stages.length === 0) return next;
  throw new KitError(
    'stage-last',
    `Cannot promote "${version.artifact}@${version.version}": it was assigned the last stage "${stages.at(-1)}" already`,
    {
      hint: `To assign it again, name the stage: --stage ${stages.at(-1)}`,
    },
  );
}

function freshOperation(ports: Ports, target: Target): string {
  const { actions } = ports.environment;
  const run = actions === undefined ? 'local' : `${actions.runId}-${actions.runAttempt}`;
  return `${run}-${ports.clock.randomHex(4)}/promote/${target.model.name}@${target.version}#${target.stage.name}`;
}

type Outcome =
  | { readonly tag: string; readonly previous: string | undefined; readonly changed: boolean }
  | { readonly missing: PolicyResult['missing'] };

/** Everything is decided inside the plan, on the newest tags and records of each attempt. */
async function assign(ports: Ports, target: Target, operation: string, reason: string | undefined): Promise<Outcome> {
  let early: Outcome | undefined;
  let changed = false;
  const [written] = await appendRecords(ports, operation, async () => {
    early = undefined;
    const registry = await readRegistry(ports, { fetch: false });
    const version = findRegistered(registry, target.model.name, target.version);
    const standing = standingTag(registry, version, target.stage.name);
    if (standing !== undefined) {
      early = { tag: standing, previous: undefined, changed: false };
      return { records: [] };
    }
    const policy = checkStage(target, version, await readRecords(ports, { fetch: false }));
    refuse('promote', labelOf(target), policy.missing);
    if (policy.missing.length > 0) {
      early = { missing: policy.missing };
      return { records: [] };
    }
    changed = true;
    const { evidence } = policy;
    const planned = await planAssignment(ports, registry, {
      version,
      stage: target.stage.name,
      operation,
      reason,
      evidence,
    });
    return { records: [planned.record], refs: [planned.update] };
  });
  if (early !== undefined) return early;
  const { tag, previous } = written!.record.body;
  return { tag: String(tag), previous: typeof previous === 'string' ? previous : undefined, changed };
}

function standingTag(registry: Registry, version: VersionState, stage: string): string | undefined {
  if (holderOf(registry, version.artifact, stage)?.version !== version.version) return undefined;
  const { changes } = registry.artifacts.get(version.artifact)!;
  return changes.findLast((one) => one.assigned && one.stage === stage && one.version === version.version)?.event.tag;
}

function checkStage(target: Target, version: VersionState, records: readonly StoredRecord[]): PolicyResult {
  const { stage, model } = target;
  const { digests, data, run } = version.trailers;
  const ofRun = records.find(({ record }) => record.kind === 'run' && run !== undefined && record.body.runId === run);
  const subject: PolicySubject = {
    model: model.name,
    digests,
    data: data.length > 0 ? data : dataOfRun(ofRun?.record),
    stage: stage.name,
    held: version.stages,
  };
  const { require, approvals, after } = stage.config;
  return checkPolicy({ require, approvals, after, inconclusive: model.config.inconclusive.register }, subject, records);
}

async function approveFor(ports: Ports, version: VersionState, stage: string, reason: string | undefined) {
  const { artifact, version: name } = version;
  const body = { artifact, version: name, stage, reason: reason ?? null };
  await approve(ports, `${artifact}@${name}#${stage}`, subjectsOf(version), body);
}

function outputsOf(target: Target, tag: string, previous: string | undefined, changed: boolean): Outputs {
  const { model, version, stage } = target;
  return { model: model.name, version, stage: stage.name, tag, previous: previous ?? '', changed };
}

function report(
  target: Target,
  done: {
    readonly tag: string;
    readonly previous: string | undefined;
    readonly changed: boolean;
    readonly started?: string | undefined;
  },
  verb: string,
): CommandResult<Outputs> {
  const { model, version, stage } = target;
  const outputs = outputsOf(target, done.tag, done.previous, done.changed);
  const rows = [
    ['stage', inlineCode(stage.name)],
    ['before', done.previous === undefined ? 'none' : inlineCode(done.previous)],
    ...(done.tag === '' ? [] : [['tag', inlineCode(done.tag)]]),
    ...(done.started === undefined ? [] : [['started', inlineCode(done.started)]]),
  ];
  return {
    outputs,
    document: { schema: 'promotion/v1', ...outputs, missing: [] },
    markdown: `### ${verb} ${inlineCode(`${model.name}@${version}`)}\n\n${markdownTable(['', ''], rows)}\n`,
  };
}
