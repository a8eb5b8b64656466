/** Reads the registry: what there is, what happened, what a tag did, where a version came from, and whether it is what it says. */

import { z } from 'zod';
import { defineCommand } from './command.ts';
import { audit } from './registry/audit.ts';
import { lineage } from './registry/lineage-report.ts';
import { type RegistryAnswer, RegistryOutputs } from './registry/question.ts';
import { verify } from './registry/verify.ts';
import { checkTag, history, show } from './registry/views.ts';

const operations = ['show', 'history', 'check-ref', 'lineage', 'audit', 'verify'] as const;

const answers: Readonly<Record<(typeof operations)[number], RegistryAnswer>> = {
  show,
  history,
  'check-ref': checkTag,
  lineage,
  audit,
  verify,
};

export const command = defineCommand({
  name: 'registry',
  summary: 'Reads the registry: show, history, check-ref, lineage, audit, verify.',
  description:
    'show lists artifacts with their stages, or the versions of one; history lists events; check-ref says what a tag did; lineage walks from a version to its data, code and ' +
    'evidence and on to its stages, or from a dataset to the models that used it; audit lists every change of state; verify hashes the artifact again and checks tag and records. ' +
    'JSON of show, history and check-ref has the shapes of GTO.',
  inputs: z.strictObject({
    operation: z.enum(operations).default('show').describe('What to read.').meta({ positional: 0 }),
    subject: z
      .string()
      .optional()
      .describe('Artifact, artifact@version, artifact#stage, tag, dataset or digest.')
      .meta({ positional: 1 }),
    fetch: z
      .boolean()
      .optional()
      .describe('Fetch tags and records first. Default: where the checkout may be incomplete.'),
    limit: z.int().positive().default(50).describe('Most rows shown as text; JSON has all.'),
  }),
  outputs: RegistryOutputs,
  writes: false,
  run: (ports, { operation, config, subject, fetch, limit }) =>
    answers[operation](ports, { config, subject, fetch, limit }),
});
