/** Finds what trains a model: its dvc.yaml, or one command of the config taken as a pipeline of one stage. */

import { KitError } from '../../base/errors.ts';
import { pathsOverlap } from '../../base/repo-path.ts';
import { defaultParamsFile, type Stage, type StageOut, type StagePath } from '../../domain/pipeline/stage.ts';
import type { Config, ModelConfig } from '../../formats/config.ts';
import type { DvcYaml } from '../../formats/dvc-yaml.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Chosen } from '../choose.ts';
import type { DvcRepository } from '../data/dvc-repository.ts';
import { readLock, readPipeline } from '../data/read-pipeline.ts';
import { globBase, isGlob } from '../digest-path.ts';
import type { LoadedConfig } from '../load-config.ts';
import type { PipelineToRun } from './reproduce.ts';

export interface ModelPipeline extends PipelineToRun {
  /** Undefined for a command of the config. */
  readonly file: DvcYaml | undefined;
  /** The artifact, from the top of the repository. */
  readonly artifact: string;
}

/** @param code Digest of the code tree: a command says nothing about what it reads, so any change of code counts. */
export async function pipelineOfModel(
  ports: Ports,
  repository: DvcRepository,
  model: Chosen<ModelConfig>,
  options: { readonly loaded: LoadedConfig; readonly code: string },
): Promise<ModelPipeline> {
  const artifact = repository.pathOf(model.config.artifact);
  if (model.config.command !== undefined) {
    return { ...(await commandPipeline(ports, repository, model, options)), artifact };
  }
  const path = model.config.pipeline ?? 'dvc.yaml';
  if (!(await ports.files.exists(path))) {
    throw new KitError('pipeline-missing', `Cannot train model "${model.name}": there is no pipeline "${path}"`, {
      hint: 'Write a dvc.yaml (mlops-kit init makes one), or give the model a command in the config.',
      at: options.loaded.locate(['models', model.name, 'pipeline']),
    });
  }
  const { file, stages, lock, lockPath } = await readPipeline(ports, repository, repository.pathOf(path));
  if (!stages.some((stage) => stage.outs.some((out) => pathsOverlap(out.path, artifact)))) {
    const outs = stages.flatMap((stage) => stage.outs.map((out) => out.path));
    throw new KitError(
      'artifact-unwritten',
      `Cannot train model "${model.name}": no stage of "${path}" writes its artifact "${model.config.artifact}"`,
      {
        hint: outs.length === 0 ? 'Add it to the outs of a stage.' : `Outputs of the pipeline: ${outs.join(', ')}.`,
        at: options.loaded.locate(['models', model.name, 'artifact'], 'value'),
      },
    );
  }
  return { file, stages, lock, lockPath, artifact, given: new Map(), ignoresOutputs: true };
}

const codeParams = 'code';

async function commandPipeline(
  ports: Ports,
  repository: DvcRepository,
  model: Chosen<ModelConfig>,
  options: { readonly loaded: LoadedConfig; readonly code: string },
): Promise<Omit<ModelPipeline, 'artifact'>> {
  const place = (path: string): StagePath => ({ text: path, path: repository.pathOf(path) });
  const { artifact, command, predictions } = model.config;
  const written = [artifact, ...(predictions === undefined || isGlob(predictions.path) ? [] : [predictions.path])];
  const hasParams = await ports.files.exists(defaultParamsFile);
  const stage: Stage = {
    name: 'train',
    cmd: command!,
    directory: repository.root === ports.files.root ? '' : repository.pathOf('.'),
    deps: datasetPaths(options.loaded.config, model.config).map(place),
    params: [
      ...(hasParams ? [{ ...place(defaultParamsFile), keys: [] }] : []),
      { text: codeParams, path: codeParams, keys: [] },
    ],
    outs: written.map((path): StageOut => ({ ...place(path), kind: 'out', cache: true, persist: false, push: true })),
    frozen: false,
    alwaysChanged: false,
  };
  const lockPath = repository.pathOf(`.mlops/cache/train/${model.name}.lock`);
  return {
    file: undefined,
    stages: [stage],
    lockPath,
    lock: await readLock(ports, repository, lockPath),
    given: new Map([[codeParams, { digest: options.code }]]),
    ignoresOutputs: false,
  };
}

/** Local files of the model's dataset; what lies behind a url is not hashed. */
export function datasetPaths(config: Config, model: ModelConfig): readonly string[] {
  const path = config.datasets[model.dataset]?.path;
  if (path === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return [];
  return [isGlob(path) ? globBase(path) : path];
}
