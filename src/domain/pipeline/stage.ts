/** Resolves the stages of a dvc.yaml: templates filled in, paths from the top of the repository. */

import { KitError } from '../../base/errors.ts';
import { isInsideRepo, joinRepoPath } from '../../base/repo-path.ts';
import type { DvcYaml, DvcYamlOut, DvcYamlStage } from '../../formats/dvc-yaml.ts';
import type { PythonMap } from '../../formats/python-value.ts';
import { fillTemplate } from './templating.ts';

export interface StagePath {
  /** As dvc.yaml and dvc.lock write it, from the stage's working directory. */
  readonly text: string;
  /** From the top of the repository. */
  readonly path: string;
}

export interface StageOut extends StagePath {
  readonly kind: 'out' | 'metric' | 'plot';
  readonly cache: boolean;
  readonly persist: boolean;
  readonly push: boolean;
}

export interface StageParams extends StagePath {
  /** Dotted keys; none means the whole file. */
  readonly keys: readonly string[];
}

export interface Stage {
  readonly name: string;
  readonly cmd: string | readonly string[];
  /** Working directory, from the top; empty for the top itself. */
  readonly directory: string;
  readonly deps: readonly StagePath[];
  readonly params: readonly StageParams[];
  readonly outs: readonly StageOut[];
  readonly frozen: boolean;
  readonly alwaysChanged: boolean;
}

export const defaultParamsFile = 'params.yaml';

/** Variables of a stage: those of the file, and its own on top. */
export type VariablesOf = (stage: string) => PythonMap;

/** @throws KitError `pipeline-*` with the place in dvc.yaml */
export function resolveStages(file: DvcYaml, variablesOf: VariablesOf): readonly Stage[] {
  return Object.entries(file.stages).map(([name, written]) => {
    const at = file.locate(['stages', name]);
    try {
      assertStageName(name);
      return resolveStage(name, written, { file: file.path, variables: variablesOf(name) });
    } catch (error) {
      if (!(error instanceof KitError) || error.at !== undefined) throw error;
      throw new KitError(error.code, `Cannot resolve stage "${name}": ${error.message}`, {
        at,
        cause: error,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      });
    }
  });
}

function assertStageName(name: string): void {
  const odd = /[!-,./:-@[-^`{-~]/.exec(name)?.[0];
  if (odd === undefined && name !== '') return;
  throw new KitError('pipeline-stage-name', `Cannot use stage name "${name}": it holds "${odd ?? ''}"`, {
    hint: 'Use letters, digits, "_" and "-".',
  });
}

interface Scope {
  readonly file: string;
  readonly variables: PythonMap;
}

function resolveStage(name: string, written: DvcYamlStage, scope: Scope): Stage {
  const fill = (text: string): string => fillTemplate(text, scope.variables, { command: false });
  const fillCommand = (text: string): string => fillTemplate(text, scope.variables, { command: true });
  const fileDirectory = joinRepoPath(scope.file, '..');
  const wdir = written.wdir === undefined ? '.' : fill(written.wdir);
  const directory = joinRepoPath(fileDirectory, wdir);
  const place = (text: string): StagePath => ({ text, path: joinRepoPath(directory, text) });
  const outs = (['outs', 'metrics', 'plots'] as const).flatMap((key) =>
    (written[key] ?? []).map((out) => resolveOut(out, kinds[key], fill, place)),
  );
  return {
    name,
    cmd: typeof written.cmd === 'string' ? fillCommand(written.cmd) : written.cmd.map(fillCommand),
    directory: directory === '.' ? '' : directory,
    deps: (written.deps ?? []).map((dep) => place(assertLocal(fill(dep)))),
    params: resolveParams(written, fill, place),
    outs,
    frozen: written.frozen ?? false,
    alwaysChanged: written.always_changed ?? false,
  };
}

const kinds = { outs: 'out', metrics: 'metric', plots: 'plot' } as const;

function resolveOut(
  out: DvcYamlOut,
  kind: StageOut['kind'],
  fill: (text: string) => string,
  place: (text: string) => StagePath,
): StageOut {
  const [text, written] = typeof out === 'string' ? [out, null] : (Object.entries(out)[0] ?? ['', null]);
  const flags = Array.isArray(written) ? (written[0] ?? {}) : (written ?? {});
  const placed = place(assertLocal(fill(text)));
  if (!isInsideRepo(placed.path)) {
    throw new KitError('pipeline-path-outside', `Cannot write output "${text}": it is outside of the repository`, {
      hint: 'Let the stage write to a path inside the repository.',
    });
  }
  return {
    ...placed,
    kind,
    cache: flags.cache ?? true,
    persist: flags.persist ?? false,
    push: flags.push ?? true,
  };
}

function resolveParams(
  written: DvcYamlStage,
  fill: (text: string) => string,
  place: (text: string) => StagePath,
): readonly StageParams[] {
  const byFile = new Map<string, string[] | 'whole'>();
  for (const item of written.params ?? []) {
    const requests = typeof item === 'string' ? [[defaultParamsFile, [item]] as const] : Object.entries(item);
    for (const [file, keys] of requests) {
      const text = fill(file);
      const known = byFile.get(text);
      if (keys === null || keys.length === 0 || known === 'whole') byFile.set(text, 'whole');
      else byFile.set(text, [...(known ?? []), ...keys.map(fill)]);
    }
  }
  return [...byFile].map(([text, keys]) => ({ ...place(text), keys: keys === 'whole' ? [] : [...new Set(keys)] }));
}

function assertLocal(text: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  if (scheme === undefined && text !== '') return text;
  const reason = text === '' ? 'it is empty' : `${scheme}:// paths are not supported`;
  throw new KitError('pipeline-unsupported', `Cannot use path "${text}": ${reason}`, {
    hint: 'Fetch it by a stage, or track it with mlops-kit sync-data add.',
  });
}
