/** Compares new windows with the baseline, judges performance on known outcomes, tells the owners once, and decides on a retrain. */

import { z } from 'zod';
import { sha256 } from '../base/digest.ts';
import { KitError } from '../base/errors.ts';
import { inlineCode } from '../base/markdown.ts';
import { formatCount, plural } from '../base/text.ts';
import { combineVerdicts, type Verdict } from '../base/verdict.ts';
import { decideDrift } from '../domain/monitoring/decide-drift.ts';
import { decideRetrain } from '../domain/monitoring/decide-retrain.ts';
import { renderDriftHtml, renderDriftMarkdown } from '../domain/monitoring/render-drift.ts';
import { chooseWindows } from '../domain/monitoring/windows.ts';
import { holderOf } from '../domain/registry/queries.ts';
import type { Config, DatasetConfig, ModelConfig } from '../formats/config.ts';
import { DriftReport, type WindowResult } from '../formats/drift-report.ts';
import type { Profile } from '../formats/profile.ts';
import { parseProfile } from '../formats/profile-text.ts';
import type { Ports } from '../ports/ports.ts';
import { type Alerted, keepAlerts } from './check-drift/alert.ts';
import { measureWindow, openScored } from './check-drift/measure-performance.ts';
import { type History, mergeWindows, readHistory } from './check-drift/read-history.ts';
import { openWindows, profileWindow } from './check-drift/read-windows.ts';
import { type Chosen, chooseDataset, chooseModel } from './choose.ts';
import { defineCommand } from './command.ts';
import { digestPath } from './digest-path.ts';
import { isPullRequest } from './is-pull-request.ts';
import { loadConfig } from './load-config.ts';
import { readRegistry } from './read-registry.ts';
import { appendRecords, finishOutbox, type RecordDraft, readRecords } from './records.ts';

const Inputs = z.object({
  model: z.string().optional().describe('Model of the config. Default: the only one.'),
  window: z
    .string()
    .default('new')
    .describe('Windows to check: new (no record yet), newest, all, or one by its label.'),
  path: z.string().optional().describe('Current data, instead of the path of the dataset in the config.'),
  predictions: z
    .string()
    .optional()
    .describe(
      'Scored rows (path or glob) with the columns of predictions in the config. Without them performance is not judged.',
    ),
  seed: z.int().default(20_260_101).describe('Seed of the resampling.'),
  alert: z.boolean().default(true).describe('Open, update and close issues.'),
  dispatch: z.boolean().default(true).describe('Start a retrain by repository_dispatch when the rule asks for one.'),
  record: z.boolean().default(true).describe('Write drift and retrain records (never in pull requests).'),
});
type DriftInputs = z.output<typeof Inputs>;

const Outputs = z.object({
  verdict: z.enum(['pass', 'fail', 'inconclusive']).describe('Worst verdict of the windows.'),
  drifted: z.string().describe('JSON list of the columns that drifted in the newest window.'),
  retrain: z.boolean().describe('Whether a retrain is due.'),
  'report-path': z.string().describe('Path of the JSON report; report.md and report.html stand beside it.'),
});

export const command = defineCommand({
  name: 'check-drift',
  summary:
    'Compares new data with the baseline, judges performance on known outcomes, alerts, and decides on a retrain.',
  description:
    'Drift is a difference that is significant over all columns and larger than a floor, so the verdict does not depend on the number of rows. Decay is a metric whose ' +
    'whole interval is outside its bounds. A retrain starts when k of the last n windows fail and the newest does, outside the cool-down, once per cause.',
  inputs: Inputs,
  outputs: Outputs,
  writes: true,
  async run(ports, inputs) {
    const { config } = await loadConfig(ports, inputs.config);
    const model = chooseModel(config, inputs.model);
    const dataset = chooseDataset(config, model.config.dataset);
    const baseline = await readBaseline(ports, dataset);
    const writes = !inputs['dry-run'] && inputs.record && !isPullRequest(ports);
    if (writes) await finishOutbox(ports);
    const records = await readRecords(ports, { kinds: ['drift', 'retrain'] });
    const version = await watchedVersion(ports, config, model.name);
    const history = readHistory(records, model.name, version, baseline.sha256);

    const checked = await checkWindows(ports, { model, dataset, baseline, inputs, history });
    const windows = mergeWindows(history.windows, checked.windows);
    const decision = decideRetrain(model.config.retrain, {
      model: model.name,
      windows,
      earlier: history.retrains,
      newRows: checked.rows - baseline.profile.rows,
      now: ports.clock.now(),
      insideRetrain: await isInsideRetrain(ports),
    });
    const dispatching = decision.retrain && inputs.dispatch && !inputs['dry-run'] && !isPullRequest(ports);
    const report = buildReport({
      model,
      dataset,
      baseline,
      version,
      checked,
      decision: { ...decision, dispatched: dispatching },
    });
    const markdown = renderDriftMarkdown(report);
    const path = await writeReports(ports, report, markdown);
    const evidence = writes ? await record(ports, report, { dataset, baseline, inputs }) : [];
    if (dispatching) await dispatchRetrain(ports, report, evidence, writes);
    const alerts =
      inputs.alert && !inputs['dry-run'] && !isPullRequest(ports) ? await alert(ports, report, model, markdown) : [];
    return {
      verdict: report.verdict,
      outputs: {
        verdict: report.verdict,
        drifted: JSON.stringify(driftedColumns(report)),
        retrain: decision.retrain,
        'report-path': path,
      },
      document: report,
      markdown: [markdown.trimEnd(), ...alerts.map(describeAlert), `Report: ${inlineCode(path)}`].join('\n\n'),
    };
  },
});

interface Baseline {
  readonly path: string;
  readonly sha256: string;
  readonly profile: Profile;
}

async function readBaseline(ports: Ports, dataset: Chosen<DatasetConfig>): Promise<Baseline> {
  const path = dataset.config.profile ?? `profiles/${dataset.name}.json`;
  if (!(await ports.files.exists(path))) {
    throw new KitError(
      'profile-missing',
      `Cannot check drift of dataset "${dataset.name}": there is no baseline profile "${path}"`,
      {
        hint: `Write it from the training data: mlops-kit validate-data --dataset ${dataset.name} --infer`,
      },
    );
  }
  const text = await ports.files.readText(path);
  return { path, profile: parseProfile(text, path), sha256: sha256(text) };
}

async function watchedVersion(ports: Ports, config: Config, model: string): Promise<string> {
  const registry = await readRegistry(ports);
  const held = Object.keys(config.stages)
    .reverse()
    .map((stage) => holderOf(registry, model, stage))
    .find((holder) => holder !== undefined);
  return held?.version ?? '';
}

interface Checked {
  readonly windows: readonly WindowResult[];
  /** Rows of the whole dataset. */
  readonly rows: number;
  readonly unplaced: number;
}

interface Check {
  readonly model: Chosen<ModelConfig>;
  readonly dataset: Chosen<DatasetConfig>;
  readonly baseline: Baseline;
  readonly inputs: DriftInputs;
  readonly history: History;
}

async function checkWindows(ports: Ports, { model, dataset, baseline, inputs, history }: Check): Promise<Checked> {
  const tables = await ports.tables();
  const source = await openWindows(tables, { ...dataset.config, path: inputs.path ?? dataset.config.path });
  const scored =
    inputs.predictions === undefined || model.config.monitor.performance === undefined
      ? undefined
      : await openScored(tables, model, inputs.predictions, dataset.config.window);
  // A window that was judged before its outcomes were known is new again when they arrive.
  const settled = ({ window, performance }: WindowResult): boolean =>
    (performance !== undefined && performance.rows > 0) || !scored?.windows.includes(window);
  const finished = history.seen.filter(settled);
  const chosen = chooseWindows(
    [...source.windows.keys()],
    inputs.window,
    new Set(finished.map(({ window }) => window)),
  );
  const task = ports.progress.start(`Check ${plural(chosen.length, 'window')} of ${dataset.name}`, {
    total: chosen.length,
    unit: 'windows',
  });
  const windows: WindowResult[] = [];
  for (const window of chosen) {
    const { floor, alpha, critical, ignore } = model.config.monitor.drift;
    const settings = {
      floor,
      alpha,
      critical,
      ignored: ignore,
      minRows: model.config.monitor.drift['min-rows'],
      maxShare: model.config.monitor.drift['max-share'],
    };
    const drift = decideDrift(
      baseline.profile,
      await profileWindow(tables, source, window, baseline.profile, ignore),
      settings,
    );
    const performance = scored === undefined ? undefined : await measureWindow(tables, model, scored, window, inputs);
    windows.push({
      window,
      rows: source.windows.get(window)!,
      verdict: combineVerdicts([drift.verdict, ...(performance === undefined ? [] : [performance.verdict])]),
      drift,
      ...(performance === undefined ? {} : { performance }),
    });
    task.advance(1);
  }
  task.done();
  const rows = [...source.windows.values()].reduce((all, count) => all + count, source.unplaced);
  return { windows, rows, unplaced: source.unplaced };
}

interface ReportFacts {
  readonly model: Chosen<ModelConfig>;
  readonly dataset: Chosen<DatasetConfig>;
  readonly baseline: Baseline;
  readonly version: string;
  readonly checked: Checked;
  readonly decision: DriftReport['decision'];
}

function buildReport({ model, dataset, baseline, version, checked, decision }: ReportFacts): DriftReport {
  const verdict = combineVerdicts(checked.windows.map((window) => window.verdict));
  const { floor, alpha, ignore } = model.config.monitor.drift;
  return DriftReport.parse({
    schema: 'drift-report/v1',
    title: `${model.name}: ${describeVerdict(verdict, checked)}`,
    verdict,
    summary: summarise(checked, version),
    model: model.name,
    version,
    dataset: dataset.name,
    baseline: baseline.path,
    settings: {
      floor,
      alpha,
      minRows: model.config.monitor.drift['min-rows'],
      maxShare: model.config.monitor.drift['max-share'],
      ignored: ignore,
    },
    windows: checked.windows,
    decision,
  });
}

function describeVerdict(verdict: Verdict, { windows }: Checked): string {
  if (windows.length === 0) return 'nothing new to check';
  if (verdict === 'pass') return 'no drift, no decay';
  const drift = windows.some((window) => window.drift.verdict === verdict);
  const decay = windows.some((window) => window.performance?.verdict === verdict);
  const what = [drift ? 'drift' : '', decay ? 'decay' : ''].filter((part) => part !== '').join(' and ');
  return verdict === 'fail' ? `${what} found` : `${what} undecided`;
}

function summarise({ windows, unplaced }: Checked, version: string): string {
  const newest = windows.at(-1);
  if (newest === undefined) return 'Every window has a record already; nothing compared is not a pass.';
  const watched = version === '' ? '' : `${version} is watched. `;
  const performance =
    newest.performance === undefined ? '' : ` ${newest.performance.metric} ${newest.performance.reason}.`;
  const lost = unplaced === 0 ? '' : ` ${formatCount(unplaced)} rows have no usable time and are in no window.`;
  return `${watched}${plural(windows.length, 'window')}; in ${newest.window} (${formatCount(newest.rows)} rows) ${newest.drift.reason}.${performance}${lost}`;
}

function driftedColumns(report: DriftReport): readonly string[] {
  return (report.windows.at(-1)?.drift.columns ?? [])
    .filter(({ verdict }) => verdict === 'fail')
    .map(({ column }) => column);
}

/** Another event of the same trigger may start a retrain; one that cannot be read may not. */
async function isInsideRetrain(ports: Pick<Ports, 'environment' | 'files'>): Promise<boolean> {
  const { actions } = ports.environment;
  if (actions?.eventName !== 'repository_dispatch') return false;
  if (actions.eventPath === undefined) return true;
  try {
    const event: unknown = JSON.parse(await ports.files.readText(actions.eventPath));
    return typeof event !== 'object' || event === null || !('action' in event) || event.action === 'mlops-retrain';
  } catch {
    return true;
  }
}

async function writeReports(ports: Ports, report: DriftReport, markdown: string): Promise<string> {
  const folder = `.mlops/reports/check-drift/${report.model}`;
  await ports.files.write(`${folder}/report.html`, renderDriftHtml(report));
  await ports.files.write(`${folder}/report.md`, markdown);
  await ports.files.write(`${folder}/report.json`, `${JSON.stringify(report, null, 2)}\n`);
  return `${folder}/report.json`;
}

function runName(ports: Ports): string {
  const { actions } = ports.environment;
  return actions === undefined ? ports.clock.randomHex(4) : `${actions.runId}-${actions.runAttempt}`;
}

/** One drift record a window, all in one push. Returns their ids. */
async function record(
  ports: Ports,
  report: DriftReport,
  { dataset, baseline, inputs }: Pick<Check, 'dataset' | 'baseline' | 'inputs'>,
): Promise<readonly string[]> {
  if (report.windows.length === 0) return [];
  const { md5, sha256 } = await digestPath(ports, inputs.path ?? dataset.config.path);
  const records = report.windows.map(
    (window): RecordDraft => ({
      kind: 'drift',
      subject: [{ name: dataset.name, digest: { md5, sha256 } }],
      verdict: window.verdict,
      body: JSON.parse(
        JSON.stringify({
          model: report.model,
          version: report.version,
          dataset: dataset.name,
          window: window.window,
          baseline: baseline.sha256,
          settings: report.settings,
          result: window,
        }),
      ) as RecordDraft['body'],
    }),
  );
  const stored = await appendRecords(ports, `${runName(ports)}/check-drift/${report.model}`, async () => ({ records }));
  return stored.map(({ id }) => id);
}

/**
 * The event goes first: a crash before the record starts it again (its key names the cause, so a second run finds nothing to do),
 * while the other order could lose it.
 */
async function dispatchRetrain(
  ports: Ports,
  report: DriftReport,
  evidence: readonly string[],
  writes: boolean,
): Promise<void> {
  const { model, decision } = report;
  const payload = { model, reason: decision.reason, evidence: [...evidence], key: decision.key };
  await (await ports.forge()).dispatch({ kind: 'repository', name: 'mlops-retrain', payload });
  if (!writes) return;
  const gitCommit = await ports.git.resolve('HEAD');
  await appendRecords(ports, `retrain/${decision.key}`, async () => ({
    records: [
      {
        kind: 'retrain',
        subject: [{ name: model, digest: { gitCommit } }],
        body: { ...payload, cause: decision.cause },
      },
    ],
  }));
}

async function alert(
  ports: Ports,
  report: DriftReport,
  model: Chosen<ModelConfig>,
  markdown: string,
): Promise<readonly Alerted[]> {
  return keepAlerts(await ports.forge(), report, { owners: model.config.owners, markdown });
}

function describeAlert({ kind, action, issue }: Alerted): string {
  return `Issue ${inlineCode(`#${issue.number}`)} (${kind}) ${action}.`;
}
