/** mlops.yaml: datasets, models, stages; the only definition of the project's config. */

import { z } from 'zod';

const name = z
  .string()
  .regex(
    /^[a-zA-Z0-9]([a-zA-Z0-9\-/_]*[a-zA-Z0-9])?$/,
    'must start and end with a letter or digit and hold only letters, digits, "-", "_" and "/"',
  );
const duration = z.string().regex(/^\d/, 'must be a duration such as 20ms, 30s, 10m, 1h30m or 7d');
const path = z.string().min(1);

export const Split = z.strictObject({
  train: z.enum(['expanding', 'sliding', 'all']).default('expanding').describe('Windows the model is trained on.'),
  test: z.enum(['last-window', 'none']).default('last-window').describe('Windows the model is evaluated on.'),
});
export type Split = z.infer<typeof Split>;

export const DatasetConfig = z.strictObject({
  path: path.describe(
    'File, folder or glob (Parquet, CSV, JSONL); a plain file, a DVC-tracked path, https:// or s3://.',
  ),
  contract: path.optional().describe('Data contract (ODCS v3.1). Default: contracts/<dataset>.odcs.yaml.'),
  profile: path.optional().describe('Baseline profile. Default: profiles/<dataset>.json.'),
  time: z.string().optional().describe('Column that holds the time of a row.'),
  window: z
    .union([
      z.enum(['hour', 'day', 'week', 'month']),
      z.string().regex(/^[1-9]\d* rows$/, 'must be hour, day, week, month or "<n> rows"'),
    ])
    .default('month')
    .describe('Size of a monitoring window: hour, day, week, month or "<n> rows".'),
  split: Split.prefault({}).describe('How windows become training and test rows.'),
});
export type DatasetConfig = z.infer<typeof DatasetConfig>;

export const metrics = [
  'roc-auc',
  'average-precision',
  'log-loss',
  'brier',
  'accuracy',
  'balanced-accuracy',
  'precision',
  'recall',
  'f1',
  'mcc',
  'ece',
  'observed-to-expected',
  'mae',
  'rmse',
  'mape',
  'r2',
  'macro-f1',
] as const;
export type MetricName = (typeof metrics)[number];

export const Slice = z.strictObject({
  by: z.string().describe('Column of the predictions file.'),
  top: z.int().positive().optional().describe('Only the values with the most rows.'),
  values: z.array(z.string()).optional().describe('Only these values; one without rows fails the gate.'),
  'min-rows': z.int().positive().default(30).describe('Slices with fewer rows are inconclusive.'),
});
export type Slice = z.infer<typeof Slice>;

/** One rule: a metric with exactly one requirement, or a budget. */
export const Gate = z.union([
  z.strictObject({
    metric: z.string().describe(`One of ${metrics.join(', ')}.`),
    slice: Slice.optional(),
    min: z.number().optional().describe('The metric must be at least this.'),
    max: z.number().optional().describe('The metric must be at most this.'),
    'min-improvement': z.number().min(0).optional().describe('Superiority: better than the champion by at least this.'),
    'max-regression': z
      .number()
      .min(0)
      .optional()
      .describe('Non-inferiority: worse than the champion by at most this.'),
  }),
  z.strictObject({
    budget: z
      .enum(['latency-p50', 'latency-p95', 'latency-p99', 'artifact-bytes', 'load-time'])
      .describe('What is limited.'),
    max: z.union([z.number(), z.string()]).describe('Limit: a duration such as 20ms, or bytes such as 50MB.'),
  }),
]);
export type Gate = z.infer<typeof Gate>;

export const Predictions = z.strictObject({
  path: path.describe('Predictions file of the candidate (Parquet, CSV or JSONL), an output of the pipeline.'),
  id: z.string().default('id').describe('Column that names a row.'),
  label: z.string().default('label').describe('Column with the truth.'),
  score: z
    .string()
    .optional()
    .describe('Column with the predicted probability (binary), or the predicted value (regression, scored).'),
  class: z.string().optional().describe('Column with the predicted class.'),
  weight: z.string().optional().describe('Column with row weights.'),
  time: z.string().optional().describe('Column with the time of the row.'),
  command: z
    .string()
    .optional()
    .describe(
      'Command that scores the evaluation rows with another model: reads MLOPS_MODEL, writes MLOPS_PREDICTIONS. Needed to compare with the champion.',
    ),
});
export type Predictions = z.infer<typeof Predictions>;

const inconclusivePolicy = z.enum(['neutral', 'fail', 'warn', 'needs-approval']);

export const ModelConfig = z.strictObject({
  artifact: path.describe('The model: a file or folder that the pipeline writes.'),
  type: z.string().optional().describe('What the artifact is, for the registry.'),
  pipeline: path.optional().describe('dvc.yaml of the pipeline. Default: dvc.yaml.'),
  command: z.string().optional().describe('One training command, instead of a pipeline.'),
  'runs-on': z
    .union([z.string(), z.array(z.string())])
    .default('ubuntu-latest')
    .describe('Runner labels of the train job.'),
  timeout: duration.default('6h').describe('Limit of the train job.'),
  container: z.string().optional().describe('Container image of the train job.'),
  dataset: name.describe('Name of the dataset.'),
  task: z.enum(['binary', 'multiclass', 'regression', 'scored', 'metrics']).describe('What the model predicts.'),
  predictions: Predictions.optional().describe('Predictions of the candidate on the evaluation rows.'),
  gates: z.array(Gate).default([]).describe('What a candidate must show. None is an error at evaluate, never a pass.'),
  inconclusive: z
    .strictObject({
      'pull-request': inconclusivePolicy.default('neutral'),
      register: inconclusivePolicy.default('fail'),
    })
    .prefault({})
    .describe('What an inconclusive verdict means, by place.'),
  'pull-request': z
    .strictObject({ rows: z.int().positive().optional().describe('Rows that base and head are trained on.') })
    .prefault({})
    .describe('The sampled comparison in pull requests.'),
  monitor: z
    .strictObject({
      every: duration.default('1d').describe('How often the model is checked.'),
      drift: z
        .strictObject({
          floor: z.number().positive().default(0.1).describe('Smallest bias-corrected PSI that counts as drift.'),
          alpha: z.number().positive().max(0.5).default(0.05).describe('False-alarm rate over all columns.'),
          'min-rows': z.int().positive().default(100).describe('Fewer rows are inconclusive.'),
          'max-share': z
            .number()
            .positive()
            .max(1)
            .default(0.3)
            .describe('Share of drifted columns that is drift of the dataset.'),
          critical: z.array(z.string()).default([]).describe('Columns that alone are drift of the dataset.'),
          ignore: z.array(z.string()).default([]).describe('Columns that are not compared.'),
        })
        .prefault({}),
      performance: z
        .strictObject({
          labels: path
            .optional()
            .describe('Ground truth files, joined by id. Default: the label column of the predictions.'),
          metric: z.string().describe(`One of ${metrics.join(', ')}.`),
          min: z.number().optional(),
          max: z.number().optional(),
        })
        .optional()
        .describe('Performance on rows whose outcome is known.'),
    })
    .prefault({})
    .describe('Continuous monitoring.'),
  retrain: z
    .strictObject({
      on: z
        .array(z.string().regex(/^(decay|drift|new-rows > \d+)$/, 'must be decay, drift or "new-rows > <n>"'))
        .default(['decay', 'drift']),
      fails: z
        .string()
        .regex(/^\d+ of \d+$/, 'must be "<k> of <n>"')
        .default('2 of 5')
        .describe('Retrain when at least k of the last n windows fail and the newest does.'),
      'at-most': z
        .string()
        .regex(/^\d+ per (hour|day|week|month)$/, 'must be "<n> per <hour|day|week|month>"')
        .default('1 per week')
        .describe('Cool-down.'),
    })
    .prefault({})
    .describe('When monitoring starts a retrain.'),
  owners: z.array(z.string()).default([]).describe('Who is told.'),
});
export type ModelConfig = z.infer<typeof ModelConfig>;

/** One step of a rollout, in Argo's words; exactly one key. */
export const RolloutStep = z.union([
  z.strictObject({ setWeight: z.number().min(0).max(100) }),
  z.strictObject({ pause: z.union([duration, z.strictObject({})]) }),
  z.strictObject({ analysis: duration }),
  z.strictObject({ approve: z.strictObject({}) }),
]);
export type RolloutStep = z.infer<typeof RolloutStep>;

export const Guard = z.strictObject({
  metric: z.enum(['error-rate', 'latency-p50', 'latency-p95', 'latency-p99']),
  'max-regression': z.number().min(0).optional().describe('Canary worse than stable by at most this.'),
  max: z
    .union([z.number(), z.string()])
    .optional()
    .describe('Canary at most this: a rate, or a duration such as 50ms.'),
});
export type Guard = z.infer<typeof Guard>;

export const DeployConfig = z.strictObject({
  target: z
    .union([z.strictObject({ reference: path }), z.strictObject({ yaml: path })])
    .describe('Where the desired state is written; {artifact} is replaced by the model name.'),
  steps: z
    .array(RolloutStep)
    .min(1)
    .default([{ setWeight: 10 }, { analysis: '10m' }, { setWeight: 50 }, { analysis: '1h' }]),
  guard: z.array(Guard).default([{ metric: 'error-rate', 'max-regression': 0.005 }]),
  'min-requests': z.int().positive().default(100).describe('Canary requests an analysis needs before it can pass.'),
  logs: path
    .optional()
    .describe('Prediction log (path, glob or URL) that the analysis reads. Default: .mlops/logs/predictions/*.jsonl.'),
  inconclusive: z
    .enum(['hold', 'abort', 'promote'])
    .default('hold')
    .describe('What an analysis that ends undecided does.'),
});
export type DeployConfig = z.infer<typeof DeployConfig>;

export const StageConfig = z.strictObject({
  after: name.optional().describe('Stage that a version must hold first.'),
  approvals: z.int().min(0).default(0).describe('Approvals that promotion needs.'),
  require: z
    .array(z.enum(['run', 'validation', 'evaluation']))
    .default([])
    .describe('Records that must stand with verdict pass for this artifact.'),
  deploy: DeployConfig.optional().describe('Progressive rollout. Without it the stage tag alone decides.'),
});
export type StageConfig = z.infer<typeof StageConfig>;

export const Config = z.strictObject({
  version: z.literal(1),
  datasets: z.record(name, DatasetConfig).default({}),
  models: z.record(name, ModelConfig).default({}),
  stages: z.record(name, StageConfig).default({}).describe('In order of promotion.'),
});
export type Config = z.infer<typeof Config>;
