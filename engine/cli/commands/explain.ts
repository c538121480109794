/** `netloom explain`: any stage between a graph and the code that runs, as text. */
import { printWgsl } from '../print-code.ts';
import { printWasm } from '../../backends/wasm/print.ts';
import { compileProgram } from '../../compile/compile.ts';
import { printPlan } from '../../compile/print.ts';
import type { CheckedGraph } from '../../graph/checked-graph.ts';
import { printProgram } from '../../tensor/print.ts';
import type { Program } from '../../tensor/ir.ts';
import { trainModel } from '../../train/model.ts';
import { inspectionProgram, sampleLayout, trainingProgram } from '../../train/step.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../errors.ts';
import { requireChecked, requireGraph } from '../graphs.ts';
import { syntheticData } from '../synthetic.ts';
import { checkCommand } from './check.ts';

const STAGES = ['check', 'ir', 'grad', 'fused', 'plan', 'wgsl', 'wasm'] as const;
type Stage = (typeof STAGES)[number];

export const explainCommand = defineCommand({
  name: 'explain',
  summary: 'Print a stage between a graph and the code that runs.',
  description: [
    'check: nodes and shapes. ir: the forward pass as tensor operations. grad: with gradients and the optimizer, one whole training step.',
    'fused: the kernels that the step becomes. plan: the same with every buffer and its place in memory. wgsl, wasm: the generated code.',
  ].join('\n'),
  positionals: [{ name: 'graph', help: 'a .netloom file or the name of a template' }],
  flags: {
    stage: { kind: 'choice', choices: STAGES, help: 'Which stage; plan when left out.' },
    batch: { kind: 'integer', value: 'N', min: 1, max: 1_000_000, help: "Samples per step; the graph's own when left out." },
  },
  examples: ['netloom explain mnist-mlp', 'netloom explain xor --stage wgsl'],
  async run({ positionals: [name = ''], flags: { stage = 'plan', batch } }, terminal) {
    if (stage === 'check') return checkCommand.run({ positionals: [name], flags: { json: false } }, terminal);
    const { doc } = requireGraph(name);
    const graph = requireChecked(doc, name, { forTraining: true }, (line) => terminal.err(line));
    terminal.out(await explain(graph, stage, batch ?? doc.training.batchSize));
    return EXIT.done;
  },
});

async function explain(graph: CheckedGraph, stage: Exclude<Stage, 'check'>, batch: number): Promise<string> {
  const model = trainModel(graph);
  const layouts = Object.fromEntries(Object.entries(syntheticData(graph, batch, 1)).map(([node, { train }]) => [node, Object.fromEntries(Object.entries(train).map(([port, array]) => [port, sampleLayout(array)]))]));
  const step = (): Program => trainingProgram(model, layouts, batch).program;
  switch (stage) {
    case 'ir': return printProgram(inspectionProgram(model, layouts, batch).program);
    case 'grad': return printProgram(step());
    case 'fused': {
      const text = printPlan(compileProgram(step()));
      // A plan's text is its buffers, then its kernels.
      return text.slice(text.indexOf('\nkernels\n') + 1);
    }
    case 'plan': return printPlan(compileProgram(step()));
    case 'wgsl': return printWgsl(compileProgram(step()));
    case 'wasm': return printWasm(compileProgram(step()));
  }
}
