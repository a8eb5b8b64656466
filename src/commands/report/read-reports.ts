/** Reads report files as hostile data: bounded, validated, and never trusted to say more than their own verdict. */

import type { Verdict } from '../../base/verdict.ts';
import { ReportAnnotation, ReportEnvelope } from '../../formats/report-envelope.ts';
import type { Files } from '../../ports/files.ts';
import type { Annotation } from '../../ports/forge.ts';

export interface ReadReport {
  /** Command that wrote it: the first folder of its path under the reports folder, else the name of its schema. */
  readonly command: string;
  readonly path: string;
  readonly title: string;
  /** Undefined for reports that decide nothing. */
  readonly verdict: Verdict | undefined;
  readonly summary: string;
  /** Markdown as it came; sanitise before use. */
  readonly markdown: string;
  readonly annotations: readonly Annotation[];
}

export interface ReadReports {
  readonly reports: readonly ReadReport[];
  /** Files that should be reports and are not; each makes the whole inconclusive. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
}

const limits = { files: 200, jsonBytes: 32 * 1024 * 1024, markdownBytes: 2 * 1024 * 1024, annotations: 1000 };

/** Reads every `report.json` in the folders and every JSON file named. */
export async function readReports(files: Files, paths: readonly string[]): Promise<ReadReports> {
  const found: { readonly path: string; readonly under: string }[] = [];
  const unreadable: { readonly path: string; readonly reason: string }[] = [];
  for (const path of paths) {
    const stat = await files.stat(path, { follow: false });
    if (stat?.kind === 'directory') await walk(files, path, path, found);
    else if (stat?.kind === 'file') found.push({ path, under: '' });
    else unreadable.push({ path, reason: stat === undefined ? 'no such file or folder' : 'no plain file' });
  }
  found.sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path } of found.slice(limits.files)) unreadable.push({ path, reason: `over ${limits.files} reports` });
  const reports: ReadReport[] = [];
  for (const { path, under } of found.slice(0, limits.files)) {
    const report = await readReport(files, path, under);
    if (typeof report === 'string') unreadable.push({ path, reason: report });
    else reports.push(report);
  }
  return { reports, unreadable };
}

async function walk(
  files: Files,
  directory: string,
  under: string,
  found: { readonly path: string; readonly under: string }[],
): Promise<void> {
  for (const name of await files.list(directory)) {
    const path = `${directory}/${name}`;
    // Links are not followed: a downloaded folder must not show other files of the runner.
    const stat = await files.stat(path, { follow: false });
    if (stat?.kind === 'directory' && path.split('/').length < 40) await walk(files, path, under, found);
    else if (stat?.kind === 'file' && name === 'report.json') found.push({ path, under });
  }
}

/** A report, or why it is none. */
async function readReport(files: Files, path: string, under: string): Promise<ReadReport | string> {
  const text = await readBounded(files, path, limits.jsonBytes);
  if (text === undefined) return 'it is too large';
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return 'it is no JSON';
  }
  const parsed = ReportEnvelope.safeParse(data);
  if (!parsed.success) return `it has no valid ${parsed.error.issues[0]?.path.join('.') || 'report object'}`;
  const { schema, verdict, title, summary = '', annotations = [] } = parsed.data;
  const inside = path
    .slice(under.length)
    .split('/')
    .filter((part) => part !== '')
    .slice(0, -1);
  const [command = schema.split('/')[0]!.replace(/-report$/, ''), ...subject] = inside;
  const sibling = path.replace(/report\.json$|\.json$/, 'report.md');
  const markdown = (await files.exists(sibling)) ? await readBounded(files, sibling, limits.markdownBytes) : undefined;
  return {
    command,
    path,
    title: title ?? [command, ...subject].join(' '),
    verdict,
    summary,
    markdown: markdown ?? '',
    annotations: annotations.slice(0, limits.annotations).flatMap(convertAnnotation),
  };
}

async function readBounded(files: Files, path: string, limit: number): Promise<string | undefined> {
  const stat = await files.stat(path, { follow: false });
  return stat?.kind === 'file' && stat.size <= limit ? files.readText(path) : undefined;
}

function convertAnnotation(value: unknown): readonly Annotation[] {
  const parsed = ReportAnnotation.safeParse(value);
  if (!parsed.success) return [];
  const { endLine, column, ...rest } = parsed.data;
  return [
    {
      ...rest,
      title: rest.title.slice(0, 255),
      message: rest.message.slice(0, 4000),
      ...(endLine === undefined || endLine < rest.line ? {} : { endLine }),
      ...(column === undefined ? {} : { column }),
    },
  ];
}
