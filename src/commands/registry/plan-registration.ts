/** Plans a registration: the result commit, the annotated tag with its trailers, and the record that goes with it. */

import { KitError } from '../../base/errors.ts';
import type { PolicyResult } from '../../domain/registry/policy.ts';
import { latestOf, nextVersion } from '../../domain/registry/queries.ts';
import { formatTagName } from '../../domain/registry/tag-name.ts';
import { formatTagMessage, noTrailers, type TagDigest, type Trailers } from '../../formats/tag-message.ts';
import type { Ports } from '../../ports/ports.ts';
import { gitIdentity } from '../git-identity.ts';
import { type Registry, readRegistry } from '../read-registry.ts';
import type { AppendPlan } from '../records.ts';
import type { ResultSource } from './result-commit.ts';

/** What is registered, before its version is known. */
export interface Registration {
  readonly model: string;
  readonly digest: TagDigest & { readonly size: number };
  readonly source: ResultSource;
  readonly evidence: RegistrationEvidence;
  readonly operation: string;
  readonly message: string | undefined;
}

export interface RegistrationEvidence extends PolicyResult {
  readonly run: string | undefined;
  readonly data: Trailers['data'];
}

/** For `appendRecords`: the tag, its result commit and the record, on the registry of that attempt. */
export async function planRegistration(
  ports: Ports,
  draft: Registration,
  wanted: { readonly version?: string | undefined; readonly bump: 'patch' | 'minor' | 'major' },
): Promise<AppendPlan> {
  const registry = await readRegistry(ports, { fetch: false });
  assertTagsAgree(registry, draft.model);
  const version = nextVersion(registry, draft.model, wanted);
  const previous = latestOf(registry, draft.model)?.version;
  const tag = formatTagName({ kind: 'registration', artifact: draft.model, version });
  const { commit, tagOid } = await writeVersion(ports, draft, { version, previous, tag });
  const { path, md5, sha256, size } = draft.digest;
  const { run, data, evidence } = draft.evidence;
  return {
    refs: [{ ref: `refs/tags/${tag}`, expected: null, target: tagOid }],
    records: [
      {
        kind: 'registration',
        subject: [
          { name: `${draft.model}@${version}`, digest: { gitCommit: commit } },
          { name: draft.model, digest: { md5, sha256 } },
        ],
        body: {
          artifact: draft.model,
          version,
          tag,
          tagOid,
          commit,
          source: draft.source.commit,
          files: [{ path, md5, sha256, size }],
          run: run ?? null,
          data: data.map((one) => ({ ...one })),
          evidence: [...evidence],
          previous: previous ?? null,
        },
      },
    ],
  };
}

/** A version that exists with two contents is no ground to count on. */
function assertTagsAgree(registry: Registry, model: string): void {
  const start = `Tag "${model.replace(':', '=')}`;
  const differing = registry.problems.find(
    ({ code, message }) =>
      code === 'tag-differs' && /^[@#]/.test(message.startsWith(start) ? message.slice(start.length) : ''),
  );
  if (differing === undefined) return;
  const hint = differing.hint === undefined ? {} : { hint: differing.hint };
  throw new KitError('tag-differs', `Cannot register model "${model}": ${differing.message}`, hint);
}

async function writeVersion(
  ports: Ports,
  draft: Registration,
  name: { readonly version: string; readonly previous: string | undefined; readonly tag: string },
): Promise<{ readonly commit: string; readonly tagOid: string }> {
  const { git, clock } = ports;
  const { run, data, evidence } = draft.evidence;
  const [tagger, time] = [await gitIdentity(ports), clock.now()];
  const identity: Trailers = {
    ...noTrailers,
    artifact: draft.model,
    version: name.version,
    ...(run === undefined ? {} : { run }),
    operation: draft.operation,
  };
  const commit = await git.writeCommit({
    tree: draft.source.tree,
    parents: [draft.source.commit],
    message: formatTagMessage({ subject: `Register ${draft.model} ${name.version}`, trailers: identity }),
    author: tagger,
    time,
  });
  const message = formatTagMessage({
    subject: `Registering artifact ${draft.model} version ${name.version}`,
    ...(draft.message === undefined ? {} : { body: draft.message }),
    trailers: {
      ...identity,
      digests: [draft.digest],
      evidence,
      data,
      ...(name.previous === undefined ? {} : { previous: name.previous }),
      actor: ports.environment.actor,
    },
  });
  return { commit, tagOid: await git.writeTag({ name: name.tag, target: commit, message, tagger, time }) };
}
