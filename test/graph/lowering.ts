/** Lowers a checked document with named inputs for its sources and runs the result on the float64 reference. */
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { checkGraph } from '../../engine/graph/check.ts';
import type { CheckedGraph } from '../../engine/graph/checked-graph.ts';
import type { GraphDoc } from '../../engine/graph/document.ts';
import { type Goal, type Lowered, type LowerOptions, lowerGraph, shapeOf } from '../../engine/graph/lower.ts';
import { type ParameterLayout, layOutParameters, toStorage } from '../../engine/graph/parameters.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type Value, makeProgram } from '../../engine/tensor/ir.ts';

export function checkedGraph(doc: GraphDoc): CheckedGraph {
  const { graph, problems } = checkGraph(doc);
  if (graph === undefined) throw new Error(`the document has problems: ${problems.map((problem) => problem.message).join(' ')}`);
  return graph;
}

export interface Sketch {
  readonly graph: CheckedGraph;
  readonly layout: ParameterLayout;
  readonly builder: Builder;
  readonly lowered: Lowered;
}

/** Sources become inputs `<node>.<port>`; seed and step are the inputs of these names. */
export function lowerForTest(graph: CheckedGraph, goal: Goal, batch: number, more: Partial<LowerOptions> = {}): Sketch {
  const builder = new Builder();
  const layout = layOutParameters(graph);
  const lowered = lowerGraph(graph, {
    builder, layout, batch, goal, seed: builder.input('seed', [], 'i32'), step: builder.input('step', [], 'i32'),
    source: (node, port, type) => builder.input(`${node.id}.${port}`, shapeOf(type, batch), type.dtype), ...more,
  });
  return { graph, layout, builder, lowered };
}

/** Arenas filled with the given weights (PyTorch's layout, by key); what is not given is zero. */
export function arenasWith(layout: ParameterLayout, weights: Readonly<Record<string, readonly number[]>>): Map<string, Float64Array> {
  return new Map(layout.arenas.map((arena) => {
    const data = new Float64Array(arena.length);
    for (const entry of arena.entries) {
      const given = weights[entry.key];
      if (given !== undefined) data.set(toStorage(given, entry.shape, entry.storage), entry.offset);
    }
    return [arena.name, data];
  }));
}

/** The numbers of some values of a lowered graph. */
export function evaluate(sketch: Sketch, values: Readonly<Record<string, Value | undefined>>, feeds: Readonly<Record<string, number | readonly number[]>>, weights: Readonly<Record<string, readonly number[]>> = {}): Record<string, number[]> {
  const outputs = new Map(Object.entries(values).map(([name, value]) => {
    if (value === undefined) throw new Error(`'${name}' was not lowered`);
    return [name, value];
  }));
  const result = evaluateProgram(makeProgram(outputs), feeds, arenasWith(sketch.layout, weights));
  return Object.fromEntries([...result.outputs].map(([name, tensor]) => [name, [...tensor.data]]));
}
