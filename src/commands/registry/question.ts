/** What every operation of the registry command is asked and answers. */

import { z } from 'zod';
import { KitError, type Problem } from '../../base/errors.ts';
import { escapeMarkdown } from '../../base/markdown.ts';
import { plural } from '../../base/text.ts';
import type { Ports } from '../../ports/ports.ts';
import type { CommandResult } from '../command.ts';

export const RegistryOutputs = z.strictObject({
  operation: z.string().describe('What was asked.'),
  count: z.int().describe('Artifacts, versions, events, nodes or checks in the answer.'),
  verdict: z.enum(['pass', 'fail', 'inconclusive']).optional().describe('Only of verify.'),
  'report-path': z.string().describe('Report file of lineage, audit and verify; else empty.'),
});
export type RegistryResult = CommandResult<z.output<typeof RegistryOutputs>>;

export interface RegistryQuestion {
  readonly config: string;
  readonly subject: string | undefined;
  readonly fetch: boolean | undefined;
  /** Most rows shown as text. */
  readonly limit: number;
}

export type RegistryAnswer = (ports: Ports, question: RegistryQuestion) => Promise<RegistryResult>;

/** @throws KitError `input-missing` */
export function needSubject(operation: string, subject: string | undefined, example: string): string {
  if (subject !== undefined && subject !== '') return subject;
  throw new KitError('input-missing', `Cannot run registry ${operation}: it needs a subject`, {
    hint: `For example: mlops-kit registry ${operation} ${example}`,
  });
}

/** Options of a read: exactOptionalPropertyTypes wants an absent key, not an undefined one. */
export function fetchOption(question: RegistryQuestion): { readonly fetch?: boolean } {
  return question.fetch === undefined ? {} : { fetch: question.fetch };
}

/** Tags that were skipped, below the answer. */
export function renderProblems(problems: readonly Problem[]): string {
  if (problems.length === 0) return '';
  const lines = problems.slice(0, 10).map(({ message }) => `- ${escapeMarkdown(message)}`);
  const more = problems.length > 10 ? [`- and ${problems.length - 10} more (all in the JSON)`] : [];
  return `\n\n${plural(problems.length, 'tag')} with a problem:\n\n${[...lines, ...more].join('\n')}`;
}

export function renderMore(shown: number, all: number): string {
  return shown >= all ? '' : `\n\n${all - shown} more; raise --limit or use --json.`;
}
