/** dvc.yaml: the stages of a pipeline as a person wrote them, templates not yet filled in. */

import { z } from 'zod';
import { KitError } from '../base/errors.ts';
import { isPythonMap, type PythonMap, type PythonValue, parsePythonYaml } from './python-value.ts';
import { parseYaml, type YamlDocument } from './yaml-document.ts';

const OutFlags = z.looseObject({
  cache: z.boolean().optional(),
  persist: z.boolean().optional(),
  push: z.boolean().optional(),
  remote: z.string().optional(),
});

const Out = z.union([z.string(), z.record(z.string(), z.union([OutFlags, z.array(OutFlags)]).nullable())]);
export type DvcYamlOut = z.infer<typeof Out>;

export const DvcYamlStage = z.strictObject({
  cmd: z.union([z.string(), z.array(z.string())]),
  wdir: z.string().optional(),
  deps: z.array(z.string()).optional(),
  params: z.array(z.union([z.string(), z.record(z.string(), z.array(z.string()).nullable())])).optional(),
  vars: z.array(z.union([z.string(), z.record(z.string(), z.unknown())])).optional(),
  outs: z.array(Out).optional(),
  metrics: z.array(Out).optional(),
  plots: z.array(Out).optional(),
  frozen: z.boolean().optional(),
  always_changed: z.boolean().optional(),
  meta: z.unknown().optional(),
  desc: z.string().optional(),
});
export type DvcYamlStage = z.infer<typeof DvcYamlStage>;

const Artifact = z.looseObject({
  path: z.string(),
  type: z.string().optional(),
  desc: z.string().optional(),
  labels: z.array(z.string()).optional(),
  meta: z.record(z.string(), z.unknown()).optional(),
});
export type DvcYamlArtifact = z.infer<typeof Artifact>;

const DvcYamlShape = z.strictObject({
  stages: z.record(z.string(), DvcYamlStage).nullish(),
  vars: z.array(z.union([z.string(), z.record(z.string(), z.unknown())])).nullish(),
  params: z.array(z.string()).nullish(),
  metrics: z.array(z.string()).nullish(),
  plots: z.unknown().optional(),
  artifacts: z.record(z.string(), Artifact).nullish(),
  datasets: z.unknown().optional(),
});

export interface DvcYaml {
  readonly path: string;
  readonly stages: Readonly<Record<string, DvcYamlStage>>;
  /** Files as text, inline maps with Python's types. */
  readonly vars: readonly (string | PythonMap)[];
  readonly stageVars: Readonly<Record<string, readonly (string | PythonMap)[]>>;
  readonly metrics: readonly string[];
  readonly artifacts: Readonly<Record<string, DvcYamlArtifact>>;
  locate: YamlDocument['locate'];
}

const format = { code: 'pipeline', noun: 'pipeline' };

/** @throws KitError `pipeline-*`; `pipeline-unsupported` for foreach and matrix */
export function parseDvcYaml(text: string, path: string): DvcYaml {
  const root = parsePythonYaml(text, path, format);
  refuseLoops(root, path, text);
  const { value, document } = parseYaml(text === '' ? '{}' : text, path, { ...format, schema: DvcYamlShape });
  return {
    path,
    stages: value.stages ?? {},
    vars: varsOf(root),
    stageVars: Object.fromEntries(
      Object.keys(value.stages ?? {}).map((name) => [name, varsOf(member(member(root, 'stages'), name))]),
    ),
    metrics: value.metrics ?? [],
    artifacts: value.artifacts ?? {},
    locate: document.locate,
  };
}

/** Said by name before the schema would call their keys unknown. */
function refuseLoops(root: PythonValue, path: string, text: string): void {
  const stages = member(root, 'stages');
  for (const [name, stage] of Object.entries(isPythonMap(stages) ? stages : {})) {
    const key = ['foreach', 'do', 'matrix'].find((one) => member(stage, one) !== undefined);
    if (key === undefined) continue;
    const line = text.split('\n').findIndex((one) => new RegExp(`^\\s+${key}\\s*:`).test(one)) + 1;
    throw new KitError('pipeline-unsupported', `Cannot read stage "${name}" of "${path}": "${key}" is not supported`, {
      hint: 'Write the stages out one by one.',
      at: { path, ...(line > 0 ? { line } : {}) },
    });
  }
}

function varsOf(value: PythonValue | undefined): readonly (string | PythonMap)[] {
  const vars = member(value, 'vars');
  return (Array.isArray(vars) ? vars : []).filter(
    (one: PythonValue): one is string | PythonMap => typeof one === 'string' || isPythonMap(one),
  );
}

function member(value: PythonValue | undefined, key: string): PythonValue | undefined {
  return isPythonMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
