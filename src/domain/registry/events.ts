/** Converts git tags into registry events; a broken or foreign tag is reported by name and skipped. */

import type { Problem } from '../../base/errors.ts';
import { noTrailers, parseTagMessage, type Trailers } from '../../formats/tag-message.ts';
import { looksLikeRegistryTag, parseTagName, type TagName } from './tag-name.ts';

/** A tag as git lists it; `tag` only for annotated ones. */
export interface TagObject {
  /** Full name, `refs/tags/...`. */
  readonly name: string;
  readonly oid: string;
  readonly commit: string;
  readonly tag?: { readonly message: string; readonly tagger: string; readonly email: string; readonly time: Date };
}

export interface RegistryEvent {
  readonly name: TagName;
  /** Tag name without `refs/tags/`. */
  readonly tag: string;
  readonly oid: string;
  readonly commit: string;
  readonly time: Date;
  readonly tagger: string;
  readonly email: string;
  /** The whole message as written. */
  readonly message: string;
  readonly subject: string;
  readonly body: string | undefined;
  readonly trailers: Trailers;
}

export interface ReadEvents {
  /** Oldest first. */
  readonly events: readonly RegistryEvent[];
  readonly problems: readonly Problem[];
}

/** @param untrusted Tags whose local object differs from the remote one. */
export function readEvents(tags: readonly TagObject[], untrusted: readonly string[] = []): ReadEvents {
  const events: RegistryEvent[] = [];
  const problems: Problem[] = [];
  const distrusted = new Set(untrusted);
  for (const object of tags) {
    const tag = object.name.replace(/^refs\/tags\//, '');
    const name = parseTagName(tag);
    const problem = distrusted.has(tag) && name !== undefined ? differs(tag) : findProblem(tag, name, object);
    if (problem !== undefined) problems.push(problem);
    if (problem !== undefined || name === undefined || object.tag === undefined) continue;
    const { message, tagger, email, time } = object.tag;
    const { subject, body, trailers } = parseTagMessage(message);
    const mismatch = findMismatch(name, trailers);
    if (mismatch !== undefined)
      problems.push({
        code: 'tag-trailer-mismatch',
        message: `Tag "${tag}" has the trailer ${mismatch}, which is ignored`,
      });
    const kept = mismatch === undefined ? trailers : noTrailers;
    events.push({
      name,
      tag,
      oid: object.oid,
      commit: object.commit,
      time,
      tagger,
      email,
      message,
      subject,
      body,
      trailers: kept,
    });
  }
  return { events: events.sort(compareEvents), problems };
}

function findProblem(tag: string, name: TagName | undefined, object: TagObject): Problem | undefined {
  if (name === undefined)
    return looksLikeRegistryTag(tag)
      ? { code: 'tag-foreign', message: `Tag "${tag}" is outside the grammar of registry tags and is skipped` }
      : undefined;
  if (object.tag === undefined)
    return {
      code: 'tag-lightweight',
      message: `Tag "${tag}" is lightweight and is skipped`,
      hint: 'Registry tags are annotated; write them with: mlops-kit register, mlops-kit promote',
    };
  if (object.commit === '') return { code: 'tag-no-commit', message: `Tag "${tag}" names no commit and is skipped` };
  return undefined;
}

function differs(tag: string): Problem {
  return {
    code: 'tag-differs',
    message: `Tag "${tag}" here differs from the one of the remote and is skipped`,
    hint: `Take the one of the remote: git tag -d '${tag}' && git fetch --tags`,
  };
}

/** A tag object copied under another name must not bring its evidence along. */
function findMismatch(name: TagName, trailers: Trailers): string | undefined {
  if (trailers.artifact !== undefined && trailers.artifact !== name.artifact)
    return `Mlops-Artifact: ${trailers.artifact}`;
  const versioned = name.kind === 'registration' || name.kind === 'deregistration';
  if (versioned && trailers.version !== undefined && trailers.version !== name.version)
    return `Mlops-Version: ${trailers.version}`;
  return undefined;
}

// GTO: events of one second are ordered by kind.
const priority = { creation: 1, deprecation: 2, registration: 3, deregistration: 4, assignment: 5, unassignment: 6 };

/** Oldest first, by tagger time (whole seconds), then kind, then counter, then name. */
export function compareEvents(a: RegistryEvent, b: RegistryEvent): number {
  return (
    a.time.getTime() - b.time.getTime() ||
    priority[a.name.kind] - priority[b.name.kind] ||
    (a.name.counter ?? 0) - (b.name.counter ?? 0) ||
    (a.tag < b.tag ? -1 : 1)
  );
}

/** Order in which stages change hands: the counter first, so that neither one second nor a forged date decides. */
export function compareAssignments(a: RegistryEvent, b: RegistryEvent): number {
  return (a.name.counter ?? 0) - (b.name.counter ?? 0) || compareEvents(a, b);
}
