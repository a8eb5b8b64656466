/** Renders reports into the sticky comment, the check summary and the page, each cut to its limit with a line that says so. */

import { renderHtmlPage } from '../../base/html.ts';
import { closeMarkdown, cutMarkdown, escapeMarkdown, inlineCode, markdownTable } from '../../base/markdown.ts';
import { renderMarkdownAsHtml } from '../../base/markdown-html.ts';
import { sanitizeMarkdown } from '../../base/markdown-sanitize.ts';
import { plural } from '../../base/text.ts';
import type { Verdict } from '../../base/verdict.ts';
import type { ReadReport, ReadReports } from './read-reports.ts';

export interface CommentInput extends ReadReports {
  readonly title: string;
  readonly verdict: Verdict;
  /** Reasons beyond the reports why the verdict is not pass. */
  readonly notes: readonly string[];
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
  readonly tool: string;
}

const words = { pass: '✅ pass', fail: '❌ fail', inconclusive: '⚠️ inconclusive' } as const;
const order = { fail: 0, inconclusive: 1, pass: 2 } as const;

/** The comment or summary without marker, at most `limit` UTF-16 units. */
export function renderComment(input: CommentInput, limit: number): string {
  const reports = [...input.reports].sort((a, b) => rank(a) - rank(b));
  const head = renderHead(input, reports);
  const foot = renderFoot(input);
  const whole = input.runUrl === undefined ? 'the report files' : 'the artifacts of the run';
  const parts: string[] = [];
  let room = limit - head.length - foot.length - 8;
  reports.forEach((report, index) => {
    // Each report may take what those before it left, less a fair share for those after it.
    const share = Math.max(room - (reports.length - index - 1) * 1500, 0);
    const part = cutMarkdown(renderReport(report), share, whole);
    parts.push(part);
    room -= part.length + 2;
  });
  return cutMarkdown([head, ...parts.filter((part) => part !== ''), foot].join('\n\n'), limit, whole);
}

/** One line that says how it stands, for the title of the check run. */
export function renderCheckTitle(input: Pick<CommentInput, 'verdict' | 'reports' | 'unreadable'>): string {
  const failed = input.reports.filter((report) => report.verdict === 'fail').length;
  const undecided = input.reports.filter((report) => report.verdict === 'inconclusive').length;
  const total = plural(input.reports.length, 'report');
  if (input.verdict === 'fail') return `fail: ${failed} of ${total} failed`;
  if (input.verdict === 'pass') return `pass: ${total}`;
  return `inconclusive: ${undecided + input.unreadable.length} of ${total} undecided`;
}

/** The comment as a page, near to how GitHub shows it. */
export function renderCommentPage(title: string, markdown: string): string {
  return renderHtmlPage({ title, body: renderMarkdownAsHtml(markdown) });
}

function renderHead(input: CommentInput, reports: readonly ReadReport[]): string {
  const rows = reports
    .slice(0, 50)
    .map((report) => [
      escapeMarkdown(shorten(report.title, 200)),
      report.verdict === undefined ? 'no verdict' : words[report.verdict],
      escapeMarkdown(shorten(report.summary, 300)),
    ]);
  const bad = input.unreadable
    .slice(0, 10)
    .map(({ path, reason }) => `- ${inlineCode(shorten(path, 200))} is no readable report: ${escapeMarkdown(reason)}`);
  return [
    `## ${escapeMarkdown(shorten(input.title, 100))}: ${words[input.verdict]}`,
    ...(rows.length === 0 ? [] : [markdownTable(['report', 'verdict', 'summary'], rows)]),
    ...(reports.length > 50 ? [`_${reports.length - 50} more reports are not in this table._`] : []),
    ...(bad.length === 0 ? [] : [bad.join('\n')]),
    ...(input.unreadable.length > 10 ? [`_${input.unreadable.length - 10} more files are no readable report._`] : []),
    ...input.notes.map((note) => `> ${escapeMarkdown(note)}`),
  ].join('\n\n');
}

/** What passed is folded; what did not stands open. */
function renderReport(report: ReadReport): string {
  if (report.markdown.trim() === '') return '';
  const body = sanitizeMarkdown(report.markdown.trim());
  const title = escapeMarkdown(shorten(report.title, 200));
  if (report.verdict === undefined || report.verdict === 'pass')
    return `<details>\n<summary>${title}</summary>\n\n${body}\n\n</details>`;
  return `### ${title}: ${words[report.verdict]}\n\n${body}`;
}

function renderFoot(input: CommentInput): string {
  const run =
    input.runUrl !== undefined && /^https:\/\/[^\s()<>]+$/.test(input.runUrl) ? [`[run](${input.runUrl})`] : [];
  const commit = input.commit === undefined ? [] : [`commit ${input.commit.slice(0, 12)}`];
  return closeMarkdown(`<sub>${[...commit, ...run, escapeMarkdown(input.tool)].join(' · ')}</sub>`);
}

function rank(report: ReadReport): number {
  return report.verdict === undefined ? 3 : order[report.verdict];
}

function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
