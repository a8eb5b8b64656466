/** Finds the champion of a model and scores the evaluation rows with it, so that both models are judged on the same rows. */

import { basename, extname } from 'node:path';
import { KitError } from '../../base/errors.ts';
import { holderOf, resolveVersion } from '../../domain/registry/queries.ts';
import type { VersionState } from '../../domain/registry/registry.ts';
import type { Config, ModelConfig } from '../../formats/config.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Chosen } from '../choose.ts';
import { readRegistry } from '../read-registry.ts';
import { restoreObject } from '../restore-object.ts';

export interface Champion {
  readonly version: string;
  readonly stage?: string;
  readonly md5?: string;
  /** Predictions of the champion on the evaluation rows. */
  readonly predictions: string;
}

export interface ChampionInputs {
  /** A version, `none`, or undefined for the holder of the stage. */
  readonly champion: string | undefined;
  /** Predictions made elsewhere, instead of scoring. */
  readonly predictions: string | undefined;
  readonly stage: string | undefined;
}

/**
 * The version to beat: the one named, or the holder of the stage (the last one of the config when none is named, and the stages
 * before it when that one is empty). Undefined for a first model.
 */
export async function findChampion(
  ports: Ports,
  config: Config,
  model: Chosen<ModelConfig>,
  inputs: ChampionInputs,
): Promise<Champion | undefined> {
  if (inputs.champion === 'none') return undefined;
  if (inputs.predictions !== undefined) return { version: inputs.champion ?? 'given', predictions: inputs.predictions };
  const registry = await readRegistry(ports);
  if (inputs.champion !== undefined) {
    const wanted =
      inputs.champion.includes('@') || inputs.champion.includes('#')
        ? inputs.champion
        : `${model.name}@${inputs.champion}`;
    return scoreWith(ports, model, resolveVersion(registry, wanted), undefined);
  }
  const stages = inputs.stage === undefined ? Object.keys(config.stages).reverse() : [inputs.stage];
  for (const stage of stages) {
    const holder = holderOf(registry, model.name, stage);
    if (holder !== undefined) return scoreWith(ports, model, holder, stage);
  }
  return undefined;
}

async function scoreWith(
  ports: Ports,
  model: Chosen<ModelConfig>,
  version: VersionState,
  stage: string | undefined,
): Promise<Champion> {
  const columns = model.config.predictions!;
  if (columns.command === undefined) {
    throw new KitError(
      'champion-not-scorable',
      `Cannot compare with champion "${model.name}@${version.version}": the config does not say how to score rows with it`,
      {
        hint: 'Set predictions.command: it reads the model at MLOPS_MODEL and writes its predictions to MLOPS_PREDICTIONS; or pass --champion-predictions.',
      },
    );
  }
  const digest =
    version.trailers.digests.find(({ path }) => path === model.config.artifact) ?? version.trailers.digests[0];
  if (digest === undefined) {
    throw new KitError(
      'champion-without-digest',
      `Cannot find the content of champion "${model.name}@${version.version}": its tag names no digest`,
      {
        hint: 'The tag was made by another tool. Register the version again with mlops-kit register, or pass --champion-predictions.',
      },
    );
  }
  const folder = `.mlops/cache/champion/${digest.md5}`;
  const modelPath = `${folder}/${basename(digest.path)}`;
  await restoreObject(ports, digest.md5, modelPath);
  const predictions = `${folder}/predictions${extname(columns.path)}`;
  await ports.files.remove(predictions);
  const result = await ports.progress.group(`Score the evaluation rows with ${model.name}@${version.version}`, () =>
    ports.process.shell(columns.command!, {
      env: { MLOPS_MODEL: ports.files.resolve(modelPath), MLOPS_PREDICTIONS: ports.files.resolve(predictions) },
      onLine: (line) => ports.progress.debug(line),
    }),
  );
  if (result.exitCode !== 0) {
    throw new KitError(
      'champion-scoring-failed',
      `Cannot score the evaluation rows with champion "${model.name}@${version.version}": the command ended with ${result.signal ?? `exit code ${result.exitCode}`}\n${result.stderr.trim().split('\n').slice(-10).join('\n')}`,
      { hint: `Run it yourself: MLOPS_MODEL=${modelPath} MLOPS_PREDICTIONS=${predictions} ${columns.command}` },
    );
  }
  if (!(await ports.files.exists(predictions))) {
    throw new KitError(
      'champion-scoring-failed',
      `Cannot score with champion "${model.name}@${version.version}": the command wrote nothing to MLOPS_PREDICTIONS`,
      {
        hint: 'predictions.command must write the file named by MLOPS_PREDICTIONS.',
      },
    );
  }
  return { version: version.version, ...(stage === undefined ? {} : { stage }), md5: digest.md5, predictions };
}
