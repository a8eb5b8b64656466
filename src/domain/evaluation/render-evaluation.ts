/** Renders an evaluation report: Markdown for the pull request and job summary, HTML with the intervals as a picture. */

import { escapeHtml, renderHtmlPage } from '../../base/html.ts';
import { escapeMarkdown, inlineCode, markdownTable } from '../../base/markdown.ts';
import { formatCount, formatNumber, plural } from '../../base/text.ts';
import type { EstimateView, EvaluationReport, GateResult } from '../../formats/evaluation-report.ts';

const signs = { pass: '✅', fail: '❌', inconclusive: '❔' } as const;

/** Short enough for a comment: headline, one table over all rows, slices folded away. */
export function renderEvaluationMarkdown(report: EvaluationReport): string {
  const whole = report.gates.filter((gate) => gate.slice === undefined);
  const slices = report.gates.filter((gate) => gate.slice !== undefined);
  return [
    `## ${signs[report.verdict]} ${escapeMarkdown(report.title)}`,
    escapeMarkdown(report.summary),
    renderGateTable(whole, report.champion !== null),
    slices.length === 0 ? '' : renderSlices(slices),
    [
      ...report.skipped.map((gate) => `- skipped: ${escapeMarkdown(gate.rule)} (${escapeMarkdown(gate.reason)})`),
      ...report.notes.map((note) => `- ${escapeMarkdown(note)}`),
    ].join('\n'),
    renderFootnote(report),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

function renderGateTable(gates: readonly GateResult[], compared: boolean): string {
  if (gates.length === 0) return '';
  const header = compared
    ? ['', 'gate', 'candidate', 'champion', 'difference', 'why']
    : ['', 'gate', 'candidate', 'baseline', 'difference', 'why'];
  return markdownTable(
    header,
    gates.map((gate) => [
      signs[gate.verdict],
      escapeMarkdown(gate.rule),
      formatView(gate.candidate),
      formatView(gate.champion),
      formatView(gate.difference),
      escapeMarkdown(wordsOf(gate)),
    ]),
  );
}

function renderSlices(gates: readonly GateResult[]): string {
  const bad = gates.filter((gate) => gate.verdict !== 'pass').length;
  const head =
    bad === 0 ? `${plural(gates.length, 'slice')}, all pass` : `${bad} of ${plural(gates.length, 'slice')} not passed`;
  const table = markdownTable(
    ['', 'gate', 'slice', 'rows', 'difference or value', 'why'],
    gates.map((gate) => [
      signs[gate.verdict],
      escapeMarkdown(gate.rule),
      inlineCode(gate.slice ?? ''),
      formatCount(gate.rows),
      formatView(gate.difference ?? gate.candidate),
      escapeMarkdown(wordsOf(gate)),
    ]),
  );
  return `<details${bad === 0 ? '' : ' open'}><summary>${head}</summary>\n\n${table}\n\n</details>`;
}

function renderFootnote(report: EvaluationReport): string {
  const champion =
    report.champion === null
      ? 'no champion yet'
      : `champion ${inlineCode(report.champion.version)}${report.champion.stage === undefined ? '' : ` of ${escapeMarkdown(report.champion.stage)}`}`;
  return `_${formatCount(report.rows)} rows of ${escapeMarkdown(report.dataset)}, ${champion}, ${formatNumber(report.confidence * 100)} % intervals, seed ${report.seed}, holdout ${inlineCode(report.holdout.slice(0, 12))}._`;
}

/** The reason without the numbers that stand in the other cells. */
function wordsOf({ reason }: GateResult): string {
  return reason.replace(/^(difference|value) [^:]*: /, '');
}

function formatView(view: EstimateView | undefined): string {
  if (view === undefined) return '';
  const text = (part: number | null): string => (part === null ? 'n/a' : formatNumber(part));
  return view.low === view.value && view.high === view.value
    ? text(view.value)
    : `${text(view.value)} \\[${text(view.low)}, ${text(view.high)}\\]`;
}

/** One self-contained page: every gate as its interval against the requirement. */
export function renderEvaluationHtml(report: EvaluationReport): string {
  const rows = report.gates.map(
    (gate) =>
      `<tr><td><span class="badge ${gate.verdict}">${gate.verdict}</span></td><td>${escapeHtml(gate.rule)}${gate.slice === undefined ? '' : `<br><code>${escapeHtml(gate.slice)}</code>`}</td><td class="number">${formatCount(gate.rows)}</td><td>${renderIntervalSvg(gate)}</td><td>${escapeHtml(gate.reason)}</td></tr>`,
  );
  const notes = [...report.skipped.map((gate) => `skipped: ${gate.rule} (${gate.reason})`), ...report.notes];
  return renderHtmlPage({
    title: report.title,
    body: `<h1>${escapeHtml(report.title)} <span class="badge ${report.verdict}">${report.verdict}</span></h1>
<p class="lead">${escapeHtml(report.summary)}</p>
<table><thead><tr><th>verdict</th><th>gate</th><th class="number">rows</th><th>interval and requirement</th><th>why</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>
${notes.length === 0 ? '' : `<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`}
<p class="lead">${formatCount(report.rows)} rows of ${escapeHtml(report.dataset)}; holdout <code>${escapeHtml(report.holdout)}</code>; seed ${report.seed}; ${report.resamples} resamples; candidate <code>${escapeHtml(report.candidate.md5)}</code>.</p>`,
  });
}

/** The deciding interval as a bar, its value as a dot, the requirement as a dashed line. */
function renderIntervalSvg(gate: GateResult): string {
  const change = gate.kind === 'superiority' || gate.kind === 'non-inferiority' || gate.kind === 'baseline';
  const view = change ? gate.difference : gate.candidate;
  if (view === undefined || view.value === null || view.low === null || view.high === null) return '';
  const required = requiredValue(gate);
  const [low, high] = [Math.min(view.low, required), Math.max(view.high, required)];
  const margin = (high - low || Math.abs(high) || 1) * 0.1;
  const x = (value: number): string => (10 + (200 * (value - low + margin)) / (high - low + 2 * margin)).toFixed(1);
  const title = `${formatNumber(view.value)} in ${formatNumber(view.low)} to ${formatNumber(view.high)}, required ${formatNumber(required)}`;
  return `<svg viewBox="0 0 220 34" width="220" height="34" role="img"><title>${escapeHtml(title)}</title><line class="one" stroke-width="3" x1="${x(view.low)}" y1="12" x2="${x(view.high)}" y2="12"/><circle class="dot ${gate.verdict}" cx="${x(view.value)}" cy="12" r="4"/><line class="limit" x1="${x(required)}" y1="2" x2="${x(required)}" y2="22"/><text class="soft" x="${x(required)}" y="33" text-anchor="middle">${formatNumber(required)}</text></svg>`;
}

/** Where the requirement stands on the axis of the shown value: a metric that is better when lower may rise by the margin. */
function requiredValue(gate: GateResult): number {
  if (gate.kind !== 'superiority' && gate.kind !== 'non-inferiority') return gate.required;
  const lowerIsBetter = /^(log-loss|brier|ece|mae|rmse|mape)$/.test(gate.metric);
  return (gate.kind === 'superiority') === lowerIsBetter ? -gate.required : gate.required;
}
