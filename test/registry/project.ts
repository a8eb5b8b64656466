/** A small project in a real repository: config, a model on disk, and the records a pipeline would have left. */

import { createHash } from 'node:crypto';
import { appendRecords, type RecordDraft } from '../../src/commands/records.ts';
import type { TestPorts } from './ports.ts';
import type { Repository } from './repositories.ts';

export const config = `version: 1
datasets:
  flights:
    path: data/flights.csv
models:
  churn:
    artifact: models/churn.onnx
    dataset: flights
    task: binary
    predictions: {path: eval.csv, id: id, label: late, score: p}
    gates:
      - {metric: roc-auc, min: 0.6}
stages:
  staging: {}
  production:
    after: staging
    approvals: 1
    require: [validation, evaluation]
`;

export const projectFiles: Readonly<Record<string, string>> = {
  'mlops.yaml': config,
  '.gitignore': '/.mlops/\n/models/\n',
  'README.md': 'a project\n',
};

export const common = { config: 'mlops.yaml', 'dry-run': false };
export const registerInputs = { ...common, bump: 'patch' as const, approve: false };
export const promoteInputs = { ...common, version: 'latest', approve: false };

export const dataMd5 = 'd'.repeat(32);
export const md5Of = (text: string): string => createHash('md5').update(text).digest('hex');
export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Puts the model on disk and appends its records; gives its md5. */
export async function train(
  repository: Pick<Repository, 'write'>,
  ports: TestPorts,
  text: string,
  options: { readonly run?: string; readonly verdict?: 'pass' | 'fail' | 'inconclusive' | 'none' } = {},
): Promise<string> {
  repository.write('models/churn.onnx', text);
  const digest = { md5: md5Of(text), sha256: sha256Of(text) };
  const run = options.run ?? `${digest.md5.slice(0, 8)}-1`;
  const verdict = options.verdict ?? 'pass';
  const drafts: RecordDraft[] = [
    { kind: 'validation', subject: [{ name: 'flights', digest: { md5: dataMd5 } }], verdict: 'pass', body: {} },
    {
      kind: 'run',
      subject: [{ name: 'churn', digest }],
      verdict: 'pass',
      body: {
        runId: run,
        commit: '1'.repeat(40),
        deps: [{ name: 'flights', path: 'data/flights.csv', md5: dataMd5 }],
        params: { depth: 3 },
        metrics: { 'roc-auc': 0.7 },
      },
    },
  ];
  if (verdict !== 'none')
    drafts.push({ kind: 'evaluation', subject: [{ name: 'churn', digest }], verdict, body: { gates: [] } });
  await appendRecords(ports, `${run}/train/${digest.md5}`, async () => ({ records: drafts }));
  return digest.md5;
}
