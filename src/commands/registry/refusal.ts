/** Turns what a version lacks into an error with the whole list, or into "needs approval" when only approvals are missing. */

import { KitError } from '../../base/errors.ts';
import { escapeMarkdown, inlineCode } from '../../base/markdown.ts';
import type { Missing } from '../../domain/registry/policy.ts';
import type { CommandResult } from '../command.ts';

const remedies: Readonly<Record<Missing['requirement'], string>> = {
  run: 'mlops-kit train',
  validation: 'mlops-kit validate-data',
  evaluation: 'mlops-kit evaluate',
  approvals: 'an approval',
  after: 'mlops-kit promote to the stage before',
};

/** @throws KitError `evidence-missing` when anything but approvals is missing */
export function refuse(verb: 'register' | 'promote', subject: string, missing: readonly Missing[]): void {
  if (missing.every(({ requirement }) => requirement === 'approvals')) return;
  const reasons = missing.map(({ requirement, reason }) => `${requirement}: ${reason}`);
  const wanted = [...new Set(missing.map(({ requirement }) => remedies[requirement]))];
  throw new KitError('evidence-missing', `Cannot ${verb} "${subject}": ${reasons.join('; ')}`, {
    hint: `Needed first: ${wanted.join(', ')}.`,
  });
}

/** Exit code 3: someone has to look before this goes on. */
export function needsApproval<Outputs>(
  subject: string,
  missing: readonly Missing[],
  outputs: Outputs,
): CommandResult<Outputs> {
  return {
    outputs,
    exitCode: 3,
    document: { schema: 'needs-approval/v1', subject, missing: missing.map((one) => ({ ...one })) },
    markdown: `### ${inlineCode(subject)} needs approval\n\n${missing.map(({ reason }) => `- ${escapeMarkdown(reason)}`).join('\n')}\n\nApprove with ${inlineCode('mlops-kit promote --approve')}.\n`,
  };
}
