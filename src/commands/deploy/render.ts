/** Renders where a rollout stands: a strip of its steps, the evidence with counts, and what it waits for. */

import { formatDuration } from '../../base/duration.ts';
import { escapeMarkdown, inlineCode, markdownTable } from '../../base/markdown.ts';
import { formatCount, formatNumber } from '../../base/text.ts';
import type { PlannedStep } from '../../domain/rollout/plan.ts';
import { planSteps } from '../../domain/rollout/plan.ts';
import type { RolloutReport } from '../../formats/rollout-report.ts';
import { type GuardFinding, healthOf, type RolloutSpec, type RolloutState } from '../../formats/rollout-state.ts';

export function reportOf(operation: string, state: RolloutState, transitions: readonly RolloutState[]): RolloutReport {
  return {
    schema: 'rollout-report/v1',
    operation,
    environment: state.spec.environment,
    artifact: state.spec.artifact,
    rollout: state.id,
    phase: state.phase,
    health: healthOf(state),
    version: state.candidate.version,
    stable: state.phase === 'completed' ? state.candidate.version : (state.stable?.version ?? null),
    weight: state.weight,
    step: state.step,
    steps: planSteps(state.spec).map(({ label }) => label),
    because: state.because,
    holds: state.holds,
    findings: state.findings,
    transitions: transitions.map(({ phase, weight, because }) => ({ phase, weight, because })),
  };
}

const marks: Readonly<Record<ReturnType<typeof healthOf>, string>> = {
  progressing: '🔵',
  paused: '⏸️',
  healthy: '✅',
  degraded: '❌',
};

/** What a hold means, in words. */
const holdWords: Readonly<Record<string, string>> = {
  'no-traffic-at-weight': 'no request has come at this weight yet',
  'no-data': 'no request has come; that is never a success',
  'too-few-requests': 'fewer requests than the minimum',
  undecided: 'the requests so far show neither harm nor safety',
  'analysis-running': 'the time of the analysis is not over',
  'approval-needed': 'somebody has to approve: `mlops-kit deploy approve`',
  'sample-ratio-mismatch': 'requests were not split as configured; find out why, then resume or abort',
  'log-unreadable': 'the prediction log cannot be read',
  manual: 'somebody paused it: `mlops-kit deploy resume`',
  step: 'a pause without end: `mlops-kit deploy resume`',
};

export function renderStatus(state: RolloutState, transitions: readonly RolloutState[]): string {
  const { spec, candidate, stable } = state;
  const lines = [
    `### ${marks[healthOf(state)]} ${escapeMarkdown(spec.artifact)} ${inlineCode(candidate.version)} in ${escapeMarkdown(spec.environment)}: ${state.phase}`,
    '',
    renderStrip(state),
    '',
    `${escapeMarkdown(state.because)}.`,
    '',
    markdownTable(
      ['rollout', 'candidate', 'stable', 'traffic on candidate', 'since'],
      [
        [
          inlineCode(state.id),
          inlineCode(candidate.version),
          stable === null ? 'none' : inlineCode(stable.version),
          `${formatNumber(state.weight)} % ${bar(state.weight)}`,
          state.enteredAt,
        ],
      ],
    ),
  ];
  for (const { reason, since } of state.holds)
    lines.push('', `Waiting since ${since}: ${holdWords[reason] ?? escapeMarkdown(reason)}.`);
  if (state.findings.length > 0) lines.push('', renderFindings(state.findings));
  if (transitions.length > 0) {
    const rows = transitions.map((one) => [one.phase, `${formatNumber(one.weight)} %`, escapeMarkdown(one.because)]);
    lines.push('', markdownTable(['entered', 'weight', 'because'], rows));
  }
  return `${lines.join('\n')}\n`;
}

/** Done, present and coming steps from left to right. */
function renderStrip(state: RolloutState): string {
  const ended = state.phase === 'completed' || state.phase === 'verifying';
  const failed = ['rolled-back', 'cancelled', 'superseded'].includes(state.phase);
  const parts = planSteps(state.spec).map(({ label }, index) => {
    const mark = ended || index < state.step ? '✔' : index > state.step ? '·' : failed ? '✘' : '▶';
    return `${mark} ${label}`;
  });
  const last = state.phase === 'completed' ? '✔ 100 %' : state.phase === 'verifying' ? '▶ 100 %' : '· 100 %';
  return inlineCode([...parts, last].join('  →  '));
}

function bar(weight: number): string {
  const full = Math.round(weight / 10);
  return '█'.repeat(full) + '░'.repeat(10 - full);
}

const verdictMarks = { harm: '❌ harm', safe: '✅ safe', undecided: '❔ undecided', 'no-data': '∅ no data' } as const;

export function renderFindings(findings: readonly GuardFinding[]): string {
  const rows = findings.map((finding) => {
    // Milliseconds, or a share; the difference to stable is a share for both.
    const isTime = finding.metric.startsWith('latency');
    const value = (number: number | null): string =>
      number === null ? 'n/a' : isTime ? `${formatNumber(number, 3)} ms` : `${formatNumber(number * 100, 3)} %`;
    const absolute = isTime && finding.requirement.endsWith(' ms');
    const end = (number: number | null, none: string): string =>
      number === null ? none : absolute ? `${formatNumber(number, 3)} ms` : `${formatNumber(number * 100, 3)} %`;
    const interval = finding.estimate === null ? 'n/a' : `${end(finding.lower, '-∞')} to ${end(finding.upper, '∞')}`;
    return [
      finding.metric,
      finding.requirement,
      value(finding.canary),
      value(finding.stable),
      interval,
      finding.p === null ? '' : formatNumber(finding.p, 2),
      formatCount(finding.canaryRequests),
      formatCount(finding.stableRequests),
      verdictMarks[finding.verdict],
    ];
  });
  const header = [
    'guard',
    'allowed',
    'canary',
    'stable',
    'interval (valid at any time)',
    'p of harm',
    'canary requests',
    'stable requests',
    'verdict',
  ];
  return markdownTable(header, rows);
}

export function renderPlan(
  spec: RolloutSpec,
  candidate: string,
  stable: string | undefined,
  steps: readonly PlannedStep[],
): string {
  const lines = [
    `### Plan: ${escapeMarkdown(spec.artifact)} ${inlineCode(candidate)} to ${escapeMarkdown(spec.environment)}`,
    '',
  ];
  if (stable === undefined) {
    lines.push(
      'There is no stable version yet: after preflight the first one takes 100 % at once, nothing can be compared.',
    );
    return `${lines.join('\n')}\n`;
  }
  lines.push(
    `Against ${inlineCode(stable)}. Manifest ${inlineCode(spec.manifest)}, prediction log ${inlineCode(spec.logs)}.`,
    '',
  );
  const rows = steps.map((step) => [
    step.label,
    `${formatNumber(step.weight)} %`,
    step.duration === 0 ? '' : formatDuration(step.duration),
    step.canaryRequests === null ? '' : formatCount(step.canaryRequests),
    step.requests === null ? '' : formatCount(step.requests),
  ]);
  lines.push(
    markdownTable(['step', 'weight', 'at least', 'canary requests', 'all requests'], rows),
    '',
    'Requests are what every guard needs to be safe when nothing goes wrong; evidence on errors adds up over steps. Harm is found far sooner.',
  );
  return `${lines.join('\n')}\n`;
}
