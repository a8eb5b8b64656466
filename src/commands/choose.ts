/** Chooses the model, dataset or stage that an input means; the only one of the config when nothing was named. */

import { KitError } from '../base/errors.ts';
import { nearestOf } from '../base/text.ts';
import type { Config, DatasetConfig, ModelConfig, StageConfig } from '../formats/config.ts';

export interface Chosen<T> {
  readonly name: string;
  readonly config: T;
}

/** @throws KitError `model-unknown`, `model-ambiguous` */
export function chooseModel(config: Config, name: string | undefined): Chosen<ModelConfig> {
  return choose('model', config.models, name);
}

/** @throws KitError `dataset-unknown`, `dataset-ambiguous` */
export function chooseDataset(config: Config, name: string | undefined): Chosen<DatasetConfig> {
  return choose('dataset', config.datasets, name);
}

/** @throws KitError `stage-unknown`, `stage-ambiguous` */
export function chooseStage(config: Config, name: string | undefined): Chosen<StageConfig> {
  return choose('stage', config.stages, name);
}

function choose<T>(what: string, known: Readonly<Record<string, T>>, name: string | undefined): Chosen<T> {
  const names = Object.keys(known);
  if (name !== undefined && Object.hasOwn(known, name)) return { name, config: known[name]! };
  if (name === undefined && names.length === 1) return { name: names[0]!, config: known[names[0]!]! };
  const listed = names.length === 0 ? `The config has no ${what}.` : `Known: ${names.join(', ')}.`;
  if (name === undefined)
    throw new KitError(
      `${what}-ambiguous`,
      `Cannot choose a ${what}: the config has ${names.length === 0 ? 'none' : `${names.length} of them`}`,
      { hint: names.length === 0 ? `Add one under "${what}s" in the config.` : `Name one with --${what}. ${listed}` },
    );
  const nearest = nearestOf(name, names);
  throw new KitError(`${what}-unknown`, `Cannot find ${what} "${name}": it is not in the config`, {
    hint: nearest === undefined ? listed : `Did you mean "${nearest}"? ${listed}`,
  });
}
