/** Renders a drift report: Markdown for summary and issue, HTML with drift and performance over time. */

import { escapeHtml, renderHtmlPage } from '../../base/html.ts';
import { escapeMarkdown, inlineCode, markdownTable } from '../../base/markdown.ts';
import { barChart, lineChart } from '../../base/svg.ts';
import { formatCount, formatNumber } from '../../base/text.ts';
import type { ColumnDrift, DriftReport, WindowResult } from '../../formats/drift-report.ts';

const signs = { pass: '✅', fail: '❌', inconclusive: '❔' } as const;

export function renderDriftMarkdown(report: DriftReport): string {
  const newest = report.windows.at(-1);
  return [
    `## ${signs[report.verdict]} ${escapeMarkdown(report.title)}`,
    escapeMarkdown(report.summary),
    report.windows.length === 0 ? '' : renderWindows(report.windows),
    newest === undefined ? '' : renderColumns(newest),
    `${report.decision.retrain ? '**Retrain**' : 'No retrain'}: ${escapeMarkdown(report.decision.reason)}.`,
    `_Baseline ${inlineCode(report.baseline)}; drift is a corrected PSI of at least ${formatNumber(report.settings.floor)} that is significant at ${formatNumber(report.settings.alpha)} over all columns._`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

function renderWindows(windows: readonly WindowResult[]): string {
  return markdownTable(
    ['window', 'rows', 'drift', 'largest corrected PSI', 'performance', ''],
    windows.map((window) => {
      const worst = worstOf(window);
      return [
        inlineCode(window.window),
        formatCount(window.rows),
        signs[window.drift.verdict],
        worst === undefined ? '' : `${escapeMarkdown(worst.column)} ${formatNumber(worst.effect, 3)}`,
        window.performance === undefined ? '' : signs[window.performance.verdict],
        window.performance === undefined
          ? escapeMarkdown(window.drift.reason)
          : `${escapeMarkdown(window.performance.metric)} ${escapeMarkdown(window.performance.reason)}`,
      ];
    }),
  );
}

function worstOf(window: WindowResult): ColumnDrift | undefined {
  return [...window.drift.columns].sort((a, b) => b.effect - a.effect)[0];
}

function renderColumns(window: WindowResult): string {
  if (window.drift.columns.length === 0) return '';
  const rows = [...window.drift.columns]
    .sort((a, b) => b.effect - a.effect)
    .slice(0, 50)
    .map((column) => [
      signs[column.verdict],
      inlineCode(column.column),
      formatNumber(column.effect, 3),
      escapeMarkdown(column.move),
      escapeMarkdown(column.reason),
    ]);
  return `<details><summary>Columns in ${escapeMarkdown(window.window)}</summary>\n\n${markdownTable(['', 'column', 'corrected PSI', 'what moved', 'why'], rows)}\n\n</details>`;
}

export function renderDriftHtml(report: DriftReport): string {
  const { windows } = report;
  const newest = windows.at(-1);
  const measured = windows.filter((window) => window.performance?.value != null);
  const first = measured[0]?.performance;
  const charts = [
    lineChart({
      title: 'Largest corrected PSI of any column',
      series: [
        {
          name: 'PSI',
          points: windows.map((window) => ({
            x: window.window,
            y: worstOf(window)?.effect ?? Number.NaN,
            verdict: window.drift.verdict,
          })),
        },
      ],
      limits: [{ y: report.settings.floor, label: 'floor' }],
    }),
    first === undefined
      ? ''
      : lineChart({
          title: `${first.metric} on known outcomes`,
          series: [
            {
              name: first.metric,
              points: measured.map(({ window, performance }) => ({
                x: window,
                y: performance!.value!,
                low: performance!.low!,
                high: performance!.high!,
                verdict: performance!.verdict,
              })),
            },
          ],
          limits: [first.min, first.max].filter((limit) => limit !== undefined),
        }),
    newest === undefined || newest.drift.columns.length === 0
      ? ''
      : barChart({
          title: `Corrected PSI by column in ${newest.window}`,
          bars: [...newest.drift.columns]
            .sort((a, b) => b.effect - a.effect)
            .slice(0, 20)
            .map((column) => ({ label: column.column, value: column.effect, verdict: column.verdict })),
        }),
  ];
  const rows = (newest?.drift.columns ?? []).map(
    (column) =>
      `<tr><td><span class="badge ${column.verdict}">${column.verdict}</span></td><td><code>${escapeHtml(column.column)}</code></td><td class="number">${formatNumber(column.effect, 3)}</td><td class="number">${formatNumber(column.pAdjusted, 2)}</td><td>${escapeHtml(column.move)}</td><td>${escapeHtml(column.reason)}</td></tr>`,
  );
  return renderHtmlPage({
    title: report.title,
    body: `<h1>${escapeHtml(report.title)} <span class="badge ${report.verdict}">${report.verdict}</span></h1>
<p class="lead">${escapeHtml(report.summary)} ${escapeHtml(report.decision.retrain ? 'Retrain: ' : 'No retrain: ')}${escapeHtml(report.decision.reason)}.</p>
<div class="grid">${charts.join('')}</div>
${rows.length === 0 ? '' : `<h2>Columns in ${escapeHtml(newest!.window)}</h2><table><thead><tr><th>verdict</th><th>column</th><th class="number">corrected PSI</th><th class="number">adjusted p</th><th>what moved</th><th>why</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`}`,
  });
}
