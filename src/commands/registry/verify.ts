/** Verifies a version: the artifact hashed again, the tag against its record, its evidence, and the policy at the time. */

import type { Json } from '../../base/canonical-json.ts';
import { KitError, messageOf } from '../../base/errors.ts';
import { escapeMarkdown, inlineCode, markdownTable } from '../../base/markdown.ts';
import { combineVerdicts, type Verdict } from '../../base/verdict.ts';
import { checkPolicy } from '../../domain/registry/policy.ts';
import { resolveVersion } from '../../domain/registry/queries.ts';
import type { Config } from '../../formats/config.ts';
import type { TagDigest } from '../../formats/tag-message.ts';
import type { Ports } from '../../ports/ports.ts';
import { digestPath } from '../digest-path.ts';
import { loadConfig } from '../load-config.ts';
import { type Registry, readRegistry, type VersionState } from '../read-registry.ts';
import { readRecords, type StoredRecord } from '../records.ts';
import { restoreObject } from '../restore-object.ts';
import { fetchOption, needSubject, type RegistryQuestion, type RegistryResult } from './question.ts';

interface Check {
  readonly name: string;
  readonly verdict: Verdict;
  readonly detail: string;
}

const folder = '.mlops/reports/registry';

export async function verify(ports: Ports, question: RegistryQuestion): Promise<RegistryResult> {
  const subject = needSubject('verify', question.subject, 'churn@v1.0.0');
  const registry = await readRegistry(ports, fetchOption(question));
  const version = resolveVersion(registry, subject);
  const records = await readRecords(ports, { fetch: false });
  const checks = [
    ...checkTag(version),
    ...(await checkArtifact(ports, version)),
    ...checkRecords(version, records),
    ...(await checkStages(ports, question.config, registry, version, records)),
  ];
  const verdict = combineVerdicts(checks.map((check) => check.verdict));
  const name = `${version.artifact}@${version.version}`;
  const document = {
    schema: 'registry-verify/v1',
    artifact: version.artifact,
    version: version.version,
    verdict,
    checks: checks.map((check) => ({ ...check })),
  } satisfies Json;
  const rows = checks.map((check) => [check.verdict, escapeMarkdown(check.name), escapeMarkdown(check.detail)]);
  const path = `${folder}/verify.json`;
  await ports.files.write(path, `${JSON.stringify(document, null, 2)}\n`);
  return {
    verdict,
    outputs: { operation: 'verify', count: checks.length, verdict, 'report-path': path },
    document,
    markdown: `### ${inlineCode(name)}: ${verdict}\n\n${markdownTable(['verdict', 'check', 'found'], rows)}\n`,
  };
}

function checkTag(version: VersionState): readonly Check[] {
  const name = 'tag';
  if (version.registration === undefined) return [{ name, verdict: 'fail', detail: 'it was never registered' }];
  const { tag, trailers } = version.registration;
  if (!version.active) return [{ name, verdict: 'fail', detail: 'it was deregistered' }];
  if (trailers.digests.length > 0 && trailers.version === version.version)
    return [{ name, verdict: 'pass', detail: `${tag} is annotated and names ${trailers.digests.length} file digest` }];
  return [{ name, verdict: 'inconclusive', detail: `${tag} names no digests: it was not written by mlops-kit` }];
}

/** From the data cache or remote, so that the work tree, which may hold another version, does not matter. */
async function checkArtifact(ports: Ports, version: VersionState): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const digest of version.trailers.digests) {
    const name = `artifact ${digest.path}`;
    try {
      const found = await digestStored(ports, version, digest);
      const same = found.md5 === digest.md5 && found.sha256 === digest.sha256;
      const detail = same
        ? `md5 and sha256 agree (${found.from})`
        : `${found.from} has md5 ${found.md5}, sha256 ${found.sha256}`;
      checks.push({ name, verdict: same ? 'pass' : 'fail', detail });
    } catch (error) {
      if (!(error instanceof KitError)) throw error;
      const damaged = error.code === 'object-damaged';
      checks.push({ name, verdict: damaged ? 'fail' : 'inconclusive', detail: messageOf(error) });
    }
  }
  return checks;
}

async function digestStored(
  ports: Ports,
  version: VersionState,
  digest: TagDigest,
): Promise<{ readonly md5: string; readonly sha256: string; readonly from: string }> {
  if (await ports.files.exists(digest.path)) {
    const here = await digestPath(ports, digest.path);
    if (here.md5 === digest.md5) return { ...here, from: 'work tree' };
  }
  const path = `.mlops/cache/verify/${digest.md5}`;
  try {
    const bytes = digest.md5.endsWith('.dir')
      ? undefined
      : await ports.git.readPath(version.commit, (await ports.git.prefix()) + digest.path);
    if (bytes === undefined) await restoreObject(ports, digest.md5, path);
    else await ports.files.write(path, bytes);
    return { ...(await digestPath(ports, path)), from: bytes === undefined ? 'data cache or remote' : 'result commit' };
  } finally {
    await ports.files.remove(path);
  }
}

function checkRecords(version: VersionState, records: readonly StoredRecord[]): readonly Check[] {
  const registration = records.find(
    ({ record: { kind, body } }) =>
      kind === 'registration' && body.artifact === version.artifact && body.version === version.version,
  );
  const { evidence, digests } = version.trailers;
  const byId = new Set(records.map(({ id }) => id));
  const lost = evidence.filter((id) => !byId.has(id));
  return [
    checkRegistration(version, registration, digests),
    {
      name: 'evidence',
      verdict: evidence.length === 0 ? 'inconclusive' : lost.length === 0 ? 'pass' : 'fail',
      detail:
        lost.length > 0
          ? `records are gone or damaged: ${lost.join(', ')}`
          : `${evidence.length} records of the tag are there and have their digest`,
    },
  ];
}

function checkRegistration(
  version: VersionState,
  registration: StoredRecord | undefined,
  digests: readonly TagDigest[],
): Check {
  const name = 'registration record';
  if (registration === undefined) return { name, verdict: 'inconclusive', detail: 'there is none' };
  const { tagOid, commit } = registration.record.body;
  const md5s = new Set(registration.record.subject.map(({ digest }) => digest.md5));
  const wrong = [
    ...(tagOid === version.registration?.oid ? [] : [`the tag object is ${version.registration?.oid}, not ${tagOid}`]),
    ...(commit === version.commit ? [] : [`the tag is on commit ${version.commit}, not ${commit}`]),
    ...digests.filter(({ md5 }) => !md5s.has(md5)).map(({ path }) => `it has another digest of ${path}`),
  ];
  return {
    name,
    verdict: wrong.length === 0 ? 'pass' : 'fail',
    detail: wrong.join('; ') || 'tag object, commit and digests agree',
  };
}

/** Every stage it was assigned, judged by the records that stood then and the rules of the config now. */
async function checkStages(
  ports: Ports,
  configPath: string,
  registry: Registry,
  version: VersionState,
  records: readonly StoredRecord[],
): Promise<readonly Check[]> {
  const assignments = registry.artifacts
    .get(version.artifact)!
    .changes.filter((change) => change.assigned && change.version === version.version);
  if (assignments.length === 0) return [];
  const { config } = await loadConfig(ports, configPath);
  const held: string[] = [];
  return assignments.map(({ stage, event }) => {
    const before = records.filter(({ record }) => Date.parse(record.common.time) < event.time.getTime() + 1000);
    const check = checkStage(config, version, { stage, tag: event.tag, held: [...held] }, before);
    held.push(stage);
    return check;
  });
}

function checkStage(
  config: Config,
  version: VersionState,
  { stage, tag, held }: { readonly stage: string; readonly tag: string; readonly held: readonly string[] },
  records: readonly StoredRecord[],
): Check {
  const name = `policy of ${stage} (${tag})`;
  const rules = config.stages[stage];
  if (rules === undefined) return { name, verdict: 'inconclusive', detail: 'the config has no such stage any more' };
  const { missing } = checkPolicy(
    {
      require: rules.require,
      approvals: rules.approvals,
      after: rules.after,
      inconclusive: config.models[version.artifact]?.inconclusive.register ?? 'fail',
    },
    { model: version.artifact, digests: version.trailers.digests, data: version.trailers.data, stage, held },
    records,
  );
  return {
    name,
    verdict: missing.length === 0 ? 'pass' : 'fail',
    detail: missing.map(({ reason }) => reason).join('; ') || 'everything it asks for was there',
  };
}
