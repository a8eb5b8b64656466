/** Renders a training as Markdown: stages with the reason each ran for, and metrics. */

import { escapeMarkdown, inlineCode, markdownTable } from '../../base/markdown.ts';
import { formatNumber, plural } from '../../base/text.ts';
import { formatReason } from '../../domain/pipeline/decide-stage.ts';
import type { StageOutcome } from './reproduce.ts';

export interface RenderedTraining {
  readonly model: string;
  readonly outcomes: readonly StageOutcome[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly runId: string | undefined;
  readonly artifact: string | undefined;
  readonly changedFiles: readonly string[];
}

const words = { unchanged: 'up to date', restored: 'restored from the cache', ran: 'ran', 'would-run': 'would run' };

export function renderTraining(training: RenderedTraining): string {
  const { outcomes, metrics, changedFiles } = training;
  const ran = outcomes.filter((outcome) => outcome.status === 'ran' || outcome.status === 'would-run');
  const headline =
    ran.length === 0 ? 'Nothing changed: no stage had to run.' : `${plural(ran.length, 'stage')} changed.`;
  const stages = outcomes.map((outcome) => [
    inlineCode(outcome.stage.name),
    words[outcome.status],
    outcome.reasons.length === 0
      ? '-'
      : outcome.reasons.map((reason) => escapeMarkdown(formatReason(reason))).join('<br>'),
    outcome.seconds.toFixed(1),
  ]);
  const values = Object.entries(metrics).map(([name, value]) => [inlineCode(name), formatNumber(value)]);
  return [
    `## Training of ${inlineCode(training.model)}`,
    headline,
    markdownTable(['stage', 'state', 'why', 'seconds'], stages),
    ...(values.length === 0 ? [] : [markdownTable(['metric', 'value'], values)]),
    ...(training.runId === undefined ? [] : [`Run ${inlineCode(training.runId)}`]),
    ...(training.artifact === undefined ? [] : [`Artifact md5 ${inlineCode(training.artifact)}`]),
    ...(changedFiles.length === 0 ? [] : [renderChanges(changedFiles)]),
  ].join('\n\n');
}

function renderChanges(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).map(inlineCode).join(', ');
  const more = paths.length > 5 ? ` and ${paths.length - 5} more` : '';
  return `The commit does not hold all of the code: ${shown}${more} changed. Commit before a version is registered.`;
}
