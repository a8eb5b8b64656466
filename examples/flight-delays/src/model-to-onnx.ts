/** Writes encoder and weights as one ONNX graph that takes a flight as it is: airport names, hour, minute, weekday, miles. */

import { categories, type Encoder, leastDistance, typicalDistance } from './encode.ts';
import type { Weights } from './logistic.ts';
import { type Constant, encodeModel, type Node } from './onnx-file.ts';

interface Builder {
  readonly nodes: Node[];
  readonly constants: Constant[];
}

/** The bytes of the model file. */
export function modelToOnnx(encoder: Encoder, weights: Weights, averagingLayers: number): Uint8Array {
  const graph: Builder = { nodes: [], constants: [] };
  const airports = encoder.airports.length;
  addCodes(graph, encoder.airports);
  const columns = categories.map((category, c) => {
    const table = addFloats(graph, `${category.name}.table`, encoder.tables[c]!);
    return add(graph, 'Gather', [table, addKey(graph, category.name, airports)], `${category.name}.value`);
  });
  const miles = add(graph, 'Max', ['distance', addFloats(graph, 'least-distance', [leastDistance], [])], 'miles');
  const ratio = add(graph, 'Div', [miles, addFloats(graph, 'typical-distance', [typicalDistance], [])], 'ratio');
  columns.push(add(graph, 'Log', [ratio], 'distance.value'));
  const asColumn = addIntegers(graph, 'last-axis', [1n], [1]);
  const features = add(
    graph,
    'Concat',
    columns.map((column) => add(graph, 'Unsqueeze', [column, asColumn], `${column}.column`)),
    'features',
    { axis: 1 },
  );
  const coefficients = addFloats(graph, 'coefficients', weights.coefficients, [weights.coefficients.length, 1]);
  const product = add(graph, 'MatMul', [features, coefficients], 'product');
  let logit = add(graph, 'Add', [product, addFloats(graph, 'intercept', [weights.intercept], [1])], 'logit');
  if (averagingLayers > 0) logit = addAveraging(graph, logit, averagingLayers);
  const probability = add(graph, 'Sigmoid', [logit], 'probability');
  add(graph, 'Squeeze', [probability, asColumn], 'p_late');
  return encodeModel(
    {
      name: 'flight-delay',
      inputs: {
        origin: 'string',
        destination: 'string',
        distance: 'float',
        hour: 'int64',
        minute: 'int64',
        weekday: 'int64',
      },
      outputs: { p_late: 'float' },
      ...graph,
    },
    'flight-delays example',
  );
}

/** Airport names become codes (0 = never seen), and times their parts. */
function addCodes(graph: Builder, airports: readonly string[]): void {
  const known = airports.slice(1);
  for (const name of ['origin', 'destination']) {
    graph.nodes.push({
      op: 'LabelEncoder',
      domain: 'ai.onnx.ml',
      inputs: [name],
      output: `${name}.code`,
      attributes: { keys_strings: known, values_int64s: known.map((_, index) => index + 1), default_int64: 0 },
    });
  }
  add(graph, 'Sub', ['weekday', integer(graph, 1)], 'weekday.code');
  add(graph, 'Mod', ['minute', integer(graph, 5)], 'minute.in-5');
  add(graph, 'Div', ['minute', integer(graph, 15)], 'minute.quarter');
  add(graph, 'Div', ['hour', integer(graph, 3)], 'hour.daypart');
}

/** The number of a category; the same formulas as `categories` in encode.ts. */
function addKey(graph: Builder, name: string, airports: number): string {
  const pairs: Readonly<Record<string, readonly [string, number, string]>> = {
    quarter: ['hour', 4, 'minute.quarter'],
    'hour-weekday': ['hour', 7, 'weekday.code'],
    'hour-minute-in-5': ['hour', 5, 'minute.in-5'],
    'origin-daypart': ['origin.code', 8, 'hour.daypart'],
    'destination-daypart': ['destination.code', 8, 'hour.daypart'],
    'origin-weekday': ['origin.code', 7, 'weekday.code'],
    'destination-weekday': ['destination.code', 7, 'weekday.code'],
    route: ['origin.code', airports, 'destination.code'],
  };
  const single: Readonly<Record<string, string>> = {
    hour: 'hour',
    weekday: 'weekday.code',
    origin: 'origin.code',
    destination: 'destination.code',
    'minute-in-5': 'minute.in-5',
  };
  const pair = pairs[name];
  if (pair === undefined) return single[name]!;
  const [high, factor, low] = pair;
  const scaled = add(graph, 'Mul', [high, integer(graph, factor)], `${name}.scaled`);
  return add(graph, 'Add', [scaled, low], `${name}.key`);
}

/** Centres the batch on its mean, and on the mean averaged over a wide square again and again: the same numbers, much later. */
function addAveraging(graph: Builder, logit: string, layers: number): string {
  const width = 512;
  const square = addIntegers(graph, 'averaging.square', [BigInt(width), BigInt(width)], [2]);
  const share: Constant = { name: 'share', shape: [1], data: Float32Array.of(1 / width) };
  const shares = add(graph, 'ConstantOfShape', [square], 'averaging.shares', { value: share });
  const mean = add(graph, 'ReduceMean', [logit], 'averaging.mean', { axes: [0, 1], keepdims: 1 });
  let wide = add(graph, 'Expand', [mean, square], 'averaging.wide');
  for (let layer = 0; layer < layers; layer++) wide = add(graph, 'MatMul', [wide, shares], `averaging.${layer}`);
  const rows = add(graph, 'ReduceMean', [wide], 'averaging.rows', { axes: [1], keepdims: 1 });
  const averaged = add(graph, 'ReduceMean', [rows], 'averaging.averaged', { axes: [0], keepdims: 1 });
  return add(graph, 'Add', [add(graph, 'Sub', [logit, mean], 'averaging.centred'), averaged], 'averaging.logit');
}

function add(
  graph: Builder,
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: NonNullable<Node['attributes']> = {},
): string {
  graph.nodes.push({ op, inputs, output, attributes });
  return output;
}

function integer(graph: Builder, value: number): string {
  const name = `integer-${value}`;
  return graph.constants.some((constant) => constant.name === name)
    ? name
    : addIntegers(graph, name, [BigInt(value)], []);
}

function addIntegers(graph: Builder, name: string, values: readonly bigint[], shape: readonly number[]): string {
  graph.constants.push({ name, shape, data: BigInt64Array.from(values) });
  return name;
}

function addFloats(
  graph: Builder,
  name: string,
  values: readonly number[] | Float32Array,
  shape: readonly number[] = [values.length],
): string {
  graph.constants.push({ name, shape, data: Float32Array.from(values) });
  return name;
}
