/** The plan of a template's training step, over made-up data of its shapes. */
import { readFileSync } from 'node:fs';
import { syntheticData } from '../../engine/cli/synthetic.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import type { Plan } from '../../engine/compile/plan.ts';
import { parseDocument } from '../../engine/graph/parse.ts';
import { trainModel } from '../../engine/train/model.ts';
import { sampleLayout, trainingProgram } from '../../engine/train/step.ts';
import { checkedGraph } from '../graph/lowering.ts';

const plans = new Map<string, Plan>();

export function templatePlan(template: string, batch = 128): Plan {
  const key = `${template} ${batch}`;
  let plan = plans.get(key);
  if (plan === undefined) {
    const { doc } = parseDocument(readFileSync(new URL(`../../assets/templates/${template}.netloom`, import.meta.url)));
    const graph = checkedGraph(doc!);
    const layouts = Object.fromEntries(Object.entries(syntheticData(graph, batch, 1)).map(([node, { train }]) => [node, Object.fromEntries(Object.entries(train).map(([port, array]) => [port, sampleLayout(array)]))]));
    plan = compileProgram(trainingProgram(trainModel(graph), layouts, batch).program);
    plans.set(key, plan);
  }
  return plan;
}
