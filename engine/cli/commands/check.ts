/** `netloom check`: every problem of a graph at once, or what it is made of. */
import type { CheckedGraph } from '../../graph/checked-graph.ts';
import { checkGraph } from '../../graph/check.ts';
import { elementCount } from '../../tensor/ir.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../errors.ts';
import { problemLine, readGraph } from '../graphs.ts';
import { formatCount, formatTable } from '../text.ts';

export const checkCommand = defineCommand({
  name: 'check',
  summary: 'Check a graph and say what is wrong with it, all at once.',
  description: 'Exit code 0: the graph can be trained (there may be warnings). 2: it cannot.',
  positionals: [{ name: 'graph', help: 'a .netloom file or the name of a template' }],
  flags: { json: { kind: 'switch', help: 'One JSON object: ok, problems.' } },
  examples: ['netloom check model.netloom', 'netloom check mnist-cnn --json'],
  async run({ positionals: [name = ''], flags }, terminal) {
    const read = readGraph(name);
    const { problems, graph } = 'problem' in read ? { problems: [read.problem], graph: undefined } : checkGraph(read.doc, { forTraining: true });
    if (flags.json) {
      terminal.out(JSON.stringify({ ok: graph !== undefined, problems, ...(graph === undefined ? {} : { parameters: parameterCount(graph), nodes: graph.nodes.size }) }));
      return graph === undefined ? EXIT.wrongInput : EXIT.done;
    }
    for (const problem of problems) terminal.out(problemLine(problem));
    if (graph === undefined) {
      const errors = problems.filter((problem) => problem.severity === 'error').length;
      terminal.err(`${name}: ${errors} ${errors === 1 ? 'error' : 'errors'}.`);
      return EXIT.wrongInput;
    }
    for (const line of graphTable(graph)) terminal.out(line);
    terminal.out(`${name} is in order: ${graph.nodes.size} nodes, ${formatCount(parameterCount(graph))} trained weights.`);
    return EXIT.done;
  },
});

const weightsOf = (node: CheckedGraph['order'][number]): number =>
  Object.values(node.weights).filter((weight) => weight.buffer !== true).reduce((sum, weight) => sum + elementCount(weight.shape), 0);

function parameterCount(graph: CheckedGraph): number {
  return graph.order.reduce((sum, node) => sum + weightsOf(node), 0);
}

function graphTable(graph: CheckedGraph): string[] {
  const rows = graph.order.map((node) => [
    node.id,
    node.definition.type,
    node.outputTypes.filter((type) => type.shape.length > 0).map((type) => `[${type.shape.join(', ')}]${type.dtype === 'f32' ? '' : ` ${type.dtype}`}`).join(' '),
    weightsOf(node) === 0 ? '' : formatCount(weightsOf(node)),
  ]);
  return formatTable([['node', 'type', 'output', 'weights'], ...rows]);
}
