/** Moves local refs in one transaction and tells a lost race from a failure. */

import type { PushOutcome, RefUpdate } from '../../ports/git.ts';
import { explain, firstReason, type GitRunner } from './run.ts';

const raced = /cannot lock ref|reference already exists|is at .* but expected|unable to resolve reference|File exists/i;

export async function updateRefs(git: GitRunner, updates: readonly RefUpdate[]): Promise<PushOutcome> {
  const result = await git.run(['update-ref', '--stdin', '-z'], { input: updates.map(formatUpdate).join('') });
  if (result.code === 0) return { kind: 'pushed' };
  if (!raced.test(result.stderr)) throw explain('update-ref', result.stderr, git.root);
  const named = updates.map(({ ref }) => ref).filter((ref) => result.stderr.includes(`'${ref}'`));
  return {
    kind: 'rejected',
    refs: named.length > 0 ? named : updates.map(({ ref }) => ref),
    message: firstReason(result.stderr),
  };
}

function formatUpdate({ ref, expected, target }: RefUpdate): string {
  if (target === null) return expected === null ? `verify ${ref}\0\0` : `delete ${ref}\0${expected}\0`;
  return expected === null ? `create ${ref}\0${target}\0` : `update ${ref}\0${target}\0${expected}\0`;
}
