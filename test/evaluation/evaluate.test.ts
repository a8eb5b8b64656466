/** The evaluate command on real files, tables and git: what it accepts, refuses, records, and will not look at. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createNativeLoader } from '../../src/adapters/native-modules.ts';
import { createProcess } from '../../src/adapters/process.ts';
import { createTables } from '../../src/adapters/tables/tables.ts';
import { createRandom } from '../../src/base/random.ts';
import { command } from '../../src/commands/evaluate.ts';
import { appendRecords, readRecords } from '../../src/commands/records.ts';
import { formatTagMessage, noTrailers } from '../../src/formats/tag-message.ts';
import { createTestPorts } from '../registry/ports.ts';
import { md5Of, sha256Of } from '../registry/project.ts';
import { createYard } from '../registry/repositories.ts';

const gates = ['{metric: roc-auc, min: 0.6}', '{metric: roc-auc, min-improvement: 0}'];

function configOf(lines: readonly string[], extra = ''): string {
  return `version: 1
datasets: {flights: {path: flights.csv}}
models:
  m:
    artifact: m.bin
    dataset: flights
    task: binary
    predictions: {path: predictions.csv, id: id, label: late, score: p${extra}}
    gates: [${lines.join(', ')}]
stages: {production: {}}
`;
}

/** Rows as CSV: the score sees `signal` of the truth. */
function predictionsOf(signal: number, rows = 2000): string {
  const random = createRandom(5);
  const lines = ['id,late,p,origin'];
  for (let row = 0; row < rows; row++) {
    const truth = random.next();
    const late = random.next() < truth ? 1 : 0;
    lines.push(
      `r${row},${late},${(signal * truth + (1 - signal) * random.next()).toFixed(6)},${row % 2 === 0 ? 'ORD' : 'ATL'}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function createProject(files: Record<string, string>) {
  const yard = createYard();
  const repository = yard.clone('work');
  repository.commit({ '.gitignore': '/.mlops/\n', 'm.bin': 'candidate', ...files });
  const root = repository.root;
  const ports = createTestPorts(root);
  let opened: ReturnType<typeof createTables> | undefined;
  Object.assign(ports, {
    process: createProcess({ root }),
    tables: () => (opened ??= createTables({ root, loadNative: createNativeLoader({ root, download: false }) })),
  });
  onTestFinished(async () => {
    await (await opened)?.close();
    await ports[Symbol.asyncDispose]();
    await yard[Symbol.asyncDispose]();
  });
  const evaluate = (inputs: Record<string, unknown> = {}) =>
    command.run(ports, { config: 'mlops.yaml', 'dry-run': false, ...command.inputs.parse(inputs) });
  return { repository, ports, root, evaluate };
}

test('a first model is held against the naive baseline, reported and recorded', async () => {
  const { evaluate, ports, root } = createProject({
    'mlops.yaml': configOf(gates),
    'predictions.csv': predictionsOf(0.9),
  });
  const result = await evaluate();
  expect(result.verdict).toBe('pass');
  expect(result.markdown).toContain('candidate accepted');
  const report = JSON.parse(readFileSync(join(root, result.outputs['report-path']), 'utf8'));
  expect(report).toMatchObject({ schema: 'evaluation/v1', champion: null, candidate: { md5: md5Of('candidate') } });
  expect(readFileSync(join(root, '.mlops/reports/evaluate/m/report.html'), 'utf8')).toContain('<svg');
  const [record] = await readRecords(ports, { kinds: ['evaluation'] });
  expect(record!.record).toMatchObject({
    subject: [{ name: 'm' }],
    common: { verdict: 'pass' },
    body: { holdout: report.holdout },
  });
});

test('a worse candidate fails against the predictions of the champion', async () => {
  const { evaluate } = createProject({
    'mlops.yaml': configOf(gates),
    'predictions.csv': predictionsOf(0.3),
    'champion.csv': predictionsOf(0.9),
  });
  const result = await evaluate({ 'champion-predictions': 'champion.csv', champion: 'v1.0.0' });
  expect(result).toMatchObject({ verdict: 'fail', outputs: { champion: 'v1.0.0' } });
  expect(result.markdown).toContain('candidate refused');
});

test('the holder of the stage is scored on the same rows by the command of the config', async () => {
  const project = createProject({
    'mlops.yaml': configOf(gates, ', command: \'cp "$MLOPS_MODEL" "$MLOPS_PREDICTIONS"\''),
    'predictions.csv': predictionsOf(0.9),
  });
  const { repository, ports, evaluate } = project;
  // The champion "model" is its own table of predictions, which the command copies out.
  const champion = predictionsOf(0.4);
  const md5 = md5Of(champion);
  repository.write(`.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`, champion);
  const digests = [{ path: 'm.bin', md5, sha256: sha256Of(champion) }];
  const trailers = { ...noTrailers, artifact: 'm', version: 'v1.0.0', digests };
  for (const name of ['m@v1.0.0', 'm#production#1'])
    repository.git('tag', '-a', name, '-m', formatTagMessage({ subject: 'Made by a test', trailers }));
  const result = await evaluate();
  expect(result).toMatchObject({ verdict: 'pass', outputs: { champion: 'v1.0.0' } });
  expect(result.markdown).toContain('better than the champion');
  expect(await readRecords(ports, { kinds: ['evaluation'] })).toHaveLength(1);
});

test('a champion of unknown content, or one nobody can score, is refused with the way out', async () => {
  const { repository, evaluate } = createProject({
    'mlops.yaml': configOf(gates),
    'predictions.csv': predictionsOf(0.9),
  });
  const digests = [{ path: 'm.bin', md5: 'a'.repeat(32), sha256: 'b'.repeat(64) }];
  const trailers = { ...noTrailers, artifact: 'm', version: 'v1.0.0', digests };
  for (const name of ['m@v1.0.0', 'm#production#1'])
    repository.git('tag', '-a', name, '-m', formatTagMessage({ subject: 'Made by a test', trailers }));
  await expect(evaluate()).rejects.toMatchObject({ code: 'champion-not-scorable' });
});

const rows = predictionsOf(0.9).trimEnd().split('\n');
const spoiled = (line: string): string => [...rows.slice(0, -1), line, ''].join('\n');

test.each([
  ['no rows', 'id,late,p,origin\n', /predictions-empty|dataset-empty/],
  ['a NaN score', spoiled('r1999,1,NaN,ORD'), /predictions-not-finite/],
  ['a missing score', spoiled('r1999,1,,ORD'), /predictions-null/],
  ['a repeated id', spoiled('r1,1,0.5,ORD'), /predictions-duplicate/],
  ['a label of 2', spoiled('r1999,2,0.5,ORD'), /label-unknown/],
  ['a score over 1', spoiled('r1999,1,1.5,ORD'), /score-out-of-range/],
  ['another column', predictionsOf(0.9).replace('late', 'lat'), /predictions-column-missing/],
])('predictions with %s are refused, not judged', async (_, text, code) => {
  const { evaluate, ports } = createProject({ 'mlops.yaml': configOf(gates), 'predictions.csv': text });
  await expect(evaluate()).rejects.toMatchObject({ code: expect.stringMatching(code), hint: expect.any(String) });
  expect(await readRecords(ports)).toEqual([]);
});

test('rows that differ between the models are refused with an example', async () => {
  const { evaluate } = createProject({
    'mlops.yaml': configOf(gates),
    'predictions.csv': predictionsOf(0.9),
    'champion.csv': predictionsOf(0.9).replace('r7,', 'r7x,'),
  });
  await expect(evaluate({ 'champion-predictions': 'champion.csv' })).rejects.toMatchObject({
    code: 'rows-differ',
    message: expect.stringContaining('1 rows are missing'),
  });
});

test('no gates is an error, and a missing artifact is one', async () => {
  const { evaluate, repository } = createProject({ 'mlops.yaml': configOf([]), 'predictions.csv': predictionsOf(0.9) });
  await expect(evaluate()).rejects.toMatchObject({ code: expect.stringMatching(/gates/) });
  repository.commit({ 'mlops.yaml': configOf(gates).replace('m.bin', 'gone.bin') });
  await expect(evaluate()).rejects.toMatchObject({ code: 'data-missing' });
});

test('inconclusive ends as the policy of the place says', async () => {
  const thin = ['{metric: roc-auc, min: 0.83}'];
  const { evaluate } = createProject({ 'mlops.yaml': configOf(thin), 'predictions.csv': predictionsOf(0.9, 150) });
  expect(await evaluate({ purpose: 'register' })).toMatchObject({ verdict: 'inconclusive', exitCode: 3 });
  expect(await evaluate({ purpose: 'pull-request' })).toMatchObject({ verdict: 'inconclusive', exitCode: 0 });
});

test('a holdout that was used often is said to flatter', async () => {
  const { evaluate, ports } = createProject({ 'mlops.yaml': configOf(gates), 'predictions.csv': predictionsOf(0.9) });
  const first = (await evaluate()).document as unknown as { holdout: string };
  const records = Array.from({ length: 20 }, (_, use) => ({
    kind: 'evaluation' as const,
    subject: [{ name: 'm', digest: { md5: md5Of(String(use)) } }],
    body: { holdout: first.holdout },
  }));
  await appendRecords(ports, 'uses', async () => ({ records }));
  expect((await evaluate()).markdown).toContain('begin to flatter');
});
