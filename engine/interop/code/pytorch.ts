/**
 * A graph as a PyTorch script: a module whose layers carry the nodes' names, so that exported
 * weights load into it by name. Made of the lines that each node type gives, in functional order,
 * which any directed acyclic graph has.
 */
import { type CheckedGraph, type CheckedNode, ancestors, weightPrefix } from '../../graph/checked-graph.ts';
import { FormatError } from '../format-error.ts';
import { type ModelInput, type ModelOutput, modelInputs, modelOutputs } from '../results.ts';
import { PythonNames } from './names.ts';

/** The parts of the module, as lines of Python without indentation. */
interface ModuleParts {
  /** `self.conv1 = nn.Conv2d(…)`. */
  readonly layers: readonly string[];
  /** What `forward` does, its return aside. */
  readonly steps: readonly string[];
  readonly parameters: readonly string[];
  readonly result: string;
  /** Entries `'python name': 'node id'` of the layers whose weights the file knows by another name. */
  readonly renamed: readonly string[];
}

/** Throws FormatError when the graph predicts nothing. */
export function exportPytorch(graph: CheckedGraph): string {
  const outputs = modelOutputs(graph);
  if (outputs.length === 0) throw new FormatError({ en: 'The graph predicts nothing that could be exported: it has neither an Output nor a loss. Wire the prediction to an Output node.', zh: '该图没有可导出的预测：既没有输出节点，也没有损失。请把预测连接到输出节点。' });
  const needed = ancestors(graph, outputs.map((output) => output.node));
  const inputs = modelInputs(graph, needed, outputs);
  return script(graph, translate(graph, needed, inputs, outputs), inputs, outputs.length === 1);
}

function translate(graph: CheckedGraph, needed: ReadonlySet<string>, inputs: readonly ModelInput[], outputs: readonly ModelOutput[]): ModuleParts {
  const names = new PythonNames();
  /** Python's name of the value at a node's output. */
  const values = new Map<string, string>();
  const at = (node: string, output: number): string => `${output} ${node}`;
  const valueAt = (node: string, output: number): string => {
    const name = values.get(at(node, output));
    if (name === undefined) throw new Error(`Nothing was written for output ${output} of node '${node}'.`);
    return name;
  };
  const layers: string[] = [];
  const steps: string[] = [];
  const renamed: string[] = [];
  /** The first layer that uses some weights, by the node that they are named by. */
  const owners = new Map<string, { readonly name: string; readonly line: string }>();
  for (const input of inputs) values.set(at(input.node.id, input.output), names.take(input.name));
  for (const node of graph.order) {
    if (!needed.has(node.id) || node.role !== 'compute' || node.definition.drawn === true) continue;
    const name = names.take(node.id);
    const line = node.definition.code.pytorch(node.params, node.inputTypes);
    const ins = node.inputs.map((input) => valueAt(input.from, input.output));
    if (line.startsWith('nn.')) {
      const hasWeights = Object.keys(node.weights).length > 0;
      const owner = hasWeights ? owners.get(node.weightOwner) : undefined;
      if (owner?.line !== line) {
        layers.push(`self.${name} = ${line}`);
        if (owner !== undefined) layers.push(`share(self.${name}, self.${owner.name})`);
        if (hasWeights && name !== weightPrefix(node)) renamed.push(`'${name}': '${weightPrefix(node)}'`);
      }
      if (owner === undefined) owners.set(node.weightOwner, { name, line });
      const layer = `self.${owner?.line === line ? owner.name : name}`;
      const expression = node.definition.code.pytorchCall?.(node.params, node.inputTypes);
      steps.push(`${name} = ${expression === undefined ? `${layer}(${ins.join(', ')})` : substitute(expression, node, ins, layer)}`);
    } else {
      steps.push(`${name} = ${substitute(line, node, ins)}`);
    }
    values.set(at(node.id, 0), name);
  }
  const [only] = outputs;
  const result = outputs.length === 1 && only !== undefined ? valueAt(only.node, only.output) : `{${outputs.map((output) => `${text(output.name)}: ${valueAt(output.node, output.output)}`).join(', ')}}`;
  return { layers, steps, renamed, result, parameters: inputs.map((input) => valueAt(input.node.id, input.output)) };
}

function script(graph: CheckedGraph, { layers, steps, parameters, result, renamed }: ModuleParts, inputs: readonly ModelInput[], hasOneOutput: boolean): string {
  const body = [...layers, ...steps].join('\n');
  const lines = [
    `"""${title(graph)}, as a PyTorch module. Written by Netloom.`,
    '',
    'python <this file> [weights.safetensors or weights.npz] prints the shape of what a batch of two zeros gives.',
    '"""',
    'import sys',
    '',
    'import torch',
    'import torch.nn as nn',
    ...(/\bF\./.test(body) ? ['import torch.nn.functional as F'] : []),
    '',
    '',
    ...(layers.some((line) => line.startsWith('share(')) ? [
      'def share(layer, owner):',
      '    """Makes a layer use the weights and running statistics of another one."""',
      '    # A layer behind its padding is the last of an nn.Sequential.',
      '    layer, owner = [each[-1] if isinstance(each, nn.Sequential) else each for each in (layer, owner)]',
      '    for name in [*owner._parameters, *owner._buffers]:',
      '        setattr(layer, name, getattr(owner, name))',
      '',
      '',
    ] : []),
    ...trainingNotes(graph),
    'class Model(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    ...layers.map((line) => `        ${line}`),
    '',
    `    def forward(${['self', ...parameters].join(', ')}):`,
    ...steps.map((line) => `        ${line}`),
    `        return ${result}`,
    '',
    '',
    ...(renamed.length === 0 ? [] : [
      '# Layers whose weights the file knows by another name: that of their node, with dots between the steps of a path into blocks.',
      `NODES = {${renamed.join(', ')}}`,
      '',
      '',
    ]),
    'def load_weights(model, path):',
    '    """Takes what `netloom export` writes as safetensors or npz: tensors called <node id>.<weight>."""',
    "    if path.endswith('.npz'):",
    '        import numpy',
    '        file = {name: torch.from_numpy(array) for name, array in numpy.load(path).items()}',
    '    else:',
    '        from safetensors.torch import load_file',
    '        file = load_file(path)',
    '    state = model.state_dict()',
    '    for name in state:',
    '        # A layer behind its padding is numbered inside an nn.Sequential: conv.1.weight is conv.weight.',
    "        node, *parts = [part for part in name.split('.') if not part.isdigit()]",
    "        if parts[-1] != 'num_batches_tracked':",
    `            state[name] = file['.'.join([${renamed.length === 0 ? 'node' : 'NODES.get(node, node)'}, *parts])]`,
    '    model.load_state_dict(state)',
    '    return model',
    '',
    '',
    "if __name__ == '__main__':",
    '    model = Model()',
    '    if len(sys.argv) > 1:',
    '        load_weights(model, sys.argv[1])',
    '    model.eval()',
    '    with torch.no_grad():',
    `        result = model(${inputs.map(zeros).join(', ')})`,
    hasOneOutput ? '    print(tuple(result.shape))' : '    print({name: tuple(value.shape) for name, value in result.items()})',
    '',
  ];
  return lines.join('\n');
}

/** A node's expression with its operands in place of the names that it uses: `x`, or `x1`, `x2`, … for several wires, or the ports'. */
function substitute(line: string, node: CheckedNode, ins: readonly string[], layer?: string): string {
  const operands = new Map<string, string>(layer === undefined ? [] : [['layer', layer]]);
  node.inputs.forEach((input, i) => {
    const value = ins[i] ?? '';
    operands.set(input.port, value);
    operands.set(`x${i + 1}`, value);
  });
  return line.replace(/(?<![\w.'"])[A-Za-z_]\w*(?![\w'"]|\s*=(?!=))/g, (name) => operands.get(name) ?? name);
}

/** What it was trained with, for readers: training itself stays with the graph. */
function trainingNotes(graph: CheckedGraph): string[] {
  const line = (node: CheckedNode): string => node.definition.code.pytorch(node.params, node.inputTypes);
  const notes = [
    ...graph.losses.map(({ node, weight }) => `# loss '${node.id}'${weight === 1 ? '' : `, times ${weight}`}: ${line(node)}`),
    ...graph.optimizers.flatMap((optimizer) => [`# optimizer${graph.optimizers.length === 1 ? '' : ` '${optimizer.node.id}'`}: ${line(optimizer.node)}`, ...(optimizer.schedule === undefined ? [] : [`# schedule: ${line(optimizer.schedule)}`])]),
  ];
  return notes.length === 0 ? [] : ['# In Netloom the graph is trained with', ...notes];
}

const zeros = ({ type }: ModelInput): string => `torch.zeros(${type.shape.map((dim) => (dim === 'N' ? 2 : dim)).join(', ')}${type.dtype === 'f32' ? '' : ', dtype=torch.long'})`;
const text = (value: string): string => `'${value.replace(/[\\']/g, '\\$&').replace(/[\r\n]+/g, ' ')}'`;
/** Inside a doc string, which a name must neither end nor escape from. */
const title = (graph: CheckedGraph): string => graph.doc.name.replace(/["\\\r\n]/g, ' ').trim() || 'A graph';
