/** The one list of file formats: from it come schemas/*.schema.json and docs/formats.md. */

import type { z } from 'zod';
import { Config } from './config.ts';
import { Contract } from './contract.ts';
import { DriftReport } from './drift-report.ts';
import { EvaluationReport } from './evaluation-report.ts';
import { PredictionLogRecord } from './prediction-log.ts';
import { Profile } from './profile.ts';
import { MetadataRecord } from './record.ts';
import { ReferenceManifest } from './reference-manifest.ts';
import { RolloutReport } from './rollout-report.ts';
import { RolloutState } from './rollout-state.ts';
import { ValidationReport } from './validation-report.ts';

export interface FileFormat {
  /** Name of the schema file: `schemas/<name>.schema.json`. */
  readonly name: string;
  readonly title: string;
  /** Where such a file stands, and who writes it. */
  readonly place: string;
  readonly schema: z.ZodType;
}

/** Formats of DVC, of GitHub's events and of the kit's own caches are not ours to publish. */
export const fileFormats: readonly FileFormat[] = [
  { name: 'mlops', title: 'Project config', place: '`mlops.yaml`, written by you or `mlops-kit init`', schema: Config },
  {
    name: 'contract',
    title: 'Data contract',
    place:
      '`contracts/<dataset>.odcs.yaml`, Open Data Contract Standard v3.1, written by `validate-data --infer` and you',
    schema: Contract,
  },
  {
    name: 'profile',
    title: 'Baseline profile',
    place: '`profiles/<dataset>.json`, written by `validate-data`',
    schema: Profile,
  },
  {
    name: 'validation-report',
    title: 'Validation report',
    place: '`.mlops/reports/validate-data/`, written by `validate-data`',
    schema: ValidationReport,
  },
  {
    name: 'evaluation-report',
    title: 'Evaluation report',
    place: '`.mlops/reports/evaluate/`, written by `evaluate`',
    schema: EvaluationReport,
  },
  {
    name: 'drift-report',
    title: 'Drift report',
    place: '`.mlops/reports/check-drift/`, written by `check-drift`',
    schema: DriftReport,
  },
  {
    name: 'record',
    title: 'Record of the metadata store',
    place: 'branch `mlops-metadata`, `records/<kind>/<2 hex>/<sha256>.json`, canonical JSON',
    schema: MetadataRecord,
  },
  {
    name: 'reference-manifest',
    title: 'Desired state of the reference server',
    place: '`deploy/<environment>/<artifact>.yaml`, edited by `deploy`, followed by `serve`',
    schema: ReferenceManifest,
  },
  {
    name: 'rollout-state',
    title: 'State of a rollout',
    place: 'ref `refs/mlops/rollouts/<environment>/<artifact>/state`, written by `deploy`',
    schema: RolloutState,
  },
  {
    name: 'rollout-report',
    title: 'Rollout report',
    place: '`.mlops/reports/deploy/`, written by `deploy`',
    schema: RolloutReport,
  },
  {
    name: 'prediction-log',
    title: 'Line of the prediction log',
    place: '`.mlops/logs/predictions/*.jsonl`, written by `serve`',
    schema: PredictionLogRecord,
  },
];
