/** The rules of mlops.yaml that span more than one key; each is one small function from the config to its problems. */

import { parseDuration } from '../base/duration.ts';
import { messageOf } from '../base/errors.ts';
import { nearestOf } from '../base/text.ts';
import { type Config, type DeployConfig, type Gate, type ModelConfig, metrics } from './config.ts';
import { formatKeyPath } from './issues.ts';
import type { KeyPath } from './schema-keys.ts';

export interface RuleProblem {
  readonly code: string;
  readonly path: KeyPath;
  /** Without the path. */
  readonly message: string;
  readonly hint?: string;
}

type Rule = (config: Config) => readonly RuleProblem[];

/** Problems of a config whose keys and types are right already. */
export function checkConfigRules(config: Config): readonly RuleProblem[] {
  return rules.flatMap((rule) => rule(config));
}

const rules: readonly Rule[] = [
  checkDatasetOfModel,
  checkOneTrainer,
  checkGateRequirements,
  checkMetricNames,
  checkPredictionsOfGates,
  checkPerformance,
  checkRetrainCounts,
  checkStageOrder,
  checkGuards,
  checkTargetsDistinct,
  checkDurations,
  checkWrittenPathsInside,
];

function checkDatasetOfModel(config: Config): readonly RuleProblem[] {
  return eachModel(config).flatMap(({ path, model }) =>
    Object.hasOwn(config.datasets, model.dataset)
      ? []
      : [unknownName([...path, 'dataset'], 'dataset', model.dataset, Object.keys(config.datasets))],
  );
}

function checkOneTrainer(config: Config): readonly RuleProblem[] {
  return eachModel(config).flatMap(({ path, model }) =>
    model.pipeline !== undefined && model.command !== undefined
      ? [
          {
            code: 'config-conflict',
            path: [...path, 'command'],
            message: 'stands beside "pipeline": a model is trained by one of them',
            hint: 'Remove "command" or "pipeline".',
          },
        ]
      : [],
  );
}

const requirements = ['min', 'max', 'min-improvement', 'max-regression'] as const;

function checkGateRequirements(config: Config): readonly RuleProblem[] {
  return eachGate(config).flatMap(({ path, gate }) => {
    if ('budget' in gate) return [];
    const count = requirements.filter((key) => gate[key] !== undefined).length;
    if (count === 1) return [];
    const message = count === 0 ? 'has no requirement, so it could never fail' : `has ${count} requirements`;
    return [
      {
        code: 'config-gate',
        path,
        message,
        hint: `Give it exactly one of ${requirements.join(', ')}; write two gates for two limits.`,
      },
    ];
  });
}

function checkMetricNames(config: Config): readonly RuleProblem[] {
  return eachModel(config).flatMap(({ path, model }) => {
    // The metrics of task `metrics` are named by the file that holds them.
    if (model.task === 'metrics') return [];
    const gates = model.gates.flatMap((gate, index) =>
      'budget' in gate ? [] : unknownMetric([...path, 'gates', index, 'metric'], gate.metric),
    );
    const performance = model.monitor.performance;
    if (performance === undefined) return gates;
    return [...gates, ...unknownMetric([...path, 'monitor', 'performance', 'metric'], performance.metric)];
  });
}

function unknownMetric(path: KeyPath, metric: string): readonly RuleProblem[] {
  return (metrics as readonly string[]).includes(metric) ? [] : [unknownName(path, 'metric', metric, metrics)];
}

/** Metrics that are computed from a probability or value, not from a class. */
const scoreMetrics: ReadonlySet<string> = new Set([
  'roc-auc',
  'average-precision',
  'log-loss',
  'brier',
  'ece',
  'observed-to-expected',
]);

function checkPredictionsOfGates(config: Config): readonly RuleProblem[] {
  return eachModel(config).flatMap(({ path, model }) => {
    const gates = model.gates.filter((gate): gate is Exclude<Gate, { budget: unknown }> => !('budget' in gate));
    if (gates.length === 0) return [];
    if (model.predictions === undefined) {
      return [
        {
          code: 'config-predictions',
          path: [...path, 'gates'],
          message: 'need predictions to be computed from, and the model has none',
          hint: 'Add "predictions: {path: ...}" to the model.',
        },
      ];
    }
    const scored = gates.find((gate) => scoreMetrics.has(gate.metric));
    if (model.task !== 'binary' || scored === undefined || model.predictions.score !== undefined) return [];
    return [
      {
        code: 'config-predictions',
        path: [...path, 'predictions'],
        message: `names no score column, and the gate on ${scored.metric} needs the predicted probability`,
        hint: 'Add "score: <column>" to the predictions.',
      },
    ];
  });
}

function checkPerformance(config: Config): readonly RuleProblem[] {
  return eachModel(config).flatMap(({ path, model }) => {
    const performance = model.monitor.performance;
    if (performance === undefined || performance.min !== undefined || performance.max !== undefined) return [];
    return [
      {
        code: 'config-performance',
        path: [...path, 'monitor', 'performance'],
        message: 'has no limit, so it could never alarm',
        hint: 'Give it "min", "max" or both.',
      },
    ];
  });
}

function checkRetrainCounts(config: Config): readonly RuleProblem[] {
  return eachModel(config).flatMap(({ path, model }) => {
    const [k = 0, n = 0] = model.retrain.fails.split(' of ').map(Number);
    if (k >= 1 && k <= n) return [];
    return [
      {
        code: 'config-invalid-value',
        path: [...path, 'retrain', 'fails'],
        message: `must be "<k> of <n>" with 1 <= k <= n, not "${model.retrain.fails}"`,
      },
    ];
  });
}

function checkStageOrder(config: Config): readonly RuleProblem[] {
  const names = Object.keys(config.stages);
  return names.flatMap((name) => {
    const after = config.stages[name]?.after;
    if (after === undefined) return [];
    const path = ['stages', name, 'after'];
    if (!Object.hasOwn(config.stages, after)) return [unknownName(path, 'stage', after, names)];
    if (!leadsTo(config, after, name)) return [];
    return [
      {
        code: 'config-stage-cycle',
        path,
        message: `makes a circle: "${after}" itself comes after "${name}"`,
        hint: 'Let the first stage have no "after".',
      },
    ];
  });
}

function leadsTo(config: Config, from: string, to: string): boolean {
  const seen = new Set<string>();
  for (let at: string | undefined = from; at !== undefined && !seen.has(at); at = config.stages[at]?.after) {
    if (at === to) return true;
    seen.add(at);
  }
  return false;
}

function checkGuards(config: Config): readonly RuleProblem[] {
  return eachDeploy(config).flatMap(({ path, deploy }) =>
    deploy.guard.flatMap((guard, index) => {
      const count = [guard.max, guard['max-regression']].filter((limit) => limit !== undefined).length;
      if (count === 1) return [];
      return [
        {
          code: 'config-guard',
          path: [...path, 'guard', index],
          message: count === 0 ? 'has no limit, so it could never fail' : 'has 2 limits',
          hint: 'Give it exactly one of max, max-regression; write two guards for two limits.',
        },
      ];
    }),
  );
}

function checkTargetsDistinct(config: Config): readonly RuleProblem[] {
  const seen = new Map<string, string>();
  return eachDeploy(config).flatMap(({ path, deploy, stage }) => {
    const file = targetPath(deploy);
    const other = seen.get(file);
    seen.set(file, stage);
    const several = Object.keys(config.models).length > 1 && !file.includes('{artifact}');
    if (other === undefined && !several) return [];
    const message = several ? 'is one file for several models' : `is the file of the stage "${other}" already`;
    const hint = several ? 'Put {artifact} into the path.' : 'Give each stage a file of its own.';
    return [{ code: 'config-conflict', path: [...path, 'target'], message, hint }];
  });
}

function checkDurations(config: Config): readonly RuleProblem[] {
  const models = eachModel(config).flatMap(({ path, model }) => [
    ...malformedDuration([...path, 'timeout'], model.timeout),
    ...malformedDuration([...path, 'monitor', 'every'], model.monitor.every),
  ]);
  const budgets = eachGate(config).flatMap(({ path, gate }) => {
    if (!('budget' in gate) || typeof gate.max === 'number' || gate.budget === 'artifact-bytes') return [];
    return malformedDuration([...path, 'max'], gate.max);
  });
  const deploys = eachDeploy(config).flatMap(({ path, deploy }) => [
    ...deploy.steps.flatMap((step, index) => {
      if ('analysis' in step) return malformedDuration([...path, 'steps', index, 'analysis'], step.analysis);
      if ('pause' in step && typeof step.pause === 'string')
        return malformedDuration([...path, 'steps', index, 'pause'], step.pause);
      return [];
    }),
    ...deploy.guard.flatMap((guard, index) =>
      typeof guard.max === 'string' && guard.metric !== 'error-rate'
        ? malformedDuration([...path, 'guard', index, 'max'], guard.max)
        : [],
    ),
  ]);
  return [...models, ...budgets, ...deploys];
}

function malformedDuration(path: KeyPath, text: string): readonly RuleProblem[] {
  try {
    parseDuration(text);
    return [];
  } catch (error) {
    return [
      {
        code: 'config-duration',
        path,
        message: `is no duration: ${messageOf(error)}`,
        hint: 'Write 20ms, 30s, 10m, 1h30m or 7d.',
      },
    ];
  }
}

/** Files the kit writes stay inside the repository. */
function checkWrittenPathsInside(config: Config): readonly RuleProblem[] {
  const datasets = Object.entries(config.datasets).flatMap(([name, dataset]) => [
    ...outside(['datasets', name, 'contract'], dataset.contract),
    ...outside(['datasets', name, 'profile'], dataset.profile),
  ]);
  const targets = eachDeploy(config).flatMap(({ path, deploy }) => outside([...path, 'target'], targetPath(deploy)));
  return [...datasets, ...targets];
}

function outside(path: KeyPath, file: string | undefined): readonly RuleProblem[] {
  if (file === undefined) return [];
  const parts = file.split(/[\\/]/);
  if (!parts.includes('..') && !/^([\\/]|[a-zA-Z]:)/.test(file) && parts[0] !== '.git') return [];
  return [
    {
      code: 'config-path-outside',
      path,
      message: `leaves the repository: "${file}"`,
      hint: 'Write a path inside the repository, without "..".',
    },
  ];
}

function targetPath(deploy: DeployConfig): string {
  return 'reference' in deploy.target ? deploy.target.reference : deploy.target.yaml;
}

function unknownName(path: KeyPath, noun: string, name: string, known: readonly string[]): RuleProblem {
  const nearest = nearestOf(name, known);
  const list = known.length === 0 ? `No ${noun} is defined.` : `Known: ${known.join(', ')}.`;
  return {
    code: `config-unknown-${noun}`,
    path,
    message: `names an unknown ${noun} "${name}"`,
    hint: nearest === undefined ? list : `Did you mean "${nearest}"?`,
  };
}

function eachModel(config: Config): readonly { readonly path: KeyPath; readonly model: ModelConfig }[] {
  return Object.entries(config.models).map(([name, model]) => ({ path: ['models', name], model }));
}

function eachGate(config: Config): readonly { readonly path: KeyPath; readonly gate: Gate }[] {
  return eachModel(config).flatMap(({ path, model }) =>
    model.gates.map((gate, index) => ({ path: [...path, 'gates', index], gate })),
  );
}

function eachDeploy(
  config: Config,
): readonly { readonly path: KeyPath; readonly stage: string; readonly deploy: DeployConfig }[] {
  return Object.entries(config.stages).flatMap(([stage, { deploy }]) =>
    deploy === undefined ? [] : [{ path: ['stages', stage, 'deploy'], stage, deploy }],
  );
}

/** A rule's problem as a sentence of its own. */
export function describeRuleProblem(problem: RuleProblem): string {
  return `${formatKeyPath(problem.path)} ${problem.message}`;
}
