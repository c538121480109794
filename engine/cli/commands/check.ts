/** `netloom check`: every problem of a graph at once, or what it is made of. */
import { checkGraph } from '../../graph/check.ts';
import { type GraphSummary, summarize, typeLabel } from '../../graph/summary.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../errors.ts';
import { problemLine, readGraph } from '../graphs.ts';
import { formatCount, formatTable } from '../text.ts';

export const checkCommand = defineCommand({
  name: 'check',
  summary: 'Check a graph and say what is wrong with it, all at once.',
  description: 'Exit code 0: the graph can be trained (there may be warnings). 2: it cannot.',
  positionals: [{ name: 'graph', help: 'a .netloom file or the name of a template' }],
  flags: { json: { kind: 'switch', help: 'One JSON object: ok, problems and, when it is in order, parameters and nodes (how many).' } },
  examples: ['netloom check model.netloom', 'netloom check mnist-cnn --json'],
  async run({ positionals: [name = ''], flags }, terminal) {
    const read = readGraph(name);
    const { problems, graph } = 'problem' in read ? { problems: [read.problem], graph: undefined } : checkGraph(read.doc, { forTraining: true });
    const summary = graph === undefined ? undefined : summarize(graph);
    if (flags.json) {
      terminal.out(JSON.stringify({ ok: summary !== undefined, problems, ...(summary === undefined ? {} : { parameters: summary.trainable + summary.frozen, nodes: summary.nodes.length }) }));
      return summary === undefined ? EXIT.wrongInput : EXIT.done;
    }
    for (const problem of problems) terminal.out(problemLine(problem));
    if (summary === undefined) {
      const errors = problems.filter((problem) => problem.severity === 'error').length;
      terminal.err(`${name}: ${errors} ${errors === 1 ? 'error' : 'errors'}.`);
      return EXIT.wrongInput;
    }
    for (const line of nodeTable(summary)) terminal.out(line);
    terminal.out(`${name} is in order: ${totals(summary)}.`);
    return EXIT.done;
  },
});

/** A row per node; the weights are those that it has, trained or not. */
function nodeTable({ nodes }: GraphSummary): string[] {
  const rows = nodes.map(({ id, type, outputs, trainable, frozen }) => [
    id,
    type,
    outputs.filter((output) => output.type.shape.length > 0).map((output) => typeLabel(output.type)).join('  '),
    trainable + frozen === 0 ? '' : formatCount(trainable + frozen),
    frozen === 0 ? '' : 'frozen',
  ]);
  return formatTable([['node', 'type', 'output', 'weights', ''], ...rows]);
}

function totals({ nodes, trainable, frozen, buffers }: GraphSummary): string {
  const others = [...(frozen === 0 ? [] : [`${formatCount(frozen)} frozen`]), ...(buffers === 0 ? [] : [`${formatCount(buffers)} running statistics`])];
  return [`${nodes.length} nodes`, `${formatCount(trainable)} trained weights`, ...others].join(', ');
}
