/** Writes an ONNX graph as bytes: nodes, constants, inputs and outputs become a ModelProto. */

import protobuf from 'protobufjs';

/** Element types of onnx-ml.proto, TensorProto.DataType. */
const dataTypes = { float: 1, int64: 7, string: 8 } as const;
export type ElementType = keyof typeof dataTypes;

export type AttributeValue = number | { readonly float: number } | readonly string[] | readonly number[] | Constant;

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

export interface Constant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

export interface Graph {
  readonly name: string;
  /** Every input and output is one column of `batch` values. */
  readonly inputs: Readonly<Record<string, ElementType>>;
  readonly outputs: Readonly<Record<string, ElementType>>;
  readonly constants: readonly Constant[];
  readonly nodes: readonly Node[];
}

const versions = { ir: 8, onnx: 17, ml: 2 };

/** The file of a model. */
export function encodeModel(graph: Graph, producer: string): Uint8Array {
  const root = protobuf.loadSync(new URL('./onnx.proto', import.meta.url).pathname);
  const model = root.lookupType('onnx.ModelProto');
  const message = model.fromObject({
    irVersion: versions.ir,
    producerName: producer,
    opsetImport: [
      { domain: '', version: versions.onnx },
      { domain: 'ai.onnx.ml', version: versions.ml },
    ],
    graph: {
      name: graph.name,
      node: graph.nodes.map(nodeOf),
      initializer: graph.constants.map(tensorOf),
      input: Object.entries(graph.inputs).map(columnOf),
      output: Object.entries(graph.outputs).map(columnOf),
    },
  });
  return model.encode(message).finish();
}

function nodeOf(node: Node) {
  return {
    opType: node.op,
    name: node.output,
    domain: node.domain ?? '',
    input: node.inputs,
    output: [node.output],
    attribute: Object.entries(node.attributes ?? {}).map(([name, value]) => attributeOf(name, value)),
  };
}

/** The numbers are AttributeProto.AttributeType. */
function attributeOf(name: string, value: AttributeValue) {
  if (typeof value === 'number') return { name, type: 2, i: value };
  if ('float' in value) return { name, type: 1, f: value.float };
  if ('data' in value) return { name, type: 4, t: tensorOf(value) };
  if (typeof value[0] === 'string') return { name, type: 8, strings: value.map((text) => Buffer.from(String(text))) };
  return { name, type: 7, ints: value };
}

function tensorOf(constant: Constant) {
  const { data } = constant;
  return {
    name: constant.name,
    dims: constant.shape,
    dataType: data instanceof Float32Array ? dataTypes.float : dataTypes.int64,
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function columnOf([name, type]: readonly [string, ElementType]) {
  return { name, type: { tensorType: { elemType: dataTypes[type], shape: { dim: [{ dimParam: 'batch' }] } } } };
}
