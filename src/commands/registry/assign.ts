/** Plans the assignment of a stage: the tag object, the ref to create, and the promotion record that goes with it. */

import { formatTagName } from '../../domain/registry/tag-name.ts';
import type { MetadataRecord } from '../../formats/record.ts';
import { formatTagMessage, noTrailers } from '../../formats/tag-message.ts';
import type { RefUpdate } from '../../ports/git.ts';
import type { Ports } from '../../ports/ports.ts';
import { gitIdentity } from '../git-identity.ts';
import type { Registry, VersionState } from '../read-registry.ts';
import type { RecordDraft } from '../records.ts';

export interface Assignment {
  readonly version: VersionState;
  readonly stage: string;
  readonly operation: string;
  readonly reason?: string | undefined;
  /** Record ids that stood when it was decided. */
  readonly evidence: readonly string[];
  /** Rollout that re-assigns what is live. */
  readonly rollout?: string | undefined;
}

export interface PlannedAssignment {
  readonly tag: string;
  readonly counter: number;
  readonly previous: string | undefined;
  readonly update: RefUpdate;
  readonly record: RecordDraft;
}

/** For `appendRecords`: plan it inside the plan function, on the registry of that attempt, so that the counter never repeats. */
export async function planAssignment(
  ports: Ports,
  registry: Registry,
  assignment: Assignment,
): Promise<PlannedAssignment> {
  const { version, stage, operation, reason, evidence, rollout } = assignment;
  const { artifact } = version;
  const state = registry.artifacts.get(artifact);
  const counter = state?.nextCounter ?? 1;
  const previous = state?.holders.get(stage)?.version;
  const tag = formatTagName({ kind: 'assignment', artifact, stage, counter });
  const message = formatTagMessage({
    subject: `Assigning stage ${stage} to artifact ${artifact} version ${version.version}`,
    ...(reason === undefined ? {} : { body: reason }),
    trailers: {
      ...noTrailers,
      artifact,
      version: version.version,
      evidence,
      ...(previous === undefined ? {} : { previous }),
      actor: ports.environment.actor,
      operation,
      ...(rollout === undefined ? {} : { rollout }),
    },
  });
  const target = await ports.git.writeTag({
    name: tag,
    target: version.commit,
    message,
    tagger: await gitIdentity(ports),
    time: ports.clock.now(),
  });
  return {
    tag,
    counter,
    previous,
    update: { ref: `refs/tags/${tag}`, expected: null, target },
    record: {
      kind: 'promotion',
      subject: subjectsOf(version),
      body: {
        artifact,
        version: version.version,
        stage,
        tag,
        tagOid: target,
        counter,
        previous: previous ?? null,
        reason: reason ?? null,
        evidence: [...evidence],
        rollout: rollout ?? null,
      },
    },
  };
}

/** A version is named by its commit and by the digests of its files, so that lineage finds it from both. */
export function subjectsOf(version: VersionState): MetadataRecord['subject'] {
  return [
    { name: `${version.artifact}@${version.version}`, digest: { gitCommit: version.commit } },
    ...version.trailers.digests.map(({ md5, sha256 }) => ({ name: version.artifact, digest: { md5, sha256 } })),
  ];
}
