/** Reads from a repository what init can know without asking: pipeline, data, languages, branch, files that stand already. */

import { parseDvcYaml } from '../../formats/dvc-yaml.ts';
import type { Ports } from '../../ports/ports.ts';

export interface Project {
  /** Name of the top folder. */
  readonly folder: string;
  readonly defaultBranch: string;
  readonly hasConfig: boolean;
  readonly hasDvc: boolean;
  readonly stages: readonly string[];
  /** Outputs of all stages that look like a model, best guess first. */
  readonly artifacts: readonly string[];
  /** Outputs that look like predictions. */
  readonly predictions: readonly string[];
  /** Datasets, each a file, or a glob over the files of one folder. */
  readonly datasets: readonly string[];
  readonly hasParams: boolean;
  readonly python: 'uv' | 'pip' | undefined;
  readonly node: boolean;
}

const modelSuffix = /\.(onnx|pkl|joblib|pt|pth|safetensors|h5|keras|ubj|bst|cbm|txt|bin|gguf|pmml|model)$/i;
const dataSuffix = /\.(parquet|csv|jsonl)$/i;

export async function detectProject(ports: Pick<Ports, 'files' | 'git'>, config: string): Promise<Project> {
  const { files, git } = ports;
  const hasPipeline = await files.exists('dvc.yaml');
  const pipeline = hasPipeline ? parseDvcYaml(await files.readText('dvc.yaml'), 'dvc.yaml') : undefined;
  const stages = Object.entries(pipeline?.stages ?? {});
  const outs = stages.flatMap(([, stage]) => (stage.outs ?? []).map((out) => inStage(stage.wdir, nameOf(out))));
  const deps = stages.flatMap(([, stage]) => (stage.deps ?? []).map((dep) => inStage(stage.wdir, dep)));
  const predictions = outs.filter((out) => dataSuffix.test(out) && /pred|score/i.test(out));
  const inputs = deps.filter((dep) => dataSuffix.test(dep) && !outs.includes(dep));
  return {
    folder: (await git.top()).split(/[\\/]/).at(-1) ?? '',
    defaultBranch: (await git.defaultBranch()) ?? (await git.branch()) ?? 'main',
    hasConfig: await files.exists(config),
    hasDvc: hasPipeline || (await files.exists('.dvc/config')),
    stages: stages.map(([name]) => name),
    artifacts: outs.filter((out) => modelSuffix.test(out) || /(^|\/)models?(\/|$)/i.test(out)).sort(byModel),
    predictions,
    datasets: [...new Set([...inputs, ...(await findData(files))])],
    hasParams: await files.exists('params.yaml'),
    python: (await files.exists('uv.lock'))
      ? 'uv'
      : (await files.exists('requirements.txt')) || (await files.exists('pyproject.toml'))
        ? 'pip'
        : undefined,
    node: await files.exists('package.json'),
  };
}

/** Data files of the usual places; several of one kind in one folder become a glob, tracked ones are found by their `.dvc` file. */
async function findData(files: Ports['files']): Promise<readonly string[]> {
  const patterns = ['parquet', 'csv', 'jsonl'].flatMap((suffix) => [`data/**/*.${suffix}`, `*.${suffix}`]);
  const found = (await Promise.all(patterns.map((pattern) => files.glob(pattern)))).flat();
  const tracked = (await Promise.all(['data/**/*.dvc', '*.dvc'].map((pattern) => files.glob(pattern)))).flat();
  const groups = new Map<string, string[]>();
  for (const path of [...found, ...tracked.map((pointer) => pointer.replace(/\.dvc$/, ''))]) {
    if (!dataSuffix.test(path)) groups.set(path, [path]);
    else {
      const slash = path.lastIndexOf('/') + 1;
      const glob = `${path.slice(0, slash)}*${path.slice(path.lastIndexOf('.'))}`;
      groups.set(glob, [...new Set([...(groups.get(glob) ?? []), path])]);
    }
  }
  return [...groups]
    .sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1))
    .map(([glob, members]) => (members.length === 1 ? members[0]! : glob));
}

function nameOf(out: string | Readonly<Record<string, unknown>>): string {
  return typeof out === 'string' ? out : (Object.keys(out)[0] ?? '');
}

function inStage(folder: string | undefined, path: string): string {
  return folder === undefined || folder === '.' ? path : `${folder.replace(/\/+$/, '')}/${path}`;
}

/** ONNX first, since the reference server runs it; plain text and folders last. */
function byModel(a: string, b: string): number {
  const rank = (path: string): number =>
    /\.onnx$/i.test(path) ? 0 : modelSuffix.test(path) && !/\.txt$/i.test(path) ? 1 : 2;
  return rank(a) - rank(b);
}
