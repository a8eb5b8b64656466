/** Renders a validation report as Markdown: the verdict first, then each finding with counts, place and repair. */

import { escapeMarkdown, inlineCode, markdownTable } from '../../base/markdown.ts';
import { formatCount, plural } from '../../base/text.ts';
import type { Finding, ValidationReport } from '../../formats/validation-report.ts';

const icons = { pass: '✅', fail: '❌', inconclusive: '⚠️' } as const;
const mostRows = 50;

export function renderValidation(report: ValidationReport): string {
  const loud = report.findings.filter(({ severity }) => severity !== 'note');
  const notes = report.findings.filter(({ severity }) => severity === 'note');
  const parts = [
    `## ${icons[report.verdict]} ${escapeMarkdown(report.title)}: ${report.verdict}`,
    escapeMarkdown(report.summary),
    loud.length === 0 ? '' : renderFindings(loud),
    ...loud.slice(0, 10).map(renderExamples),
    renderNotes(notes),
    renderOpen(report),
    renderFacts(report),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function renderFindings(findings: readonly Finding[]): string {
  const rows = findings
    .slice(0, mostRows)
    .map((finding) => [
      finding.severity === 'error' ? '❌' : '⚠️',
      finding.column === undefined ? 'dataset' : inlineCode(finding.column),
      inlineCode(finding.rule),
      countsOf(finding),
      escapeMarkdown(finding.message),
      escapeMarkdown(finding.hint),
    ]);
  const more =
    findings.length > mostRows ? `\n\n${plural(findings.length - mostRows, 'more finding')} in the JSON report.` : '';
  return markdownTable(['', 'column', 'rule', 'rows', 'finding', 'what to do'], rows) + more;
}

function countsOf({ failing, total }: Finding): string {
  if (failing === undefined || total === undefined) return '';
  return `${formatCount(failing)} of ${formatCount(total)}`;
}

function renderExamples(finding: Finding): string {
  const [first] = finding.examples;
  if (first === undefined) return '';
  const names = Object.keys(first);
  const table = markdownTable(
    names.map((name) => escapeMarkdown(name)),
    finding.examples.map((row) => names.map((name) => inlineCode(row[name] ?? ''))),
  );
  const subject = finding.column === undefined ? 'dataset' : finding.column;
  return `<details><summary>${escapeMarkdown(subject)}, ${escapeMarkdown(finding.rule)}: ${plural(finding.examples.length, 'example row')}</summary>\n\n${table}\n\n</details>`;
}

function renderNotes(notes: readonly Finding[]): string {
  if (notes.length === 0) return '';
  const lines = notes
    .slice(0, mostRows)
    .map(
      ({ column, message }) => `- ${column === undefined ? '' : `${inlineCode(column)}: `}${escapeMarkdown(message)}`,
    );
  return `<details><summary>${plural(notes.length, 'note')}</summary>\n\n${lines.join('\n')}\n\n</details>`;
}

function renderOpen({ notEvaluated }: ValidationReport): string {
  if (notEvaluated.length === 0) return '';
  const lines = notEvaluated
    .slice(0, mostRows)
    .map(
      ({ column, rule, reason, open }) =>
        `- ${column === undefined ? '' : `${inlineCode(column)} `}${inlineCode(rule)}: ${escapeMarkdown(reason)}${open ? '' : ' (information only)'}`,
    );
  return `Not evaluated:\n\n${lines.join('\n')}`;
}

function renderFacts(report: ValidationReport): string {
  const baseline =
    report.baseline === undefined
      ? 'no baseline profile'
      : `baseline ${inlineCode(report.baseline.path)} (${plural(report.baseline.rows, 'row')})`;
  return `${plural(report.rows, 'row')}, ${plural(report.columns, 'column')} of ${inlineCode(report.path)}; ${plural(report.checks, 'rule')} checked in ${report.seconds.toFixed(2)} s; contract ${inlineCode(report.contract.path)}, ${baseline}.`;
}
