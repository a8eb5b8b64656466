/** The desired state of one model in one environment, as the reference server reads it: stable, candidate and its weight. */

import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { KitError } from '../base/errors.ts';

export const ServedVersion = z.object({
  /** Version of the registry, for example `v1.2.0`. */
  version: z.string().min(1),
  /** DVC's digest of the model file. */
  md5: z.string().regex(/^[0-9a-f]{32}(\.dir)?$/, 'must be 32 hex digits (write it in quotes)'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits (write it in quotes)')
    .optional(),
  /** Where the pipeline writes it; tells the kind of file. */
  path: z.string().min(1),
});
export type ServedVersion = z.infer<typeof ServedVersion>;

/** Keys of people's own are kept, so this is a loose object. */
export const ReferenceManifest = z.looseObject({
  schema: z.literal('reference-manifest/v1'),
  artifact: z.string().min(1),
  stable: ServedVersion,
  candidate: ServedVersion.nullish(),
  /** Percent of requests that go to the candidate. */
  weight: z.number().min(0).max(100),
  /** Salt of the split; the same seed keeps every request key on its side. */
  seed: z.string(),
  /** Id of the rollout that wrote it last. */
  rollout: z.string().nullish(),
});
export type ReferenceManifest = z.infer<typeof ReferenceManifest>;

/** @throws KitError `manifest-malformed` with line and column */
export function parseReferenceManifest(text: string, path: string): ReferenceManifest {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const error = document.errors[0];
  if (error !== undefined) {
    const { line, col } = counter.linePos(error.pos[0]);
    throw malformed(path, error.message.split('\n')[0]!, { line, column: col });
  }
  const parsed = ReferenceManifest.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const node = document.getIn(issue.path as string[], true) as
    | { range?: readonly [number, number, number] }
    | undefined;
  const place = node?.range ? counter.linePos(node.range[0]) : undefined;
  throw malformed(
    path,
    `"${issue.path.join('.')}": ${issue.message}`,
    place === undefined ? {} : { line: place.line, column: place.col },
  );
}

function malformed(path: string, reason: string, place: { line?: number; column?: number }): KitError {
  return new KitError('manifest-malformed', `Cannot read manifest "${path}": ${reason}`, {
    hint: 'Restore the file from git; `mlops-kit deploy` writes it.',
    at: { path, ...place },
  });
}

/** The text of a new manifest with one version and no candidate. */
export function formatNewManifest(manifest: {
  readonly artifact: string;
  readonly stable: ServedVersion;
  readonly seed: string;
  readonly rollout: string;
}): string {
  return [
    '# What runs here: read by `mlops-kit serve`, written by `mlops-kit deploy`. Comments are kept.',
    'schema: reference-manifest/v1',
    `artifact: ${quote(manifest.artifact)}`,
    'stable:',
    ...formatServedVersion(manifest.stable, '  '),
    'weight: 0',
    `seed: ${quote(manifest.seed)}`,
    `rollout: ${quote(manifest.rollout)}`,
    '',
  ].join('\n');
}

/** The lines of one version in block style; every value quoted, so that digits stay text. */
export function formatServedVersion(served: ServedVersion, indent: string): readonly string[] {
  return [
    `${indent}version: ${quote(served.version)}`,
    `${indent}md5: ${quote(served.md5)}`,
    ...(served.sha256 === undefined ? [] : [`${indent}sha256: ${quote(served.sha256)}`]),
    `${indent}path: ${quote(served.path)}`,
  ];
}

function quote(text: string): string {
  return JSON.stringify(text);
}
