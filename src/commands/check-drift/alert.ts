/** Keeps one issue per model and kind of trouble: opened, updated while it lasts, closed when healthy. */

import { escapeMarkdown, inlineCode } from '../../base/markdown.ts';
import type { DriftReport } from '../../formats/drift-report.ts';
import type { Forge, Issue } from '../../ports/forge.ts';

const label = 'mlops-alert';
const kinds = ['drift', 'decay'] as const;
type Kind = (typeof kinds)[number];

export interface Alerted {
  readonly kind: Kind;
  readonly action: 'opened' | 'updated' | 'closed';
  readonly issue: Issue;
}

/** Acts on the newest window: a failing kind has an open issue, a passing one has none; inconclusive changes nothing. */
export async function keepAlerts(
  forge: Forge,
  report: DriftReport,
  options: { readonly owners: readonly string[]; readonly markdown: string },
): Promise<readonly Alerted[]> {
  const newest = report.windows.at(-1);
  if (newest === undefined) return [];
  const open = await forge.listIssues({ labels: [label], state: 'open' });
  const alerted: Alerted[] = [];
  for (const kind of kinds) {
    const verdict = kind === 'drift' ? newest.drift.verdict : newest.performance?.verdict;
    const marker = `<!-- ${label} ${JSON.stringify({ model: report.model, kind })} -->`;
    const standing = open.find((issue) => issue.body.includes(marker));
    if (verdict === 'fail') {
      const body = formatBody(report, kind, marker, options);
      const issue =
        standing === undefined
          ? await forge.createIssue({ title: `${report.model}: ${kind} in ${newest.window}`, body, labels: [label] })
          : await forge.updateIssue(standing.number, { title: `${report.model}: ${kind} in ${newest.window}`, body });
      alerted.push({ kind, action: standing === undefined ? 'opened' : 'updated', issue });
    } else if (verdict === 'pass' && standing !== undefined) {
      alerted.push({ kind, action: 'closed', issue: await forge.updateIssue(standing.number, { state: 'closed' }) });
    }
  }
  return alerted;
}

function formatBody(
  report: DriftReport,
  kind: Kind,
  marker: string,
  options: { readonly owners: readonly string[]; readonly markdown: string },
): string {
  const newest = report.windows.at(-1)!;
  const reason = kind === 'drift' ? newest.drift.reason : (newest.performance?.reason ?? '');
  const { decision } = report;
  const next = decision.retrain
    ? `A retrain was asked for: ${escapeMarkdown(decision.reason)}.`
    : `No retrain was started: ${escapeMarkdown(decision.reason)}.`;
  // Owners come from the reviewed config, so their mentions are meant to notify.
  const owners = options.owners.filter((owner) => /^@[\w-]+(\/[\w.-]+)?$/.test(owner)).join(' ');
  return [
    marker,
    `**${kind}** of ${inlineCode(report.model)} in window ${inlineCode(newest.window)}: ${escapeMarkdown(reason)}.`,
    next,
    owners === '' ? '' : `Owners: ${owners}`,
    options.markdown,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .slice(0, 60_000);
}
