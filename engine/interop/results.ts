/** What a model takes and gives, and by which names: the same in every format that a graph is exported to. */
import type { CheckedGraph, CheckedNode } from '../graph/checked-graph.ts';
import type { TensorType } from '../nodes/node-type.ts';

/** An output of the model: the value at a node's output port. */
export interface ModelOutput {
  readonly node: string;
  readonly output: number;
  readonly name: string;
  /** Where it comes from, for doc strings. */
  readonly doc: string;
}

/** An input of the model: the port of a source, or of a node that draws its numbers, that the outputs depend on. */
export interface ModelInput {
  readonly node: CheckedNode;
  readonly output: number;
  readonly port: string;
  readonly name: string;
  readonly type: TensorType;
}

/** Every Output under its name, or else the prediction that the first loss sees. Empty when the graph predicts nothing. */
export function modelOutputs(graph: CheckedGraph): readonly ModelOutput[] {
  const marked = graph.outputs.flatMap((marker): ModelOutput[] => {
    const [input] = marker.inputs;
    if (input === undefined) return [];
    const { name } = marker.params;
    return [{ node: input.from, output: input.output, name: typeof name === 'string' && name !== '' ? name : marker.id, doc: `${marker.label}: output '${input.fromPort}' of '${input.from}'` }];
  });
  const { prediction } = graph;
  if (marked.length > 0 || prediction === undefined) return marked;
  return [{ node: prediction.node, output: prediction.output, name: 'prediction', doc: `what node '${prediction.node}' gives to the loss` }];
}

/** Named as for `--data`: by the data node's port or the Input's name, by the node's id where numbers are drawn; with the node's id where two would be called the same. `needed`: the nodes that the outputs depend on. */
export function modelInputs(graph: CheckedGraph, needed: ReadonlySet<string>, outputs: readonly ModelOutput[]): readonly ModelInput[] {
  const read = new Set<string>(outputs.map((result) => `${result.output} ${result.node}`));
  for (const node of graph.order) {
    if (needed.has(node.id)) for (const input of node.inputs) read.add(`${input.output} ${input.from}`);
  }
  const drawing = graph.order.filter((node) => node.definition.drawn === true);
  const inputs = [...graph.sources, ...drawing].filter((node) => needed.has(node.id)).flatMap((node) => node.definition.outputs.flatMap((port, output): ModelInput[] => {
    const type = node.outputTypes[output];
    if (type === undefined || !read.has(`${output} ${node.id}`)) return [];
    const given = node.params['name'];
    const name = node.definition.drawn === true ? node.id : node.definition.type !== 'Input' ? port.name : typeof given === 'string' && given !== '' ? given : node.id;
    return [{ node, output, port: port.name, name, type }];
  }));
  const isShared = (name: string): boolean => inputs.filter((input) => input.name === name).length > 1;
  return inputs.map((input) => (isShared(input.name) ? { ...input, name: `${input.node.id}.${input.port}` } : input));
}
