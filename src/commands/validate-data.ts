/** Checks a dataset against its data contract and baseline profile, or proposes both from the data. */

import { z } from 'zod';
import { sha256 } from '../base/digest.ts';
import { KitError, type Location } from '../base/errors.ts';
import { renderHtmlPage } from '../base/html.ts';
import { inlineCode } from '../base/markdown.ts';
import { renderMarkdownAsHtml } from '../base/markdown-html.ts';
import { plural } from '../base/text.ts';
import { decideChecks, decideValidation, type Found } from '../domain/validation/decide.ts';
import { findAnomalies, findColumnChanges } from '../domain/validation/find-anomalies.ts';
import { type CheckPlan, patternsOf, planChecks } from '../domain/validation/plan-checks.ts';
import { type Counts, foldCounts, planQueries, rowsId } from '../domain/validation/plan-queries.ts';
import { renderValidation } from '../domain/validation/render-validation.ts';
import { type LoadedContract, parseContract } from '../formats/contract.ts';
import type { Profile } from '../formats/profile.ts';
import { formatProfile, parseProfile } from '../formats/profile-text.ts';
import { type Finding, type NotEvaluated, ValidationReport } from '../formats/validation-report.ts';
import type { Annotation } from '../ports/forge.ts';
import type { Ports } from '../ports/ports.ts';
import type { TableSource, Tables } from '../ports/tables.ts';
import { chooseDataset } from './choose.ts';
import { defineCommand } from './command.ts';
import { digestPath } from './digest-path.ts';
import { isPullRequest } from './is-pull-request.ts';
import { loadConfig } from './load-config.ts';
import { appendRecords, finishOutbox, type RecordDraft } from './records.ts';
import { fetchExamples } from './validate/examples.ts';
import { inferFromData, runAll } from './validate/infer.ts';
import { profileAgainst } from './validate/profile-against.ts';

const Inputs = z.object({
  dataset: z.string().optional().describe('Dataset of the config. Default: the only one.').meta({ positional: 0 }),
  path: z.string().optional().describe('Data to check instead of the path in the config, for example a new batch.'),
  infer: z
    .boolean()
    .default(false)
    .describe('Write the data contract and baseline profile that are not there yet, from this data.'),
  overwrite: z.boolean().default(false).describe('With infer: replace the contract and profile that are there.'),
  examples: z
    .int()
    .min(0)
    .max(20)
    .default(3)
    .describe('Example rows shown for each finding; 0 keeps data out of reports.'),
  record: z.boolean().default(true).describe('Write a validation record (never in pull requests).'),
});
type Inputs = z.output<typeof Inputs>;

export const command = defineCommand({
  name: 'validate-data',
  summary: 'Checks a dataset against its data contract and baseline profile.',
  description:
    'Counts the rows that break each rule of the contract (types, required, ranges, patterns, values, uniqueness, row count, repeated rows), and compares the data with the ' +
    'baseline profile: rising nulls, unseen values, a changed unit, missing, new or renamed columns, constant columns, changed distributions. ' +
    'A rule that cannot be evaluated leaves the verdict inconclusive; nothing checked is never a pass.',
  inputs: Inputs,
  outputs: z.object({
    verdict: z.enum(['pass', 'fail', 'inconclusive']).describe('pass, fail or inconclusive.'),
    findings: z.int().describe('Number of errors and warnings.'),
    'report-path': z.string().describe('Path of the JSON report; report.md and report.html stand beside it.'),
  }),
  writes: true,
  async run(ports, inputs) {
    const { config } = await loadConfig(ports, inputs.config);
    const dataset = chooseDataset(config, inputs.dataset);
    const started = ports.clock.monotonic();
    const task: Task = {
      ports,
      inputs,
      dataset: dataset.name,
      path: inputs.path ?? dataset.config.path,
      contractPath: dataset.config.contract ?? `contracts/${dataset.name}.odcs.yaml`,
      profilePath: dataset.config.profile ?? `profiles/${dataset.name}.json`,
      tables: await ports.tables(),
    };
    const writes = !inputs['dry-run'] && inputs.record && !isPullRequest(ports);
    if (writes) await finishOutbox(ports);
    const progress = ports.progress.start(`Validating ${dataset.name}`);
    const wrote = inputs.infer ? await infer(task) : [];
    const outcome = await validate(task);
    const report = buildReport(task, outcome, (ports.clock.monotonic() - started) / 1000);
    progress.done(`${dataset.name}: ${report.verdict}, ${report.summary}`);
    const markdown = renderValidation(report);
    const reportPath = await writeReports(ports, report, markdown);
    if (writes) await record(task, report);
    const written = wrote.map((path) => `\nWrote ${inlineCode(path)}.\n`).join('');
    return {
      verdict: report.verdict,
      outputs: { verdict: report.verdict, findings: loudOf(report).length, 'report-path': reportPath },
      document: JSON.parse(JSON.stringify(report)),
      markdown: `${markdown}${written}\nReport: ${inlineCode(reportPath)}\n`,
      annotations: report.annotations as readonly Annotation[],
    };
  },
});

interface Task {
  readonly ports: Ports;
  readonly inputs: Inputs & { readonly 'dry-run': boolean };
  readonly dataset: string;
  readonly path: string;
  readonly contractPath: string;
  readonly profilePath: string;
  readonly tables: Tables;
}

/** Paths written. An existing contract or profile is kept unless asked to replace it: it is the promise that data is held to. */
async function infer(task: Task): Promise<readonly string[]> {
  const { ports, inputs, contractPath, profilePath } = task;
  const missing: string[] = [];
  for (const path of [contractPath, profilePath])
    if (inputs.overwrite || !(await ports.files.exists(path))) missing.push(path);
  if (missing.length === 0) {
    throw new KitError(
      'contract-exists',
      `Cannot write contract "${contractPath}": it and the profile are there already`,
      {
        hint: 'Use --overwrite to replace both, or leave out --infer.',
      },
    );
  }
  const source = await task.tables.open(task.path);
  const { contract, profile } = await inferFromData(task.tables, source, task.dataset, task.path);
  if (profile.rows === 0) {
    throw new KitError('dataset-empty', `Cannot infer a contract from "${task.path}": it has no rows`, {
      hint: 'Infer from data that shows what is normal.',
    });
  }
  if (inputs['dry-run']) return [];
  const texts = new Map([
    [contractPath, contract],
    [profilePath, formatProfile(profile)],
  ]);
  for (const path of missing) await ports.files.write(path, texts.get(path)!);
  return missing;
}

interface Outcome {
  readonly source: TableSource;
  readonly rows: number;
  readonly checks: number;
  readonly findings: readonly Finding[];
  readonly notEvaluated: readonly NotEvaluated[];
  readonly contractDigest: string;
  readonly baseline: { readonly path: string; readonly sha256: string; readonly rows: number } | undefined;
}

async function validate(task: Task): Promise<Outcome> {
  const { ports, tables } = task;
  const text = await readContract(task);
  const contract = parseContract(text, task.contractPath, task.dataset);
  const source = await tables.open(task.path, { text: true });
  const plan = planChecks(contract, source.columns, await unusablePatterns(tables, patternsOf(contract)));
  const queries = planQueries(plan.checks, source);
  const counts: Counts = foldCounts(
    await runAll(
      tables,
      queries.map(({ sql }) => sql),
    ),
  );
  const rows = counts.get(rowsId) ?? 0;
  const changes = findColumnChanges(plan, contract.schema);
  const found = [...changes, ...decideChecks(plan.checks, counts)];
  const compared = await compare(task, contract, plan, source, rows);
  const all = bySeverity([...found, ...compared.findings]);
  const examples = await fetchExamples(tables, source, all, task.inputs.examples);
  const locate = placeIn(contract);
  const skipped = plan.skipped.map(
    ({ path, ...rule }): NotEvaluated => ({ ...rule, at: placeOf(contract.document.locate(path)) }),
  );
  const baseline = compared.baseline;
  ports.progress.debug(`${plural(queries.length, 'query', 'queries')} for ${plural(plan.checks.length, 'rule')}`);
  return {
    source,
    rows,
    checks:
      plan.checks.length + (plan.missing.length > 0 || contract.schema.properties.length > 0 ? 1 : 0) + compared.checks,
    findings: all.map((one) => toFinding(one, locate(one), examples.get(one) ?? [])),
    notEvaluated: [...skipped, ...compared.notEvaluated],
    contractDigest: sha256(text),
    baseline,
  };
}

async function readContract({ ports, contractPath }: Task): Promise<string> {
  if (await ports.files.exists(contractPath)) return ports.files.readText(contractPath);
  throw new KitError('contract-missing', `Cannot read data contract "${contractPath}": there is no such file`, {
    hint: 'Run `mlops-kit validate-data --infer` on data that is right, and review what it writes.',
  });
}

/** Patterns that the engine's regular expressions (RE2) do not have. */
async function unusablePatterns(tables: Tables, patterns: readonly string[]): Promise<ReadonlySet<string>> {
  const unusable = new Set<string>();
  for (const pattern of patterns) {
    await tables.query(`SELECT regexp_matches('', ?)`, [pattern]).catch((error: unknown) => {
      if (!(error instanceof KitError && error.code === 'query-invalid')) throw error;
      unusable.add(pattern);
    });
  }
  return unusable;
}

interface Compared {
  readonly findings: readonly Found[];
  readonly notEvaluated: readonly NotEvaluated[];
  readonly checks: number;
  readonly baseline: Outcome['baseline'];
}

/** Without a baseline the anomalies stay open, unless the contract says that there is none. */
async function compare(
  task: Task,
  contract: LoadedContract,
  plan: CheckPlan,
  source: TableSource,
  rows: number,
): Promise<Compared> {
  const { ports, profilePath, tables } = task;
  const { schema, base } = contract;
  const nothing = { findings: [], checks: 0, baseline: undefined };
  if (schema.customProperties.some(({ property, value }) => property === 'mlops-baseline' && value === 'none'))
    return { ...nothing, notEvaluated: [] };
  if (!(await ports.files.exists(profilePath))) {
    const reason = `there is no baseline profile "${profilePath}"; write it with --infer, or set customProperties mlops-baseline: none`;
    return { ...nothing, notEvaluated: [{ rule: 'baseline', reason, open: true }] };
  }
  const text = await ports.files.readText(profilePath);
  const baseline: Profile = parseProfile(text, profilePath);
  const facts = { path: profilePath, sha256: sha256(text), rows: baseline.rows };
  if (rows === 0) return { ...nothing, notEvaluated: [], baseline: facts };
  const profiled = await profileAgainst(tables, source, baseline, { columns: plan.columns, source: task.path });
  const { findings, notEvaluated, checks } = findAnomalies({ schema, base, baseline, ...profiled });
  return { findings, notEvaluated, checks, baseline: facts };
}

function bySeverity(findings: readonly Found[]): readonly Found[] {
  const order = { error: 0, warning: 1, note: 2 };
  return [...findings].sort((a, b) => order[a.severity] - order[b.severity]);
}

/** The rule in the contract, else the column, else the list of columns. */
function placeIn({ schema, base, document }: LoadedContract): (found: Found) => Location {
  return ({ path, column }) => {
    if (path !== undefined) return document.locate(path);
    const index = schema.properties.findIndex(({ name }) => name === column);
    return document.locate([...base, 'properties', ...(index < 0 ? [] : [index])]);
  };
}

function placeOf({ path, line = 1, column }: Location): NonNullable<Finding['at']> {
  return { path, line, ...(column === undefined ? {} : { column }) };
}

function toFinding(found: Found, at: Location, examples: Finding['examples']): Finding {
  const { check: _check, path: _path, values: _values, measured, ...rest } = found;
  return {
    ...rest,
    ...(measured === undefined ? {} : { measured: { ...measured } }),
    examples,
    at: placeOf(at),
  };
}

function loudOf(report: ValidationReport): readonly Finding[] {
  return report.findings.filter(({ severity }) => severity !== 'note');
}

function buildReport(task: Task, outcome: Outcome, seconds: number): ValidationReport {
  const { findings, rows, notEvaluated, checks, baseline } = outcome;
  const { verdict, reason } = decideValidation(outcome);
  const [first] = findings;
  const detail =
    first === undefined || first.severity === 'note' ? '' : `; first: ${first.column ?? 'dataset'}: ${first.message}`;
  return ValidationReport.parse({
    schema: 'validation-report/v1',
    verdict,
    title: `Data validation of ${task.dataset}`,
    summary: `${reason} in ${plural(rows, 'row')}${detail}`,
    dataset: task.dataset,
    path: task.path,
    rows,
    columns: outcome.source.columns.length,
    contract: { path: task.contractPath, sha256: outcome.contractDigest },
    ...(baseline === undefined ? {} : { baseline }),
    checks,
    findings,
    notEvaluated,
    seconds,
    annotations: findings.flatMap(toAnnotation),
  });
}

function toAnnotation({ severity, at, column, rule, message, hint }: Finding): readonly Annotation[] {
  if (severity === 'note' || at === undefined) return [];
  return [
    {
      level: severity === 'error' ? 'failure' : 'warning',
      path: at.path,
      line: at.line,
      ...(at.column === undefined ? {} : { column: at.column }),
      title: `${column ?? 'dataset'}: ${rule}`,
      message: `${message}. ${hint}`,
    },
  ];
}

async function writeReports(ports: Ports, report: ValidationReport, markdown: string): Promise<string> {
  const folder = `.mlops/reports/validate-data/${report.dataset}`;
  const html = renderHtmlPage({ title: report.title, body: renderMarkdownAsHtml(markdown) });
  await ports.files.write(`${folder}/report.html`, html);
  await ports.files.write(`${folder}/report.md`, markdown);
  await ports.files.write(`${folder}/report.json`, `${JSON.stringify(report, null, 2)}\n`);
  return `${folder}/report.json`;
}

/** Example rows stay out of the record: it is pushed, and data may be private. */
async function record({ ports, dataset, path }: Task, report: ValidationReport): Promise<void> {
  const { md5, sha256: content } = await digestPath(ports, path);
  const { actions } = ports.environment;
  const run = actions === undefined ? ports.clock.randomHex(4) : `${actions.runId}-${actions.runAttempt}`;
  const findings = report.findings.map(({ examples: _examples, at: _at, ...finding }) => finding);
  const body = {
    dataset,
    path,
    rows: report.rows,
    checks: report.checks,
    contract: report.contract,
    ...(report.baseline === undefined ? {} : { baseline: report.baseline }),
    findings: findings.slice(0, 100),
    findingsDigest: sha256(JSON.stringify(findings)),
    notEvaluated: report.notEvaluated.map(({ at: _at, ...rule }) => rule).slice(0, 100),
  };
  await appendRecords(ports, `${run}/validate-data/${md5}`, async () => ({
    records: [
      {
        kind: 'validation',
        subject: [{ name: dataset, digest: { md5, sha256: content } }],
        verdict: report.verdict,
        body: JSON.parse(JSON.stringify(body)) as RecordDraft['body'],
      },
    ],
  }));
}
