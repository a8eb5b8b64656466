/** Artifacts of GitHub Actions through @actions/artifact, unpacked only after their digest and contents were checked. */

import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { KitError, messageOf } from '../../base/errors.ts';
import type { Artifacts } from '../../ports/artifacts.ts';
import type { Environment } from '../../ports/environment.ts';
import { assertArtifactName, assertPlainTree, assertRunId, collectFiles } from './artifact-names.ts';

export function createActionsArtifacts(options: {
  readonly root: string;
  readonly environment: Environment;
  readonly token?: string | undefined;
}): Artifacts {
  const { environment } = options;
  const root = resolve(options.root);
  const open = async () => new (await import('@actions/artifact')).DefaultArtifactClient();
  return {
    async upload(name, paths) {
      assertArtifactName(name);
      const files = await collectFiles(root, paths);
      const client = await open();
      const absolute = files.map((file) => join(root, file));
      await client.uploadArtifact(name, absolute, root).catch((cause: unknown) => {
        const conflict = /\b409\b|already exists/i.test(messageOf(cause));
        throw new KitError(
          conflict ? 'artifact-name-taken' : 'artifact-upload-failed',
          `Cannot upload artifact "${name}": ${messageOf(cause)}`,
          { cause, ...(conflict ? { hint: 'Artifacts of a run cannot be changed; choose another name.' } : {}) },
        );
      });
    },
    async download(name, toDirectory, { runId } = {}) {
      assertArtifactName(name);
      const other = runId === undefined || runId === environment.actions?.runId ? undefined : findBy(options, runId);
      const client = await open();
      const found = await client.getArtifact(name, other).catch((cause: unknown) => {
        throw new KitError('artifact-missing', `Cannot download artifact "${name}": ${firstLine(cause)}`, {
          hint: 'The job that uploads it must have run; for another run the token needs permission actions: read.',
          cause,
        });
      });
      const { id, digest } = found.artifact;
      const target = resolve(root, toDirectory);
      await mkdir(target, { recursive: true });
      // The files come from an untrusted job: they are looked at in a folder of their own before anything reads them.
      const quarantine = await mkdtemp(`${target}-unchecked-`);
      try {
        const got = await client
          .downloadArtifact(id, {
            path: quarantine,
            ...(digest === undefined ? {} : { expectedHash: digest }),
            ...other,
          })
          .catch((cause: unknown) => {
            throw new KitError('artifact-missing', `Cannot download artifact "${name}": ${firstLine(cause)}`, {
              cause,
            });
          });
        if (got.digestMismatch === true)
          throw new KitError('artifact-damaged', `Cannot take artifact "${name}": its SHA-256 is not the one uploaded`);
        await assertPlainTree(quarantine);
        await cp(quarantine, target, { recursive: true, verbatimSymlinks: true });
      } finally {
        await rm(quarantine, { recursive: true, force: true });
      }
    },
  };
}

/** Artifacts of other runs come over the REST API, which wants a token. */
function findBy(options: { readonly environment: Environment; readonly token?: string | undefined }, runId: string) {
  assertRunId(runId);
  const token = options.token ?? options.environment.variable('GITHUB_TOKEN');
  const [repositoryOwner, repositoryName] = (options.environment.actions?.repository ?? '').split('/');
  if (!token || !repositoryOwner || !repositoryName || !/^\d+$/.test(runId))
    throw new KitError(
      'artifact-missing',
      `Cannot download artifacts of run "${runId}": a token and a run id are needed`,
      {
        hint: 'Give input github-token and permission actions: read to the job.',
      },
    );
  return { findBy: { token, workflowRunId: Number(runId), repositoryOwner, repositoryName } };
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n')[0] ?? '';
}
