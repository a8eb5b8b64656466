/** Renders the first mlops.yaml of a project, with comments that say what to change. */

import { schemaUrl } from './kit-repository.ts';

export type InitTask = 'binary' | 'multiclass' | 'regression';

export interface ConfigAnswers {
  readonly dataset: string;
  readonly datasetPath: string;
  readonly model: string;
  readonly artifact: string;
  readonly task: InitTask;
  readonly predictions: string;
  /** Undefined when there is no dvc.yaml; then a training command is written. */
  readonly pipeline: string | undefined;
  readonly command: string;
}

const gatesOf: Readonly<Record<InitTask, readonly string[]>> = {
  binary: [
    '{metric: roc-auc, min: 0.6}',
    '{metric: roc-auc, min-improvement: 0} # better than the champion',
    '{metric: log-loss, max-regression: 0.005} # not worse than the champion by more than this',
  ],
  multiclass: [
    '{metric: macro-f1, min-improvement: 0} # better than the champion',
    '{metric: accuracy, max-regression: 0.01} # not worse than the champion by more than this',
  ],
  regression: ['{metric: r2, min: 0}', '{metric: rmse, min-improvement: 0} # better than the champion'],
};

const columnsOf: Readonly<Record<InitTask, string>> = {
  binary:
    '    label: label # column with the truth, 0 or 1\n      score: score # column with the predicted probability',
  multiclass: '    label: label # column with the true class\n      class: class # column with the predicted class',
  regression: '    label: label # column with the true value\n      score: score # column with the predicted value',
};

export function renderConfig(answers: ConfigAnswers): string {
  const training =
    answers.pipeline === undefined ? `command: ${scalar(answers.command)}` : `pipeline: ${scalar(answers.pipeline)}`;
  return `# yaml-language-server: $schema=${schemaUrl}
# What mlops-kit works on. Every value and its default: mlops-kit config --explain
version: 1
datasets:
  ${scalar(answers.dataset)}:
    path: ${scalar(answers.datasetPath)} # file, folder or glob (Parquet, CSV, JSONL)
    # time: date # column with the time of a row; monitoring and split by window need it
models:
  ${scalar(answers.model)}:
    artifact: ${scalar(answers.artifact)} # the file or folder that training writes
    ${training}
    dataset: ${scalar(answers.dataset)}
    task: ${answers.task} # binary, multiclass or regression
    predictions: # rows nobody trained on, written by training
      path: ${scalar(answers.predictions)}
      id: id # column that names a row
  ${columnsOf[answers.task]}
      # command: python predict.py # scores the same rows with the champion; reads MLOPS_MODEL, writes MLOPS_PREDICTIONS
    gates: # what a candidate must show before it is registered
${gatesOf[answers.task].map((gate) => `      - ${gate}`).join('\n')}
stages: # in order of promotion
  staging:
    require: [validation, evaluation]
  production:
    after: staging
    require: [validation, evaluation]
`;
}

/** A YAML scalar on one line: plain where that cannot be read otherwise, else double-quoted as JSON. */
function scalar(text: string): string {
  return /^[A-Za-z./][A-Za-z0-9_./ -]*$/.test(text) &&
    !/ #|: |^(true|false|null|yes|no|on|off|\.inf|\.nan)$| $/i.test(text)
    ? text
    : JSON.stringify(text);
}
