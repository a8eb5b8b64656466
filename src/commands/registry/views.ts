/** The plain views of the registry: artifacts and versions, events, and what one tag did. */

import type { Json } from '../../base/canonical-json.ts';
import { escapeMarkdown, inlineCode, markdownTable } from '../../base/markdown.ts';
import { checkRef, historyOf, showRegistry, stagesOf } from '../../domain/registry/gto-views.ts';
import { needArtifact, resolveVersion } from '../../domain/registry/queries.ts';
import type { Ports } from '../../ports/ports.ts';
import { type Registry, readRegistry, type VersionState } from '../read-registry.ts';
import {
  fetchOption,
  needSubject,
  type RegistryQuestion,
  type RegistryResult,
  renderMore,
  renderProblems,
} from './question.ts';

/** All artifacts with their stages; with a subject the versions of one. */
export async function show(ports: Ports, question: RegistryQuestion): Promise<RegistryResult> {
  const registry = await readRegistry(ports, fetchOption(question));
  if (question.subject !== undefined) return showArtifact(registry, question.subject, question.limit);
  const artifacts = showRegistry(registry);
  const stages = stagesOf(registry);
  const rows = Object.entries(artifacts).map(([name, shown]) => [
    inlineCode(name),
    shown.version === null ? '-' : inlineCode(shown.version),
    ...stages.map((stage) => renderVersion(shown.stage[stage] ?? null)),
  ]);
  const table = markdownTable(['artifact', 'latest', ...stages.map(escapeMarkdown)], rows.slice(0, question.limit));
  const empty = 'The registry is empty. Register a first version with `mlops-kit register`.';
  return {
    outputs: { operation: 'show', count: rows.length, 'report-path': '' },
    document: { schema: 'registry-show/v1', artifacts: artifacts as unknown as Json, problems: problemsOf(registry) },
    markdown: `${rows.length === 0 ? empty : table}${renderMore(question.limit, rows.length)}${renderProblems(registry.problems)}\n`,
  };
}

function showArtifact(registry: Registry, subject: string, limit: number): RegistryResult {
  const exact = /[@#]/.test(subject);
  const versions = exact ? [resolveVersion(registry, subject)] : needArtifact(registry, subject).versions;
  const { artifact = subject } = versions[0] ?? {};
  const state = needArtifact(registry, artifact);
  const heldBy = (version: VersionState): readonly string[] =>
    [...state.holders].filter(([, holder]) => holder.version === version.version).map(([stage]) => stage);
  const rows = versions.map((version) => [
    renderVersion(version.version),
    heldBy(version).map(inlineCode).join(', ') || (version.active ? '-' : 'deregistered'),
    version.time.toISOString().slice(0, 16).replace('T', ' '),
    inlineCode(version.commit.slice(0, 10)),
    version.trailers.run === undefined ? '-' : inlineCode(version.trailers.run),
    version.trailers.digests.map(({ md5 }) => inlineCode(md5.slice(0, 10))).join(', ') || '-',
  ]);
  return {
    outputs: { operation: 'show', count: versions.length, 'report-path': '' },
    document: {
      schema: 'registry-artifact/v1',
      artifact,
      deprecated: state.deprecated,
      versions: versions.map((version) => ({
        version: version.version,
        commit: version.commit,
        registered: version.registered,
        active: version.active,
        time: version.time.toISOString(),
        tag: version.registration?.tag ?? null,
        holds: [...heldBy(version)],
        stages: [...version.stages],
        run: version.trailers.run ?? null,
        files: version.trailers.digests.map((digest) => ({ ...digest })),
        data: version.trailers.data.map((one) => ({ ...one })),
        evidence: [...version.trailers.evidence],
        actor: version.trailers.actor ?? null,
      })),
      problems: problemsOf(registry),
    },
    markdown: `### ${inlineCode(artifact)}${state.deprecated ? ' (deprecated)' : ''}\n\n${markdownTable(['version', 'holds', 'registered', 'commit', 'run', 'md5'], rows.slice(0, limit))}${renderMore(limit, rows.length)}${renderProblems(registry.problems)}\n`,
  };
}

/** Events, newest first. */
export async function history(ports: Ports, question: RegistryQuestion): Promise<RegistryResult> {
  const registry = await readRegistry(ports, fetchOption(question));
  const artifact = question.subject;
  if (artifact !== undefined) needArtifact(registry, artifact);
  const events = historyOf(registry, artifact);
  const rows = events
    .slice(0, question.limit)
    .map((event) => [
      event.timestamp.slice(0, 16).replace('T', ' '),
      inlineCode(event.artifact),
      event.event,
      renderVersion(event.version),
      event.stage === null ? '-' : inlineCode(event.stage),
      escapeMarkdown(event.author),
      inlineCode(event.ref),
    ]);
  const table = markdownTable(['time', 'artifact', 'event', 'version', 'stage', 'by', 'tag'], rows);
  return {
    outputs: { operation: 'history', count: events.length, 'report-path': '' },
    document: {
      schema: 'registry-history/v1',
      events: events as unknown as Json,
      problems: problemsOf(registry),
    },
    markdown: `${events.length === 0 ? 'Nothing happened yet.' : table}${renderMore(rows.length, events.length)}${renderProblems(registry.problems)}\n`,
  };
}

/** What one tag did; nothing for a tag of something else, as in GTO. */
export async function checkTag(ports: Ports, question: RegistryQuestion): Promise<RegistryResult> {
  const ref = needSubject('check-ref', question.subject, "'churn@v1.0.0'");
  const registry = await readRegistry(ports, fetchOption(question));
  const event = checkRef(registry, ref);
  return {
    outputs: { operation: 'check-ref', count: event === undefined ? 0 : 1, 'report-path': '' },
    document: { schema: 'registry-check-ref/v1', ref, event: (event ?? null) as unknown as Json },
    markdown:
      event === undefined
        ? `${inlineCode(ref)} is no tag of the registry.\n`
        : `${inlineCode(ref)}: ${event.event} of ${inlineCode(event.artifact)}${event.version === undefined ? '' : ` ${inlineCode(event.version)}`}${event.stage === undefined ? '' : `, stage ${inlineCode(event.stage)}`}\n`,
  };
}

/** A version that was never registered is a whole commit id. */
function renderVersion(version: string | null): string {
  if (version === null) return '-';
  return inlineCode(/^[0-9a-f]{40}$/.test(version) ? version.slice(0, 10) : version);
}

function problemsOf(registry: Registry): Json {
  return registry.problems.map(({ code, message, hint }) => ({ code, message, hint }));
}
