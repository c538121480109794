/**
 * A trained graph as an ONNX model (opset 17, IR version 8): the inference form of what the Outputs
 * depend on, weights inside, batch size open. The model's inputs are what the graph's sources give,
 * that is after scaling: float pixels, not bytes; what a node draws is an input as well, for the caller to draw. What scaling that was stands in the metadata.
 */
import type { Preprocessing } from '../../data/dataset.ts';
import { type CheckedGraph, type CheckedNode, ancestors, weightKey } from '../../graph/checked-graph.ts';
import { shapeOf } from '../../graph/lower.ts';
import type { OnnxScope } from '../../nodes/onnx-scope.ts';
import { Builder } from '../../tensor/builder.ts';
import { type Value, isOp, sameShape } from '../../tensor/ir.ts';
import type { NamedTensors } from '../named-tensors.ts';
import type { Text } from '../../text.ts';
import { FormatError } from '../format-error.ts';
import { modelInputs, modelOutputs } from '../results.ts';
import { EXPORT_BATCHES, type Triple } from './emission.ts';
import { writeLowered } from './from-ir.ts';
import { type Author, GraphWriter } from './graph-writer.ts';
import { extentsOf } from './infer.ts';
import { IR_VERSION, OPSET_VERSION, onnxCodec } from './schema.ts';

export interface OnnxOptions {
  readonly graph: CheckedGraph;
  /** By PyTorch's names and in its layouts; running statistics too. */
  readonly weights: NamedTensors;
  readonly classNames?: readonly string[];
  /** What a program must do to raw samples before it feeds them; by `<node id>.<port>` of the source. */
  readonly preprocessing?: Readonly<Record<string, Preprocessing>>;
  /** Of the program that writes. */
  readonly producerVersion?: string;
}

/** Metadata keys; the values are JSON. */
export const CLASS_NAMES_KEY = 'class_names';
export const PREPROCESSING_KEY = 'preprocessing';

const describe = (node: CheckedNode): string => `Node '${node.label}' (${node.definition.type})`;

/** Throws FormatError when the graph predicts nothing, weights are missing, or a node has no inference form. */
export function exportOnnx(options: OnnxOptions): Uint8Array {
  const { graph, weights } = options;
  const results = modelOutputs(graph);
  if (results.length === 0) throw new FormatError({ en: 'The graph predicts nothing that could be exported: it has neither an Output nor a loss. Wire the prediction to an Output node.', zh: '该图没有可导出的预测：既没有输出节点，也没有损失。请把预测连接到输出节点。' });
  const needed = ancestors(graph, results.map((result) => result.node));
  requireAllWeights(graph, needed, weights);

  const writer = new GraphWriter();
  const sources = modelInputs(graph, needed, results);
  const preprocessing: Record<string, Preprocessing> = {};
  const tensors = new Map<string, string>();
  const at = (node: string, output: number): string => `${output} ${node}`;
  // Names that the outside world uses come first, so that no node's name gets in their way.
  for (const { node, output, port, name, type } of sources) {
    const given = options.preprocessing?.[`${node.id}.${port}`];
    const doc = `${describe(node)}, port '${port}'${given === undefined ? '' : `: ${given.from ?? 'raw values'} times ${given.scale} plus ${given.shift}`}`;
    const input = writer.addInput(name, type.dtype, extentsOf(type.shape), doc);
    tensors.set(at(node.id, output), input);
    if (given !== undefined) preprocessing[input] = given;
  }
  const outputNames = results.map((result) => writer.reserve(result.name));

  const tensorAt = (node: string, output: number): string => {
    const tensor = tensors.get(at(node, output));
    if (tensor === undefined) throw new Error(`Nothing was exported for output ${output} of node '${node}'.`);
    return tensor;
  };
  for (const node of graph.order) {
    if (!needed.has(node.id) || node.role !== 'compute' || node.definition.drawn === true) continue;
    const author: Author = { id: node.id, doc: node.label === node.id ? node.definition.type : `${node.label}: ${node.definition.type}` };
    const ins = node.inputs.map((input) => tensorAt(input.from, input.output));
    const outs = node.definition.onnx === undefined ? writeByLowering(writer, author, node, ins, weights) : node.definition.onnx(scopeFor(writer, author, node, weights), node.params, ins);
    node.definition.outputs.forEach((port, i) => {
      const out = outs[i];
      const type = node.outputTypes[i];
      if (out === undefined || type === undefined) throw new Error(`${describe(node)} exports ${outs.length} tensors, but it has an output '${port.name}'.`);
      writer.requireShape(out, type.dtype, extentsOf(type.shape), describe(node));
      writer.nameResult(out, node.definition.outputs.length === 1 ? node.id : `${node.id}.${port.name}`);
      tensors.set(at(node.id, i), out);
    });
  }
  results.forEach((result, i) => writer.addOutput(outputNames[i] ?? result.name, tensorAt(result.node, result.output), result.doc));

  const metadata: [string, unknown][] = [];
  if (options.classNames !== undefined) metadata.push([CLASS_NAMES_KEY, options.classNames]);
  if (Object.keys(preprocessing).length > 0) metadata.push([PREPROCESSING_KEY, preprocessing]);
  return onnxCodec.encode('ModelProto', {
    irVersion: IR_VERSION, opsetImport: [{ domain: '', version: OPSET_VERSION }],
    producerName: 'Netloom', ...(options.producerVersion === undefined ? {} : { producerVersion: options.producerVersion }),
    docString: graph.doc.description ?? graph.doc.name,
    graph: writer.finish(graph.doc.name.replace(/[^A-Za-z0-9_]+/g, '_') || 'graph', graph.doc.name),
    metadataProps: metadata.map(([key, value]) => ({ key, value: JSON.stringify(value) })),
  });
}

function requireAllWeights(graph: CheckedGraph, needed: ReadonlySet<string>, weights: NamedTensors): void {
  const faults: Text[] = [];
  for (const node of graph.order) {
    if (!needed.has(node.id)) continue;
    for (const [name, spec] of Object.entries(node.weights)) {
      const key = weightKey(node, name);
      const found = weights[key];
      if (found === undefined) faults.push({ en: `${key} [${spec.shape.join(', ')}] is missing`, zh: `缺少 ${key} [${spec.shape.join(', ')}]` });
      else if (!sameShape(found.shape, spec.shape)) faults.push({ en: `${key} is [${found.shape.join(', ')}], the graph wants [${spec.shape.join(', ')}]`, zh: `${key} 是 [${found.shape.join(', ')}]，而图中需要 [${spec.shape.join(', ')}]` });
    }
  }
  if (faults.length > 0) throw new FormatError({ en: `The weights do not fit the graph: ${faults.map(({ en }) => en).join('; ')}.`, zh: `权重与该图不符：${faults.map(({ zh }) => zh).join('；')}。` });
}

function addWeight(writer: GraphWriter, node: CheckedNode, name: string, weights: NamedTensors): string {
  const key = weightKey(node, name);
  const weight = weights[key];
  if (weight === undefined || node.weights[name] === undefined) throw new Error(`${describe(node)} asks for a weight '${name}' that it does not declare.`);
  return writer.addWeight(key, weight.data, weight.shape);
}

function scopeFor(writer: GraphWriter, author: Author, node: CheckedNode, weights: NamedTensors): OnnxScope {
  return {
    inputTypes: node.inputTypes,
    outputTypes: node.outputTypes,
    weight: (name) => addWeight(writer, node, name, weights),
    floats: (data, shape) => writer.floats(author, data, shape),
    int64s: (data, shape) => writer.int64s(author, data, shape),
    op: (opType, inputs, attributes) => writer.op(author, opType, inputs, attributes),
  };
}

/** A node without an ONNX form: its lowering, for several batch sizes, op by op. */
function writeByLowering(writer: GraphWriter, author: Author, node: CheckedNode, ins: readonly string[], weights: NamedTensors): readonly string[] {
  const who: Text = { en: describe(node), zh: `节点“${node.label}”（${node.definition.type}）` };
  const lowerAt = (batch: number): readonly Value[] => {
    const b = new Builder();
    return b.at(node.id, () => node.definition.lower({
      b, batch, training: false, goal: 'predict', inputTypes: node.inputTypes,
      weight: (name) => {
        const spec = node.weights[name];
        if (spec === undefined) throw new Error(`${who.en} asks for a weight '${name}' that it does not declare.`);
        return b.state(name, spec.shape);
      },
      // Running statistics stay as they are: the file does not learn.
      updateBuffer: () => {},
      random: () => {
        throw new FormatError({ en: `${who.en} cannot be exported to ONNX: it draws random numbers when it predicts.`, zh: `${who.zh}无法导出为 ONNX：它在预测时会产生随机数。` });
      },
    }, node.params, node.inputTypes.map((type, i) => b.input(String(i), shapeOf(type, batch), type.dtype))));
  };
  const [first, second, third] = EXPORT_BATCHES.map(lowerAt);
  const roots = (first ?? []).map((value, i): Triple => {
    const [other, another] = [second?.[i], third?.[i]];
    if (other === undefined || another === undefined) throw new Error(`${who.en} lowers to a number of values that depends on the batch.`);
    return [value, other, another];
  });
  return writeLowered(writer, {
    author, who,
    leaf: (value) => {
      if (!isOp(value, 'input')) return addWeight(writer, node, value.attrs.name, weights);
      const tensor = ins[Number(value.attrs.name)];
      if (tensor === undefined) throw new Error(`${who.en} has no input ${value.attrs.name}.`);
      return tensor;
    },
  }, roots);
}
