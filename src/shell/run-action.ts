/** Runs a command as a GitHub action: inputs and outputs, job summary, annotations and exit code; the only importer of @actions/ */

import { posix } from 'node:path';
import { error, info, isDebug, notice, setFailed, setOutput, setSecret, summary, warning } from '@actions/core';
import { defuseCommands } from '../adapters/progress.ts';
import type { Problem } from '../base/errors.ts';
import { cutMarkdown } from '../base/markdown.ts';
import { plural } from '../base/text.ts';
import type { Command } from '../commands/command.ts';
import type { Annotation } from '../ports/forge.ts';
import { type ConvertedInputs, convertInputs } from './convert-inputs.ts';
import { type Ending, endingOf, executeCommand, type OpenPorts } from './execute.ts';
import { fieldsOf } from './fields.ts';
import { basicOf } from './git-credentials.ts';
import { renderBug, renderError } from './messages.ts';
import { parseEnvironment } from './parse-environment.ts';
import { renderForTerminal } from './terminal.ts';
import { version } from './version.ts';

const summaryLimit = 1024 * 1024;
/** Annotations of one level that the runner shows per step; one is kept for the line that says how many more there are. */
const annotationLimit = 10;

/** The whole life of one action; sets outputs and the exit code of this process. */
export async function runAction(command: Command): Promise<void> {
  await runInAction(command, () =>
    convertInputs(command, parseEnvironment(process.env, fieldsOf(command), ['github-token']), (field) => field),
  );
}

/** As `runAction`, with inputs read in another way and further outputs; for the action that runs any command. */
export async function runInAction(
  command: Command,
  readInputs: () => ConvertedInputs,
  furtherOutputs: (ending: Ending) => Readonly<Record<string, string>> = () => ({}),
): Promise<void> {
  const { ending, folder } = await run(command, readInputs);
  if (ending.kind === 'result') setOutputs(ending.result.outputs);
  setOutputs(furtherOutputs(ending));
  await report(ending, folder);
}

async function run(
  command: Command,
  readInputs: () => ConvertedInputs,
): Promise<{ readonly ending: Ending; readonly folder: string }> {
  let folder = '.';
  try {
    const token = readToken();
    const converted = readInputs();
    folder = converted.workingDirectory;
    return { ending: await executeCommand(command, converted, () => openPorts(folder, token)), folder };
  } catch (thrown) {
    return { ending: endingOf(thrown), folder };
  }
}

/** Prints how the command ended: log, job summary, annotations (whose paths are relative to `folder`), exit code. */
export async function report(ending: Ending, folder = '.'): Promise<void> {
  if (ending.kind === 'result') {
    const { result } = ending;
    log(renderForTerminal(result.markdown, { color: false }));
    await writeSummary(result.markdown);
    const annotations = (result.annotations ?? []).map((annotation) => placeIn(folder, annotation));
    annotate(annotations);
    if (ending.exitCode !== 0)
      fail(
        `${result.verdict === undefined ? 'Not done' : `Verdict ${result.verdict}`}: ${firstLine(result.markdown)}`,
        annotations,
      );
  } else if (ending.kind === 'error') {
    log(renderError(ending.error));
    const annotations = ending.error.problems.map((problem) => placeIn(folder, toAnnotation(problem)));
    annotate(annotations);
    if (ending.error.problems.length > 1) fail(ending.error.message, annotations);
  } else {
    fail(renderBug(ending.error, { stack: true, tool: `mlops-kit ${version}` }), []);
  }
  process.exitCode = ending.exitCode;
}

function readToken(): string | undefined {
  const token = process.env['INPUT_GITHUB-TOKEN']?.trim();
  if (!token) return undefined;
  setSecret(token);
  setSecret(basicOf(token));
  return token;
}

async function openPorts(workingDirectory: string, token: string | undefined): Promise<OpenPorts> {
  const { composePorts } = await import('./compose.ts');
  return composePorts({
    variables: process.env,
    directory: process.cwd(),
    workingDirectory,
    verbose: isDebug(),
    stderr: (text) => process.stderr.write(text),
    terminal: false,
    columns: () => 120,
    ...(token === undefined ? {} : { token }),
  });
}

function setOutputs(outputs: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(outputs)) if (value !== undefined) setOutput(name, value);
}

async function writeSummary(markdown: string): Promise<void> {
  // Unset where no runner collects summaries.
  if (!process.env.GITHUB_STEP_SUMMARY) return;
  await summary.addRaw(cutToBytes(markdown, summaryLimit), true).write();
}

/** Cuts to a limit in UTF-8 bytes, at a line end, with a line that says so. */
export function cutToBytes(markdown: string, limit: number): string {
  let cut = markdown;
  let characters = markdown.length;
  // A margin for the newline at the end.
  while (Buffer.byteLength(cut) > limit - 2) {
    characters = Math.floor((characters * (limit - 2)) / Buffer.byteLength(cut)) - 1;
    cut = cutMarkdown(markdown, characters);
  }
  return cut;
}

const commands = { failure: error, warning, notice };

/** At most ten of a level, worst levels first; what is beyond is in the log. */
function annotate(annotations: readonly Annotation[]): void {
  for (const level of ['failure', 'warning', 'notice'] as const) {
    const all = annotations.filter((annotation) => annotation.level === level);
    const fits = all.length <= annotationLimit - (level === 'failure' ? 1 : 0);
    const shown = fits ? all : all.slice(0, annotationLimit - 1);
    for (const annotation of shown) write(annotation);
    const rest = all.slice(shown.length);
    if (rest.length === 0) continue;
    log(rest.map((one) => `${one.level}: ${one.path}:${one.line}: ${one.message}`).join('\n'));
    // For failures the last line is the one that fails the step.
    if (level !== 'failure') commands[level](moreLine(rest.length));
  }
}

function moreLine(count: number): string {
  return `${plural(count, 'more finding')} of this level: see the log and the report.`;
}

function write(annotation: Annotation): void {
  const properties = {
    title: annotation.title,
    ...(annotation.path === '' ? {} : { file: annotation.path }),
    ...(annotation.line > 0 ? { startLine: annotation.line } : {}),
    ...(annotation.endLine === undefined ? {} : { endLine: annotation.endLine }),
    ...(annotation.column === undefined ? {} : { startColumn: annotation.column }),
  };
  commands[annotation.level](annotation.message, properties);
}

/** The runner takes paths from the top of the workspace. */
function placeIn(folder: string, annotation: Annotation): Annotation {
  return annotation.path === '' || folder === '.'
    ? annotation
    : { ...annotation, path: posix.join(folder, annotation.path) };
}

function toAnnotation(problem: Problem): Annotation {
  return {
    level: 'failure',
    path: problem.at?.path ?? '',
    line: problem.at?.line ?? 0,
    ...(problem.at?.column === undefined ? {} : { column: problem.at.column }),
    title: problem.code,
    message: [problem.message, problem.hint].filter(Boolean).join('\n'),
  };
}

function fail(message: string, annotations: readonly Annotation[]): void {
  const failures = annotations.filter((annotation) => annotation.level === 'failure').length;
  const rest = failures - (annotationLimit - 1);
  setFailed(rest > 0 ? `${message}\n${moreLine(rest)}` : message);
}

/** Lines of data must not be taken for workflow commands by the runner. */
function log(text: string): void {
  info(defuseCommands(text));
}

function firstLine(markdown: string): string {
  return (
    renderForTerminal(markdown, { color: false })
      .split('\n')
      .find((line) => line.trim() !== '') ?? ''
  );
}
