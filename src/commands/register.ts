/** Registers the model on disk as a version: an annotated tag on a result commit, bound to digests and evidence. */

import { z } from 'zod';
import { KitError } from '../base/errors.ts';
import { inlineCode, markdownTable } from '../base/markdown.ts';
import { checkPolicy, dataOfRun } from '../domain/registry/policy.ts';
import { nextVersion } from '../domain/registry/queries.ts';
import { formatTagName } from '../domain/registry/tag-name.ts';
import type { Config, ModelConfig } from '../formats/config.ts';
import type { MetadataRecord } from '../formats/record.ts';
import type { TagDigest } from '../formats/tag-message.ts';
import type { Ports } from '../ports/ports.ts';
import { type Chosen, chooseModel } from './choose.ts';
import { type CommandResult, defineCommand } from './command.ts';
import { digestPath } from './digest-path.ts';
import { loadConfig } from './load-config.ts';
import { readRegistry } from './read-registry.ts';
import { appendRecords, finishOutbox, readRecords, type StoredRecord } from './records.ts';
import { approve } from './registry/approve.ts';
import { dispatchWorkflow } from './registry/dispatch.ts';
import { planRegistration, type Registration, type RegistrationEvidence } from './registry/plan-registration.ts';
import { needsApproval, refuse } from './registry/refusal.ts';
import { findResultSource } from './registry/result-commit.ts';
import { assertOutputsStored } from './registry/stored-outputs.ts';

const Outputs = z.strictObject({
  model: z.string().describe('Model, which is the name of the artifact.'),
  version: z.string().describe('Version that stands; empty when it needs approval.'),
  tag: z.string().describe('Tag of the version.'),
  commit: z.string().describe('Result commit.'),
  changed: z.boolean().describe('False when it stood already.'),
});
type Outputs = z.output<typeof Outputs>;

export const command = defineCommand({
  name: 'register',
  summary: 'Registers the trained model as the next version: a tag bound to digests and evidence.',
  description:
    'Writes an annotated tag <model>@vX.Y.Z on a result commit (source, dvc.lock, metrics), with the digests of the model, its run, its data and its ' +
    'evidence in the message, and a registration record, in one atomic push. Refuses while evidence is missing, the artifact is absent, or it differs from what was evaluated. ' +
    'The same artifact of the same run is registered once.',
  inputs: z.strictObject({
    model: z.string().optional().describe('Model of the config. Default: the only one.').meta({ positional: 0 }),
    version: z.string().optional().describe('Version to register, such as v1.2.0. Default: the bumped latest one.'),
    bump: z.enum(['patch', 'minor', 'major']).default('patch').describe('Part of the latest version to raise.'),
    commit: z.string().optional().describe('Source commit. Default: HEAD with the results in the work tree.'),
    message: z.string().optional().describe('Text for the tag message.'),
    approve: z
      .boolean()
      .default(false)
      .describe('Record your own approval of this artifact first, where an inconclusive evaluation needs one.'),
    'operation-id': z
      .string()
      .optional()
      .describe('Makes a repeat return what stands. Default: run, model and digest.'),
    dispatch: z
      .boolean()
      .optional()
      .describe('Start the workflow ml-release afterwards. Default: only inside Actions.'),
  }),
  outputs: Outputs,
  writes: true,
  async run(ports, inputs) {
    const { config } = await loadConfig(ports, inputs.config);
    const model = chooseModel(config, inputs.model);
    const digest = await digestArtifact(ports, model);
    const source = await findResultSource(ports, model.config.pipeline ?? 'dvc.yaml', digest.path, inputs.commit);
    if (source.lockedMd5 !== undefined && source.lockedMd5 !== digest.md5)
      throw changedSince(model.name, digest, source.lockedMd5);
    await assertOutputsStored(ports, source.stored);
    if (!inputs['dry-run']) await finishOutbox(ports);

    if (inputs.approve && !inputs['dry-run']) await approveFor(ports, model.name, digest, inputs.message);
    const evidence = checkEvidence(config, model, digest, await readRecords(ports, { fetch: true }));
    refuse('register', model.name, evidence.missing);
    if (evidence.missing.length > 0)
      return needsApproval(model.name, evidence.missing, {
        model: model.name,
        version: '',
        tag: '',
        commit: '',
        changed: false,
      });

    const draft: Registration = { model: model.name, digest, source, evidence, operation: '', message: inputs.message };
    const wanted = { version: inputs.version, bump: inputs.bump };
    if (inputs['dry-run']) {
      const version = nextVersion(await readRegistry(ports, { fetch: false }), model.name, wanted);
      return report({ ...draft, version, commit: source.commit, changed: false }, 'Would register');
    }
    const operation = operationOf(ports, inputs, draft);
    let changed = false;
    const [record] = await appendRecords(ports, operation, async () => {
      changed = true;
      return planRegistration(ports, { ...draft, operation }, wanted);
    });
    const stands = readRegistration(record!.record);
    const started = await dispatchWorkflow(
      ports,
      'ml-release',
      { artifact: model.name, version: stands.version },
      inputs.dispatch,
    );
    return report({ ...draft, ...stands, changed, started }, changed ? 'Registered' : 'Stands already:');
  },
});

async function digestArtifact(ports: Ports, model: Chosen<ModelConfig>): Promise<Registration['digest']> {
  const path = model.config.artifact.replace(/^\.\//, '').replace(/\/+$/, '');
  if (!(await ports.files.exists(path)))
    throw new KitError('artifact-missing', `Cannot register model "${model.name}": its artifact "${path}" is missing`, {
      hint: 'Train it (mlops-kit train) or bring it from the remote (mlops-kit sync-data pull).',
    });
  const { md5, sha256, size } = await digestPath(ports, path);
  return { path, md5, sha256, size };
}

async function approveFor(ports: Ports, model: string, digest: TagDigest, reason: string | undefined): Promise<void> {
  const { md5, sha256 } = digest;
  await approve(ports, `${model}/${md5}`, [{ name: model, digest: { md5, sha256 } }], {
    artifact: model,
    reason: reason ?? null,
  });
}

function changedSince(model: string, digest: TagDigest, locked: string): KitError {
  return new KitError(
    'artifact-changed',
    `Cannot register model "${model}": "${digest.path}" (md5 ${digest.md5}) is not the output that dvc.lock names (md5 ${locked})`,
    { hint: 'Run `mlops-kit train` so that dvc.lock and the artifact belong together.' },
  );
}

/** The first stage says what is needed; a model with gates needs an evaluation in any case. */
function checkEvidence(
  config: Config,
  model: Chosen<ModelConfig>,
  digest: TagDigest,
  records: readonly StoredRecord[],
): RegistrationEvidence {
  const first = Object.values(config.stages)[0];
  const run = records.findLast(
    ({ record }) =>
      record.kind === 'run' && record.subject.some((s) => s.name === model.name && s.digest.md5 === digest.md5),
  );
  const data = dataOfRun(run?.record);
  const require = new Set(first?.require ?? []);
  if (model.config.gates.length > 0) require.add('evaluation');
  const result = checkPolicy(
    { require: [...require], approvals: 0, inconclusive: model.config.inconclusive.register },
    { model: model.name, digests: [digest], data, held: [] },
    records,
  );
  const runId = run?.record.body.runId;
  return { ...result, data, run: typeof runId === 'string' ? runId : undefined };
}

/** Run and digest name the write, so that a re-run after a crash finds what stands; a wanted version is another write. */
function operationOf(
  ports: Ports,
  inputs: { readonly 'operation-id'?: string | undefined; readonly version?: string | undefined },
  draft: Registration,
): string {
  if (inputs['operation-id'] !== undefined) return inputs['operation-id'];
  const run = draft.evidence.run ?? ports.environment.actions?.runId ?? 'local';
  const wanted = inputs.version === undefined ? '' : `/${inputs.version}`;
  return `${run}/register/${draft.model}/${draft.digest.md5}${wanted}`;
}

function readRegistration(record: MetadataRecord): {
  readonly version: string;
  readonly tag: string;
  readonly commit: string;
} {
  const { version, tag, commit } = record.body;
  return { version: String(version), tag: String(tag), commit: String(commit) };
}

function report(
  done: Registration & {
    readonly version: string;
    readonly commit: string;
    readonly changed: boolean;
    readonly started?: string | undefined;
  },
  verb: string,
): CommandResult<Outputs> {
  const tag = formatTagName({ kind: 'registration', artifact: done.model, version: done.version });
  const { run, data, evidence } = done.evidence;
  const rows = [
    ['artifact', `${inlineCode(done.digest.path)} md5 ${inlineCode(done.digest.md5)}`],
    ['run', run === undefined ? 'none' : inlineCode(run)],
    ['data', data.map((one) => `${inlineCode(one.dataset)} md5 ${inlineCode(one.md5)}`).join('<br>') || 'unknown'],
    ['evidence', evidence.length === 0 ? 'none' : `${evidence.length} records`],
    ['commit', inlineCode(done.commit.slice(0, 12))],
    ...(done.started === undefined ? [] : [['started', inlineCode(done.started)]]),
  ];
  return {
    outputs: { model: done.model, version: done.version, tag, commit: done.commit, changed: done.changed },
    document: {
      schema: 'registration/v1',
      model: done.model,
      version: done.version,
      tag,
      commit: done.commit,
      changed: done.changed,
      run: run ?? null,
      files: [{ ...done.digest }],
      data: data.map((one) => ({ ...one })),
      evidence: [...evidence],
      missing: [],
    },
    markdown: `### ${verb} ${inlineCode(tag)}\n\n${markdownTable(['', ''], rows)}\n`,
  };
}
