/** Lists every change of state, from tags and records alike, as JSON lines in the order of time. */

import { formatCanonicalJson, type Json } from '../../base/canonical-json.ts';
import { escapeMarkdown, inlineCode, markdownTable } from '../../base/markdown.ts';
import { versionOf } from '../../domain/registry/gto-views.ts';
import { needArtifact } from '../../domain/registry/queries.ts';
import type { Ports } from '../../ports/ports.ts';
import { type Registry, readRegistry } from '../read-registry.ts';
import { readRecords, type StoredRecord } from '../records.ts';
import { fetchOption, type RegistryQuestion, type RegistryResult, renderMore } from './question.ts';

interface AuditLine {
  readonly time: string;
  readonly source: 'tag' | 'record';
  readonly event: string;
  readonly artifact: string;
  readonly version: string | null;
  readonly stage: string | null;
  readonly actor: string;
  readonly verdict: string | null;
  readonly operation: string | null;
  /** Tag name or record id. */
  readonly reference: string;
}

const path = '.mlops/reports/registry/audit.jsonl';

export async function audit(ports: Ports, question: RegistryQuestion): Promise<RegistryResult> {
  const registry = await readRegistry(ports, fetchOption(question));
  if (question.subject !== undefined) needArtifact(registry, question.subject);
  const records = await readRecords(ports, { fetch: false });
  const lines = [...linesOfTags(registry), ...records.map(lineOfRecord)]
    .filter(({ artifact }) => question.subject === undefined || artifact === question.subject)
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  await ports.files.write(path, lines.map((line) => `${formatCanonicalJson(line as unknown as Json)}\n`).join(''));
  const newest = lines.slice(-question.limit).reverse();
  const rows = newest.map((line) => [
    line.time.slice(0, 16).replace('T', ' '),
    line.event,
    `${inlineCode(line.artifact)}${line.version === null ? '' : ` ${inlineCode(line.version)}`}${line.stage === null ? '' : ` to ${inlineCode(line.stage)}`}`,
    line.verdict ?? '-',
    escapeMarkdown(line.actor),
  ]);
  return {
    outputs: { operation: 'audit', count: lines.length, 'report-path': path },
    document: { schema: 'registry-audit/v1', events: lines as unknown as Json },
    markdown: `${markdownTable(['time', 'event', 'what', 'verdict', 'by'], rows)}${renderMore(rows.length, lines.length)}\n\nEvery line: ${inlineCode(path)}\n`,
  };
}

function linesOfTags(registry: Registry): readonly AuditLine[] {
  return [...registry.artifacts.values()].flatMap((state) =>
    state.events.map((event) => ({
      time: event.time.toISOString(),
      source: 'tag' as const,
      event: event.name.kind,
      artifact: state.name,
      version: versionOf(state, event),
      stage: 'stage' in event.name ? event.name.stage : null,
      actor: event.trailers.actor ?? event.tagger,
      verdict: null,
      operation: event.trailers.operation ?? null,
      reference: event.tag,
    })),
  );
}

function lineOfRecord({ id, record }: StoredRecord): AuditLine {
  const { body, common, subject, kind } = record;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return {
    time: common.time,
    source: 'record',
    event: kind,
    artifact: text(body.artifact) ?? text(body.model) ?? subject[0]!.name,
    version: text(body.version),
    stage: text(body.stage),
    actor: common.actor,
    verdict: common.verdict ?? null,
    operation: common.operation,
    reference: id,
  };
}
