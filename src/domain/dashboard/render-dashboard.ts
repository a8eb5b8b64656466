/** Renders the dashboard: one self-contained HTML page with what serves, how it came to be, rollouts, and drift over time. */

import { escapeHtml, renderHtmlPage } from '../../base/html.ts';
import { barChart, type ChartPoint, lineChart } from '../../base/svg.ts';
import { formatCount, formatNumber, plural } from '../../base/text.ts';
import type {
  DashboardData,
  LineageStep,
  ModelView,
  MonitorView,
  RolloutView,
  VersionView,
  WindowView,
} from './dashboard-data.ts';

/** Versions, rollouts and windows shown at most in a table; the records hold all of them. */
const rowLimit = 50;

/** The whole page. Untrusted text (names, reasons, actors) is escaped here. */
export function renderDashboard(data: DashboardData): string {
  const body = [
    `<h1>${escapeHtml(data.repository)}</h1>`,
    `<p class="lead">Registry, rollouts and monitoring, read from git. ${escapeHtml(data.tool)}, ${renderTime(data.generated)}.</p>`,
    renderDamage(data.damage),
    data.models.length === 0
      ? '<p>No model is registered yet. <code>mlops-kit register</code> writes the first version.</p>'
      : `<div class="grid">${data.models.map(renderServing).join('')}</div>`,
    ...data.models.map(renderModel),
    renderRollouts(data.rollouts),
    ...data.monitors.map(renderMonitor),
    renderRecords(data.records),
  ];
  return renderHtmlPage({ title: `${data.repository}: models`, body: body.filter((part) => part !== '').join('\n') });
}

function renderDamage(damage: readonly string[]): string {
  if (damage.length === 0) return '';
  const items = damage.map((line) => `<li>${escapeHtml(line)}</li>`).join('');
  return `<div class="card"><strong class="fail">Damage found</strong><ul>${items}</ul></div>`;
}

function renderServing(model: ModelView): string {
  const stages = model.stages.map(
    (stage) =>
      `<tr><td>${escapeHtml(stage.stage)}</td><td><strong>${escapeHtml(stage.version)}</strong></td><td>since ${renderTime(stage.since)} by ${escapeHtml(stage.actor)}</td></tr>`,
  );
  const inside =
    stages.length === 0 ? '<p>No stage holds a version.</p>' : `<table><tbody>${stages.join('')}</tbody></table>`;
  return `<section class="card"><h3>${escapeHtml(model.name)}</h3>${inside}</section>`;
}

function renderModel(model: ModelView): string {
  const shown = model.versions.slice(0, rowLimit);
  const metrics = [...new Set(shown.flatMap((version) => version.metrics.map((metric) => metric.name)))];
  const header = ['version', 'registered', 'verdict', ...metrics, 'stages', 'run', 'commit'];
  const rows = shown.map((version) => renderVersion(version, metrics));
  const more =
    model.versions.length > rowLimit
      ? `<p>${formatCount(model.versions.length - rowLimit)} older versions are not shown.</p>`
      : '';
  return [
    `<h2>${escapeHtml(model.name)}</h2>`,
    model.lineage.length === 0 ? '' : renderLineage(model.lineage),
    renderTable(header, rows),
    more,
    `<div class="grid">${metrics.map((metric) => renderMetricChart(shown, metric)).join('')}</div>`,
  ].join('\n');
}

function renderVersion(version: VersionView, metrics: readonly string[]): readonly string[] {
  const values = metrics.map((name) => {
    const metric = version.metrics.find((candidate) => candidate.name === name);
    if (metric === undefined) return '';
    const interval =
      metric.low === undefined || metric.high === undefined
        ? ''
        : ` <span class="soft">[${formatNumber(metric.low)}, ${formatNumber(metric.high)}]</span>`;
    return `${formatNumber(metric.value)}${interval}`;
  });
  return [
    `<strong>${escapeHtml(version.version)}</strong>`,
    `${renderTime(version.time)}<br>${escapeHtml(version.actor)}`,
    version.verdict === undefined ? '' : renderBadge(version.verdict),
    ...values,
    version.stages.map(escapeHtml).join(', '),
    version.run === undefined ? '' : `<code>${escapeHtml(version.run)}</code>`,
    `<code>${escapeHtml(version.commit.slice(0, 10))}</code>`,
  ];
}

function renderMetricChart(versions: readonly VersionView[], name: string): string {
  const points: ChartPoint[] = [...versions].reverse().flatMap((version) => {
    const metric = version.metrics.find((candidate) => candidate.name === name);
    if (metric === undefined) return [];
    const point: ChartPoint = { x: version.version, y: metric.value };
    return [
      metric.low === undefined || metric.high === undefined ? point : { ...point, low: metric.low, high: metric.high },
    ];
  });
  return points.length < 2 ? '' : lineChart({ title: `${name} by version`, series: [{ name, points }] });
}

/** The chain of boxes from data to production, as HTML so that it wraps on a small screen. */
function renderLineage(steps: readonly LineageStep[]): string {
  const boxes = steps.map(
    (step) =>
      `<div class="card"><strong>${escapeHtml(step.title)}</strong><br><code>${escapeHtml(step.detail)}</code></div>`,
  );
  return `<div class="chain">${boxes.join('<span aria-hidden="true">&rarr;</span>')}</div>`;
}

function renderRollouts(rollouts: readonly RolloutView[]): string {
  if (rollouts.length === 0) return '';
  const rows = rollouts
    .slice(0, rowLimit)
    .map((rollout) => [
      `${escapeHtml(rollout.artifact)} <strong>${escapeHtml(rollout.version)}</strong>${rollout.previous === undefined ? '' : `<br>over ${escapeHtml(rollout.previous)}`}`,
      escapeHtml(rollout.environment),
      `<span class="badge ${rolloutClass(rollout.phase)}">${escapeHtml(rollout.phase)}</span>`,
      rollout.transitions
        .map((transition) => `${escapeHtml(transition.phase)} ${formatNumber(transition.weight)}%`)
        .join(' &rarr; '),
      `${renderTime(rollout.started)}<br>${renderTime(rollout.ended)}`,
      escapeHtml(rollout.reason),
    ]);
  return `<h2>Rollouts</h2>${renderTable(['version', 'environment', 'phase', 'what happened', 'from, to', 'reason'], rows)}`;
}

function rolloutClass(phase: string): string {
  if (phase === 'completed') return 'pass';
  return ['rolled-back', 'aborting', 'cancelled', 'superseded'].includes(phase) ? 'fail' : 'inconclusive';
}

function renderMonitor(monitor: MonitorView): string {
  const windows = monitor.windows;
  const effects: ChartPoint[] = windows
    .filter((window) => window.columns.length > 0)
    .map((window) => ({
      x: window.window,
      y: Math.max(...window.columns.map((column) => column.effect)),
      verdict: window.driftVerdict,
    }));
  const performance = windows.filter((window) => window.performance !== undefined);
  const charts = [
    effects.length === 0
      ? ''
      : lineChart({
          title: 'Drift: largest corrected PSI of any column',
          series: [{ name: 'PSI', points: effects }],
          limits: [monitor.floor],
        }),
    renderPerformanceChart(performance),
    renderNewestColumns(windows),
  ];
  const shown = windows.slice(-rowLimit);
  return [
    `<h2>Monitoring of ${escapeHtml(monitor.subject)}</h2>`,
    `<div class="grid">${charts.join('')}</div>`,
    renderTable(['window', 'rows', 'verdict', 'largest drift', 'performance'], shown.map(renderWindow)),
  ].join('\n');
}

function renderPerformanceChart(windows: readonly WindowView[]): string {
  const first = windows[0]?.performance;
  if (first === undefined) return '';
  const points = windows.flatMap((window): ChartPoint[] => {
    const metric = window.performance;
    if (metric === undefined) return [];
    const point = { x: window.window, y: metric.value, verdict: metric.verdict };
    return [
      metric.low === undefined || metric.high === undefined ? point : { ...point, low: metric.low, high: metric.high },
    ];
  });
  const limits = [first.min, first.max].filter((limit) => limit !== undefined);
  return lineChart({ title: `${first.name} on known outcomes`, series: [{ name: first.name, points }], limits });
}

function renderNewestColumns(windows: readonly WindowView[]): string {
  const newest = windows.findLast((window) => window.columns.length > 0);
  if (newest === undefined) return '';
  const bars = [...newest.columns]
    .sort((a, b) => b.effect - a.effect)
    .slice(0, 12)
    .map((column) => ({ label: column.column, value: column.effect, verdict: column.verdict }));
  return barChart({ title: `Corrected PSI by column, ${newest.window}`, bars });
}

function renderWindow(window: WindowView): readonly string[] {
  const worst = [...window.columns].sort((a, b) => b.effect - a.effect)[0];
  const metric = window.performance;
  return [
    escapeHtml(window.window),
    formatCount(window.rows),
    renderBadge(window.verdict),
    worst === undefined ? '' : `${escapeHtml(worst.column)} ${formatNumber(worst.effect)}`,
    metric === undefined
      ? ''
      : `${escapeHtml(metric.name)} ${formatNumber(metric.value)}${metric.low === undefined ? '' : ` [${formatNumber(metric.low)}, ${formatNumber(metric.high ?? Number.NaN)}]`} ${renderBadge(metric.verdict)}`,
  ];
}

function renderRecords(records: Readonly<Record<string, number>>): string {
  const parts = Object.entries(records)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => plural(count, escapeHtml(kind)));
  return parts.length === 0 ? '' : `<h2>Metadata store</h2><p>${parts.join(', ')}.</p>`;
}

function renderBadge(verdict: string): string {
  return `<span class="badge ${escapeHtml(verdict)}">${escapeHtml(verdict)}</span>`;
}

function renderTime(time: string): string {
  return `<time datetime="${escapeHtml(time)}">${escapeHtml(time.slice(0, 16).replace('T', ' '))}</time>`;
}

/** Cells are HTML already. */
function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const head = header.map((cell) => `<th>${escapeHtml(cell)}</th>`).join('');
  const lines = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${lines}\n</tbody></table>`;
}
