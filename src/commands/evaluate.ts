/** Compares a candidate with the champion on the same rows and decides every gate on its interval. */

import { z } from 'zod';
import { KitError } from '../base/errors.ts';
import { inlineCode } from '../base/markdown.ts';
import { formatCount, plural } from '../base/text.ts';
import { combineVerdicts, type Verdict } from '../base/verdict.ts';
import { decideGates, formatInterval, type GateDecisions } from '../domain/evaluation/decide-gates.ts';
import type { Task } from '../domain/evaluation/metrics.ts';
import { renderEvaluationHtml, renderEvaluationMarkdown } from '../domain/evaluation/render-evaluation.ts';
import type { ModelConfig } from '../formats/config.ts';
import { EvaluationReport, type GateResult } from '../formats/evaluation-report.ts';
import type { Ports } from '../ports/ports.ts';
import { type Chosen, chooseModel } from './choose.ts';
import { defineCommand } from './command.ts';
import { digestPath } from './digest-path.ts';
import { type Champion, findChampion } from './evaluate/find-champion.ts';
import { measureBudgets } from './evaluate/measure-budgets.ts';
import { type ReadEvaluation, readEvaluation } from './evaluate/read-predictions.ts';
import { isPullRequest } from './is-pull-request.ts';
import { loadConfig } from './load-config.ts';
import { appendRecords, finishOutbox, type RecordDraft, readRecords } from './records.ts';

/** Past this many looks at one holdout its verdicts flatter the model. */
const holdoutLimit = 20;

const Inputs = z.object({
  model: z.string().optional().describe('Model of the config. Default: the only one.'),
  predictions: z.string().optional().describe('Predictions of the candidate, instead of the path in the config.'),
  champion: z.string().optional().describe('Version to beat, or "none". Default: the version that holds the stage.'),
  'champion-predictions': z
    .string()
    .optional()
    .describe('Predictions of the champion on the same rows, instead of scoring it.'),
  stage: z.string().optional().describe('Stage whose holder is the champion. Default: the last stage that is held.'),
  purpose: z
    .enum(['pull-request', 'register'])
    .optional()
    .describe('Which inconclusive policy of the config counts. Default: pull-request in pull requests, else register.'),
  seed: z.int().default(20_260_101).describe('Seed of the resampling, an unsigned 32-bit integer.'),
  resamples: z.int().min(200).max(100_000).default(1000).describe('Bootstrap resamples.'),
  confidence: z.number().min(0.5).max(0.999).default(0.95).describe('Two-sided confidence of the intervals.'),
  record: z.boolean().default(true).describe('Write an evaluation record (never in pull requests).'),
});

const Outputs = z.object({
  verdict: z.enum(['pass', 'fail', 'inconclusive']).describe('pass, fail or inconclusive.'),
  'report-path': z.string().describe('Path of the JSON report; report.md and report.html stand beside it.'),
  champion: z.string().describe('Version that the candidate was compared with; empty for a first model.'),
});

type EvaluateInputs = z.output<typeof Inputs>;

export const command = defineCommand({
  name: 'evaluate',
  summary: 'Compares a candidate with the champion on the same rows and decides every gate on its interval.',
  description:
    'Reads the predictions of the candidate, scores the same rows with the champion, and decides the gates of the config: absolute, superiority, non-inferiority, ' +
    'by slice, and budgets. Pass means the whole interval meets the requirement, fail that it misses it, inconclusive that the rows do not decide. ' +
    'A first model must beat the naive baseline. No gate, no rows, duplicate ids or other labels are errors.',
  inputs: Inputs,
  outputs: Outputs,
  writes: true,
  async run(ports, inputs) {
    const { config } = await loadConfig(ports, inputs.config);
    const model = chooseModel(config, inputs.model);
    const columns = needPredictions(model);
    if (!inputs['dry-run']) await finishOutbox(ports);

    const artifact = await digestPath(ports, model.config.artifact);
    const champion = await findChampion(ports, config, model, {
      champion: inputs.champion,
      predictions: inputs['champion-predictions'],
      stage: inputs.stage,
    });
    const task = model.config.task as Task;
    const tables = await ports.tables();
    const evaluation = await readEvaluation(tables, columns, {
      candidate: inputs.predictions ?? columns.path,
      ...(champion === undefined ? {} : { champion: champion.predictions }),
      task,
      slices: slicesOf(model.config),
    });
    const budgets = await measureBudgets(ports, model.config.gates, {
      path: model.config.artifact,
      size: artifact.size,
    });
    const decisions = decideGates(model.config.gates, task, evaluation.rows, { ...inputs, budgets });
    const uses = await countHoldoutUses(ports, evaluation.holdout, artifact.md5);
    const report = buildReport(model, inputs, { artifact, champion, evaluation, decisions, uses });
    const path = await writeReports(ports, report);
    if (!inputs['dry-run'] && inputs.record && !isPullRequest(ports)) await record(ports, model, report);
    return {
      verdict: report.verdict,
      outputs: { verdict: report.verdict, 'report-path': path, champion: champion?.version ?? '' },
      document: report,
      markdown: `${renderEvaluationMarkdown(report)}\nReport: ${inlineCode(path)}\n`,
      ...exitCodeOf(
        report.verdict,
        model.config,
        inputs.purpose ?? (isPullRequest(ports) ? 'pull-request' : 'register'),
      ),
    };
  },
});

function needPredictions({ name, config }: Chosen<ModelConfig>): NonNullable<ModelConfig['predictions']> {
  if (config.task === 'scored' || config.task === 'metrics') {
    throw new KitError(
      'task-unsupported',
      `Cannot evaluate model "${name}": task "${config.task}" is not evaluated yet`,
      {
        hint: 'Tasks today: binary, multiclass, regression.',
      },
    );
  }
  if (config.predictions?.weight !== undefined) {
    throw new KitError('weight-unsupported', `Cannot evaluate model "${name}": row weights are not supported yet`, {
      hint: 'Remove predictions.weight; ignoring it would judge other rows than you mean.',
    });
  }
  if (config.predictions !== undefined) return config.predictions;
  throw new KitError('predictions-unset', `Cannot evaluate model "${name}": the config names no predictions`, {
    hint: 'Set models.<name>.predictions: {path, id, label, score} to a file that the pipeline writes.',
  });
}

function slicesOf(config: ModelConfig): readonly string[] {
  return [
    ...new Set(config.gates.flatMap((gate) => ('metric' in gate && gate.slice !== undefined ? [gate.slice.by] : []))),
  ];
}

/** Inconclusive ends as the config says for this place; the other verdicts end as everywhere. */
function exitCodeOf(
  verdict: Verdict,
  config: ModelConfig,
  purpose: 'pull-request' | 'register',
): { readonly exitCode?: number } {
  if (verdict !== 'inconclusive') return {};
  const policy = config.inconclusive[purpose];
  return { exitCode: policy === 'fail' || policy === 'needs-approval' ? 3 : 0 };
}

async function countHoldoutUses(ports: Ports, holdout: string, candidate: string): Promise<number> {
  const records = await readRecords(ports, { kinds: ['evaluation'] });
  return records.filter(
    ({ record }) => record.body.holdout === holdout && !record.subject.some(({ digest }) => digest.md5 === candidate),
  ).length;
}

interface Evaluated {
  readonly artifact: { readonly md5: string; readonly sha256: string };
  readonly champion: Champion | undefined;
  readonly evaluation: ReadEvaluation;
  readonly decisions: GateDecisions;
  readonly uses: number;
}

function buildReport(model: Chosen<ModelConfig>, inputs: EvaluateInputs, evaluated: Evaluated): EvaluationReport {
  const { artifact, champion, evaluation, decisions, uses } = evaluated;
  const verdict = combineVerdicts(decisions.results.map((gate) => gate.verdict));
  const notes =
    uses >= holdoutLimit
      ? [
          `This holdout was used by ${plural(uses, 'other evaluation')}: its verdicts begin to flatter. Take fresh rows.`,
        ]
      : [];
  const words = { pass: 'accepted', fail: 'refused', inconclusive: 'undecided' };
  return EvaluationReport.parse({
    schema: 'evaluation/v1',
    title: `${model.name}: candidate ${words[verdict]}`,
    model: model.name,
    verdict,
    summary: summarise(verdict, decisions.results, champion, evaluation.count),
    task: model.config.task,
    rows: evaluation.count,
    dataset: model.config.dataset,
    holdout: evaluation.holdout,
    holdoutUses: uses,
    candidate: { md5: artifact.md5, sha256: artifact.sha256 },
    champion:
      champion === undefined
        ? null
        : {
            version: champion.version,
            ...(champion.stage === undefined ? {} : { stage: champion.stage }),
            ...(champion.md5 === undefined ? {} : { md5: champion.md5 }),
          },
    confidence: inputs.confidence,
    seed: inputs.seed,
    resamples: inputs.resamples,
    gates: decisions.results,
    skipped: decisions.skipped,
    notes,
  });
}

/** The sentence a reviewer reads first: the gate that decided, with its numbers. */
function summarise(
  verdict: Verdict,
  gates: readonly GateResult[],
  champion: Champion | undefined,
  rows: number,
): string {
  const against = champion === undefined ? 'There is no champion yet' : `Compared with ${champion.version}`;
  const decided = gates.filter((gate) => gate.verdict === verdict && gate.slice === undefined);
  // A change against the champion (or the baseline) says more than a bound.
  const deciding = decided.find(isChange) ?? decided[0] ?? gates.find((gate) => gate.verdict === verdict);
  const view = deciding === undefined ? undefined : isChange(deciding) ? deciding.difference : deciding.candidate;
  const detail =
    deciding === undefined || view === undefined
      ? ''
      : ` Decided by "${deciding.rule}"${deciding.slice === undefined ? '' : ` (${deciding.slice})`}: ${formatInterval(view)}.`;
  const missed = gates.filter((gate) => gate.verdict !== 'pass').length;
  const count =
    verdict === 'pass'
      ? `all ${plural(gates.length, 'gate')} pass`
      : `${missed} of ${plural(gates.length, 'gate')} not passed`;
  return `${against}, on ${formatCount(rows)} rows: ${count}.${detail}`;
}

function isChange({ kind }: GateResult): boolean {
  return kind === 'superiority' || kind === 'non-inferiority' || kind === 'baseline';
}

async function writeReports(ports: Ports, report: EvaluationReport): Promise<string> {
  const folder = `.mlops/reports/evaluate/${report.model}`;
  await ports.files.write(`${folder}/report.html`, renderEvaluationHtml(report));
  await ports.files.write(`${folder}/report.md`, renderEvaluationMarkdown(report));
  await ports.files.write(`${folder}/report.json`, `${JSON.stringify(report, null, 2)}\n`);
  return `${folder}/report.json`;
}

async function record(ports: Ports, model: Chosen<ModelConfig>, report: EvaluationReport): Promise<void> {
  const { actions } = ports.environment;
  const run = actions === undefined ? ports.clock.randomHex(4) : `${actions.runId}-${actions.runAttempt}`;
  const { schema: _schema, title: _title, ...body } = report;
  await appendRecords(ports, `${run}/evaluate/${report.candidate.md5}/${report.holdout.slice(0, 16)}`, async () => ({
    records: [
      {
        kind: 'evaluation',
        subject: [{ name: model.name, digest: report.candidate }],
        verdict: report.verdict,
        body: JSON.parse(JSON.stringify(body)) as RecordDraft['body'],
      },
    ],
  }));
}
