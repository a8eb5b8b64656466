/** The body of a run record: what a model was trained from, how, and how it did; every part of it must be there. */

import { z } from 'zod';

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const md5 = z.string().regex(/^[0-9a-f]{32}(\.dir)?$/);

const Content = z.strictObject({ path: z.string(), md5, size: z.int().min(0).optional() });

export const RunStep = z.strictObject({
  name: z.string(),
  status: z.enum(['ran', 'restored', 'unchanged']),
  command: z.union([z.string(), z.array(z.string())]),
  /** Why it ran; empty when it did not. */
  reasons: z.array(z.string()),
  start: z.string(),
  end: z.string(),
  seconds: z.number().min(0),
  inputs: z.array(Content),
  outputs: z.array(Content),
});
export type RunStep = z.infer<typeof RunStep>;

export const RunBody = z.strictObject({
  /** Digest of code, data, commands and parameters: equal keys mean equal training. */
  runKey: hex64,
  runId: z.string().min(1),
  model: z.string(),
  trigger: z.string(),
  /** (a) The training code. */
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  code: z.strictObject({
    digest: hex64,
    repository: z.string().nullable(),
    /** Whether files beside the pipeline's own differed from the commit; `paths` names them. */
    dirty: z.boolean(),
    paths: z.array(z.string()),
  }),
  /** (b) What the model is made of, from `artifacts` in dvc.yaml; null when it says nothing. */
  architecture: z.strictObject({
    type: z.string().nullable(),
    description: z.string().nullable(),
    architecture: z.string().nullable(),
    pretrained: z.array(z.string()),
  }),
  /** (c) Hyperparameters by file and key, and tuning trials. */
  params: z.record(z.string(), z.json()),
  trials: z.array(z.json()),
  /** (d) How rows became training and test rows. */
  split: z.strictObject({
    dataset: z.string(),
    time: z.string().nullable(),
    window: z.string(),
    train: z.string(),
    test: z.string(),
  }),
  /** (e) Metrics by dotted name, and how they were validated. */
  metrics: z.record(z.string(), z.number()),
  validation: z.strictObject({
    procedure: z.string(),
    files: z.array(z.string()),
    train: z.record(z.string(), z.number()),
    test: z.record(z.string(), z.number()),
  }),
  /** Datasets carry the name of the config; other inputs only a path. */
  deps: z.array(z.strictObject({ name: z.string().optional(), path: z.string(), md5 })),
  steps: z.array(RunStep),
  executor: z.strictObject({ runner: z.string(), actor: z.string(), tool: z.string() }),
  /** Version in the last stage, or the newest one, at the time of the run: where a rollback would lead. */
  previousModel: z.strictObject({ version: z.string(), md5: md5.nullable() }).nullable(),
});
export type RunBody = z.infer<typeof RunBody>;
