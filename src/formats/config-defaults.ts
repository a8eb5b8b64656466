/** Decides the values that the config leaves to a rule: paths named after their dataset, the pipeline, the prediction log. */

import type { Config, DatasetConfig, DeployConfig, ModelConfig } from './config.ts';

export function contractPathOf(name: string, dataset: Pick<DatasetConfig, 'contract'>): string {
  return dataset.contract ?? `contracts/${name}.odcs.yaml`;
}

export function profilePathOf(name: string, dataset: Pick<DatasetConfig, 'profile'>): string {
  return dataset.profile ?? `profiles/${name}.json`;
}

/** Undefined when one command trains the model instead. */
export function pipelinePathOf(model: Pick<ModelConfig, 'pipeline' | 'command'>): string | undefined {
  return model.command === undefined ? (model.pipeline ?? 'dvc.yaml') : undefined;
}

export function logsPathOf(deploy: Pick<DeployConfig, 'logs'>): string {
  return deploy.logs ?? '.mlops/logs/predictions/*.jsonl';
}

/** The config with every rule applied, as `config --explain` shows it. */
export function applyDefaults(config: Config): Config {
  const datasets = mapValues(config.datasets, (dataset, name) => ({
    ...dataset,
    contract: contractPathOf(name, dataset),
    profile: profilePathOf(name, dataset),
  }));
  const models = mapValues(config.models, (model) => {
    const pipeline = pipelinePathOf(model);
    return pipeline === undefined ? model : { ...model, pipeline };
  });
  const stages = mapValues(config.stages, (stage) =>
    stage.deploy === undefined ? stage : { ...stage, deploy: { ...stage.deploy, logs: logsPathOf(stage.deploy) } },
  );
  return { ...config, datasets, models, stages };
}

function mapValues<Value>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value, name: string) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}
