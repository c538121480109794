/**
 * A graph as a PyTorch script: a module whose layers carry the nodes' names, so that exported
 * weights load into it by name. Made of the lines that each node type gives, in functional order,
 * which any directed acyclic graph has.
 */
import { type CheckedGraph, type CheckedNode, ancestors } from '../../graph/checked-graph.ts';
import { FormatError } from '../format-error.ts';
import { type ModelInput, modelInputs, modelOutputs } from '../results.ts';
import { trainingStep } from './pytorch-training.ts';
import { Translation } from './translation.ts';

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

/** Throws FormatError when the graph predicts nothing. How several optimizers take turns is more than a comment can say: that part of the training is written too. */
export function exportPytorch(graph: CheckedGraph): string {
  return translate(graph, graph.optimizers.length > 1).code;
}

/** With `make_optimizers` and `training_step`, which takes the values of `inputs` behind model, optimizers and step. Throws FormatError as `exportPytorch` does, and where nothing is trained. */
export function exportPytorchTraining(graph: CheckedGraph): { readonly code: string; readonly inputs: readonly ModelInput[] } {
  if (graph.optimizers.length === 0 || graph.losses.length === 0) throw new FormatError({ en: 'The graph has no training that could be exported: it needs a loss, and an optimizer wired to it.', zh: '该图没有可导出的训练：需要一个损失，以及与其相连的优化器。' });
  return translate(graph, true);
}

function translate(graph: CheckedGraph, training: boolean): { readonly code: string; readonly inputs: readonly ModelInput[] } {
  const outputs = modelOutputs(graph);
  if (outputs.length === 0) throw new FormatError({ en: 'The graph predicts nothing that could be exported: it has neither an Output nor a loss. Wire the prediction to an Output node.', zh: '该图没有可导出的预测：既没有输出节点，也没有损失。请把预测连接到输出节点。' });
  const needed = ancestors(graph, outputs.map((output) => output.node));
  const inputs = modelInputs(graph, needed, outputs);
  const trained = training ? ancestors(graph, [...outputs.map((output) => output.node), ...graph.losses.map(({ node }) => node.id)]) : needed;
  const translation = new Translation(graph, trained, trained === needed ? inputs : modelInputs(graph, trained, outputs));
  const [only] = outputs;
  const parts: ModuleParts = {
    layers: translation.layers, renamed: translation.renamed,
    steps: graph.order.flatMap((node) => (needed.has(node.id) ? translation.step(node, 'self') : [])),
    parameters: inputs.map((input) => translation.value(input.node.id, input.output)),
    result: outputs.length === 1 && only !== undefined ? translation.value(only.node, only.output) : `{${outputs.map((output) => `${text(output.name)}: ${translation.value(output.node, output.output)}`).join(', ')}}`,
  };
  return { code: script(graph, parts, inputs, outputs.length === 1, training ? trainingStep(graph, translation) : []), inputs: translation.inputs };
}

function script(graph: CheckedGraph, { layers, steps, parameters, result, renamed }: ModuleParts, inputs: readonly ModelInput[], hasOneOutput: boolean, training: readonly string[]): string {
  const body = [...layers, ...steps, ...training].join('\n');
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
    ...(training.length === 0 ? trainingNotes(graph) : []),
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
    ...training,
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
