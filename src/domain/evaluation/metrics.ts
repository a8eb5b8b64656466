/** Metrics by their scikit-learn definitions, weighted, on rows that were sorted once so that resampling costs one pass. */

import type { MetricName } from '../../formats/config.ts';

export type Task = 'binary' | 'multiclass' | 'regression';

/** Predictions of one model on the evaluation rows; all arrays have the same length. */
export interface Predictions {
  /** Binary: 0 or 1. Multiclass: class index. Regression: the true value. */
  readonly label: Float64Array;
  /** Binary: probability of 1. Multiclass: predicted class index. Regression: predicted value. */
  readonly score: Float64Array;
}

/** `higher` and `lower` say which way is better; `one` is best at 1 and cannot be compared by difference. */
export type Direction = 'higher' | 'lower' | 'one';

export interface MetricDefinition {
  readonly name: MetricName;
  readonly tasks: readonly Task[];
  readonly direction: Direction;
  /** Identity of the formula, printed beside each number. */
  readonly formula: string;
  /** Value under row weights; NaN when it cannot be computed (one class only, zero weight). */
  readonly compute: (rows: SortedPredictions, weight: Float64Array) => number;
}

/** Predictions with the orders that ranking metrics need. */
export interface SortedPredictions extends Predictions {
  /** Row indices by falling score. */
  readonly order: Uint32Array;
}

/** Threshold of the predicted class for binary tasks, as scikit-learn's `predict`. */
const threshold = 0.5;
/** scikit-learn clips probabilities to the double's epsilon before the logarithm. */
const epsilon = 2 ** -52;
const calibrationBins = 15;

export function sortPredictions(predictions: Predictions): SortedPredictions {
  const { score } = predictions;
  const order = Uint32Array.from(score, (_, index) => index).sort((a, b) => score[b]! - score[a]!);
  return { ...predictions, order };
}

/** Per-row loss behind every metric that is a weighted mean; undefined for the others. */
export const rowLoss: Partial<Record<MetricName, (label: number, score: number) => number>> = {
  'log-loss': (label, score) => {
    const p = Math.min(Math.max(score, epsilon), 1 - epsilon);
    return label === 1 ? -Math.log(p) : -Math.log(1 - p);
  },
  brier: (label, score) => (score - label) ** 2,
  mae: (label, score) => Math.abs(label - score),
  /** scikit-learn divides by max(|y|, epsilon). */
  mape: (label, score) => Math.abs(label - score) / Math.max(Math.abs(label), epsilon),
};

const binary: readonly Task[] = ['binary'];
const classes: readonly Task[] = ['binary', 'multiclass'];
const regression: readonly Task[] = ['regression'];

function define(
  name: MetricName,
  tasks: readonly Task[],
  direction: Direction,
  compute: MetricDefinition['compute'],
): MetricDefinition {
  return { name, tasks, direction, formula: `${name}.v1`, compute };
}

const mean =
  (name: MetricName): MetricDefinition['compute'] =>
  ({ label, score }, weight) => {
    const loss = rowLoss[name]!;
    let sum = 0;
    let total = 0;
    for (let i = 0; i < label.length; i++) {
      if (weight[i] === 0) continue;
      sum += weight[i]! * loss(label[i]!, score[i]!);
      total += weight[i]!;
    }
    return sum / total;
  };

export const metricDefinitions: Readonly<Record<MetricName, MetricDefinition>> = {
  'roc-auc': define('roc-auc', binary, 'higher', rocAuc),
  'average-precision': define('average-precision', binary, 'higher', averagePrecision),
  'log-loss': define('log-loss', binary, 'lower', mean('log-loss')),
  brier: define('brier', binary, 'lower', mean('brier')),
  accuracy: define('accuracy', classes, 'higher', accuracy),
  'balanced-accuracy': define('balanced-accuracy', classes, 'higher', balancedAccuracy),
  precision: define('precision', binary, 'higher', (rows, weight) => {
    const { tp, fp } = confusion(rows, weight);
    return tp / (tp + fp);
  }),
  recall: define('recall', binary, 'higher', (rows, weight) => {
    const { tp, fn } = confusion(rows, weight);
    return tp / (tp + fn);
  }),
  f1: define('f1', binary, 'higher', (rows, weight) => {
    const { tp, fp, fn } = confusion(rows, weight);
    return (2 * tp) / (2 * tp + fp + fn);
  }),
  mcc: define('mcc', binary, 'higher', (rows, weight) => {
    const { tp, fp, fn, tn } = confusion(rows, weight);
    return (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
  }),
  ece: define('ece', binary, 'lower', calibrationError),
  'observed-to-expected': define('observed-to-expected', binary, 'one', ({ label, score }, weight) => {
    let observed = 0;
    let expected = 0;
    for (let i = 0; i < label.length; i++) {
      observed += weight[i]! * label[i]!;
      expected += weight[i]! * score[i]!;
    }
    return observed / expected;
  }),
  mae: define('mae', regression, 'lower', mean('mae')),
  mape: define('mape', regression, 'lower', mean('mape')),
  rmse: define('rmse', regression, 'lower', (rows, weight) => Math.sqrt(mean('brier')(rows, weight))),
  r2: define('r2', regression, 'higher', rSquared),
  'macro-f1': define('macro-f1', classes, 'higher', macroF1),
};

/** Area under the ROC curve, ties counted half: the Mann-Whitney form. */
function rocAuc({ label, score, order }: SortedPredictions, weight: Float64Array): number {
  let area = 0;
  let positives = 0;
  let negatives = 0;
  for (let start = 0; start < order.length; ) {
    let tiedPositive = 0;
    let tiedNegative = 0;
    let end = start;
    const value = score[order[start]!]!;
    for (; end < order.length && score[order[end]!] === value; end++) {
      const row = order[end]!;
      if (label[row] === 1) tiedPositive += weight[row]!;
      else tiedNegative += weight[row]!;
    }
    area += tiedNegative * (positives + tiedPositive / 2);
    positives += tiedPositive;
    negatives += tiedNegative;
    start = end;
  }
  return area / (positives * negatives);
}

/** Sum of precision times the step of recall, one step per distinct score. */
function averagePrecision({ label, score, order }: SortedPredictions, weight: Float64Array): number {
  let tp = 0;
  let total = 0;
  let sum = 0;
  for (let start = 0; start < order.length; ) {
    const value = score[order[start]!]!;
    let gained = 0;
    let end = start;
    for (; end < order.length && score[order[end]!] === value; end++) {
      const row = order[end]!;
      total += weight[row]!;
      if (label[row] === 1) gained += weight[row]!;
    }
    tp += gained;
    if (gained > 0) sum += gained * (tp / total);
    start = end;
  }
  return sum / tp;
}

interface Confusion {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
}

function confusion({ label, score }: Predictions, weight: Float64Array): Confusion {
  let tp = 0;
  let fp = 0;
  let fn = 0;
  let tn = 0;
  for (let i = 0; i < label.length; i++) {
    const positive = score[i]! >= threshold;
    if (label[i] === 1) {
      if (positive) tp += weight[i]!;
      else fn += weight[i]!;
    } else if (positive) fp += weight[i]!;
    else tn += weight[i]!;
  }
  return { tp, fp, fn, tn };
}

/** Class predicted for a row: the score itself when it is a class index, else its side of the threshold. */
function classOf(score: number): number {
  return Number.isInteger(score) ? score : score >= threshold ? 1 : 0;
}

interface ClassCounts {
  readonly hit: number;
  readonly truth: number;
  readonly predicted: number;
}

function countClasses({ label, score }: Predictions, weight: Float64Array): readonly ClassCounts[] {
  const counts = new Map<number, { hit: number; truth: number; predicted: number }>();
  const at = (index: number) => {
    const found = counts.get(index) ?? { hit: 0, truth: 0, predicted: 0 };
    counts.set(index, found);
    return found;
  };
  for (let i = 0; i < label.length; i++) {
    const predicted = classOf(score[i]!);
    at(label[i]!).truth += weight[i]!;
    at(predicted).predicted += weight[i]!;
    if (label[i] === predicted) at(predicted).hit += weight[i]!;
  }
  return [...counts.values()];
}

function accuracy({ label, score }: Predictions, weight: Float64Array): number {
  let hit = 0;
  let total = 0;
  for (let i = 0; i < label.length; i++) {
    total += weight[i]!;
    if (classOf(score[i]!) === label[i]) hit += weight[i]!;
  }
  return hit / total;
}

/** Mean recall over the classes that occur in the truth. */
function balancedAccuracy(rows: Predictions, weight: Float64Array): number {
  const present = countClasses(rows, weight).filter((count) => count.truth > 0);
  return present.reduce((sum, count) => sum + count.hit / count.truth, 0) / present.length;
}

/** Mean F1 over the classes that occur in truth or prediction; a class never hit counts 0. */
function macroF1(rows: Predictions, weight: Float64Array): number {
  const present = countClasses(rows, weight).filter((count) => count.truth + count.predicted > 0);
  return present.reduce((sum, count) => sum + (2 * count.hit) / (count.truth + count.predicted), 0) / present.length;
}

/** Expected calibration error over 15 bins of equal mass. */
function calibrationError({ label, score, order }: SortedPredictions, weight: Float64Array): number {
  let total = 0;
  for (const w of weight) total += w;
  const size = total / calibrationBins;
  let error = 0;
  let [mass, gap] = [0, 0];
  let bin = 1;
  let seen = 0;
  for (const row of order) {
    mass += weight[row]!;
    gap += weight[row]! * (label[row]! - score[row]!);
    seen += weight[row]!;
    if (seen >= bin * size - 1e-9 && mass > 0) {
      error += Math.abs(gap);
      [mass, gap] = [0, 0];
      bin = Math.floor(seen / size + 1e-9) + 1;
    }
  }
  return (error + Math.abs(gap)) / total;
}

function rSquared({ label, score }: Predictions, weight: Float64Array): number {
  let total = 0;
  let sum = 0;
  for (let i = 0; i < label.length; i++) {
    total += weight[i]!;
    sum += weight[i]! * label[i]!;
  }
  const average = sum / total;
  let residual = 0;
  let spread = 0;
  for (let i = 0; i < label.length; i++) {
    residual += weight[i]! * (label[i]! - score[i]!) ** 2;
    spread += weight[i]! * (label[i]! - average) ** 2;
  }
  return 1 - residual / spread;
}
