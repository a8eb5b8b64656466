/** Keeps one comment per pull request and report id, even when two jobs post at the same moment. */

import type { Comment, Forge } from '../../ports/forge.ts';

export interface StickyComment {
  readonly pullRequest: number;
  /** Names the comment among others of the kit. */
  readonly id: string;
  /** Grows with time; an older run does not overwrite what a newer one wrote. */
  readonly run: string;
  readonly body: string;
  /** Login whose comments are ours; without it any bot's. */
  readonly author?: string | undefined;
}

export interface PostedComment {
  readonly url: string;
  readonly outcome: 'created' | 'updated' | 'superseded';
}

/** Room that the marker takes from the limit of a comment. */
export const markerLength = 300;

export async function postStickyComment(forge: Forge, sticky: StickyComment): Promise<PostedComment> {
  const body = `${formatMarker(sticky.id, sticky.run)}\n${sticky.body}`;
  const isOurs = (comment: Comment): boolean =>
    // A person could write our marker to own the comment that we update, and then edit what it says.
    (sticky.author === undefined ? comment.author.endsWith('[bot]') : comment.author === sticky.author) &&
    parseMarker(comment.body)?.id === sticky.id;
  const [known] = (await forge.listComments(sticky.pullRequest)).filter(isOurs);
  if (known !== undefined) return update(forge, known, sticky.run, body);
  const created = await forge.createComment(sticky.pullRequest, body);
  // Whoever made the oldest comment keeps it; every later one moves its text there and goes away.
  const [oldest] = (await forge.listComments(sticky.pullRequest)).filter(
    (comment) => comment.author === created.author && parseMarker(comment.body)?.id === sticky.id,
  );
  if (oldest === undefined || oldest.id === created.id) return { url: created.url, outcome: 'created' };
  const posted = await update(forge, oldest, sticky.run, body);
  await forge.deleteComment(created.id);
  return posted;
}

async function update(forge: Forge, known: Comment, run: string, body: string): Promise<PostedComment> {
  const before = parseMarker(known.body)?.run ?? '0';
  if (compareRuns(run, before) < 0) return { url: known.url, outcome: 'superseded' };
  const updated = known.body === body ? known : await forge.updateComment(known.id, body);
  return { url: updated.url, outcome: 'updated' };
}

/** `<!-- mlops-kit:report id="x" run="12.1" -->`; both parts hold no character that could end it. */
export function formatMarker(id: string, run: string): string {
  return `<!-- mlops-kit:report id="${id}" run="${run}" -->`;
}

export function parseMarker(body: string): { readonly id: string; readonly run: string } | undefined {
  const match = /^<!-- mlops-kit:report id="([A-Za-z0-9._/-]{1,100})" run="([0-9.]{1,60})" -->(?:\r?\n|$)/.exec(body);
  return match === null ? undefined : { id: match[1]!, run: match[2]! };
}

/** Orders `<run id>.<attempt>`; run ids of GitHub grow. */
function compareRuns(a: string, b: string): number {
  const [idA = 0n, attemptA = 0n] = a.split('.').map(toBigInt);
  const [idB = 0n, attemptB = 0n] = b.split('.').map(toBigInt);
  const by = idA === idB ? attemptA - attemptB : idA - idB;
  return by < 0n ? -1 : by > 0n ? 1 : 0;
}

function toBigInt(text: string): bigint {
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}
