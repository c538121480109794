/** Random graphs of random nodes: the checker never throws, and what it accepts can be lowered, in the promised shapes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkGraph } from '../../engine/graph/check.ts';
import type { GraphDoc, ParamValue } from '../../engine/graph/document.ts';
import { shapeOf } from '../../engine/graph/lower.ts';
import { parseDocument, serializeDocument } from '../../engine/graph/parse.ts';
import { summarize } from '../../engine/graph/summary.ts';
import type { ParamSpec } from '../../engine/nodes/node-type.ts';
import { allNodeTypes } from '../../engine/nodes/registry.ts';
import { type NodeSketch, makeDocument } from './documents.ts';
import { lowerForTest } from './lowering.ts';

const types = allNodeTypes();

/** Small values that a parameter allows, so that graphs stay small. */
function allowed(spec: ParamSpec): fc.Arbitrary<ParamValue> {
  const clamp = (n: number): number => Math.min(spec.kind === 'int' || spec.kind === 'optional-int' || spec.kind === 'ints' ? spec.max : n, Math.max(spec.kind === 'int' || spec.kind === 'optional-int' || spec.kind === 'ints' ? spec.min : n, n));
  switch (spec.kind) {
    case 'int': return fc.integer({ min: 1, max: 6 }).map(clamp);
    case 'optional-int': return fc.option(fc.integer({ min: 1, max: 6 }).map(clamp));
    case 'float': case 'optional-float': case 'text': return fc.constant(spec.default);
    case 'bool': return fc.boolean();
    case 'choice': return fc.constantFrom(...spec.options.map((option) => option.value));
    case 'ints': return fc.array(fc.integer({ min: 1, max: 4 }).map(clamp), { minLength: spec.minLength, maxLength: Math.min(spec.maxLength, 4) });
  }
}
// What JSON can say: it has no NaN, no infinities and no -0.
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0);
const anything: fc.Arbitrary<ParamValue> = fc.oneof(fc.integer(), number, fc.boolean(), fc.constant(null), fc.string(), fc.array(fc.integer({ min: -3, max: 9 }), { maxLength: 5 }));

interface Choice { readonly node: NodeSketch; readonly inputs: readonly { readonly from: number; readonly output: number; readonly skip: boolean }[] }

const node = (wild: boolean): fc.Arbitrary<Choice> => fc.constantFrom(...types).chain((type) => {
  const some = Object.fromEntries(Object.entries(type.params).map(([name, spec]) => [name, wild ? fc.oneof({ weight: 6, arbitrary: allowed(spec) }, { weight: 1, arbitrary: anything }) : allowed(spec)]));
  return fc.record({
    node: fc.record(some, { requiredKeys: [] }).map((params): NodeSketch => [type.type, params as Record<string, ParamValue>]),
    inputs: fc.array(fc.record({ from: fc.nat(), output: fc.nat(), skip: wild ? fc.boolean() : fc.constant(false) }), { minLength: 4, maxLength: 4 }),
  });
});

/** Nodes in a row; each input port is wired to some earlier node (or, in wild graphs, to any node at all). */
function assemble(choices: readonly Choice[], wild: boolean): GraphDoc {
  const nodes: Record<string, NodeSketch> = {};
  const wires: string[] = [];
  choices.forEach((choice, i) => {
    nodes[`n${i}`] = choice.node;
    const type = types.find((candidate) => candidate.type === choice.node[0])!;
    const ports = type.inputs.flatMap((port) => (port.multiple === true ? [port, port] : [port]));
    ports.forEach((port, j) => {
      const { from, output, skip } = choice.inputs[j]!;
      if (skip) return;
      const limit = wild ? choices.length : i;
      // Search from the drawn node onwards for an output of the port's kind; wild graphs take what they find.
      for (let k = 0; k < limit; k++) {
        const at = (from + k) % limit;
        const outputs = types.find((candidate) => candidate.type === choices[at]!.node[0])!.outputs.filter((out) => wild || out.kind === port.kind);
        const chosen = outputs[output % Math.max(1, outputs.length)];
        if (chosen === undefined) continue;
        wires.push(`n${at}.${chosen.name} -> n${i}.${port.name}`);
        return;
      }
    });
  });
  return makeDocument(nodes, wires, { batchSize: 2 });
}

function checkAndLower(doc: GraphDoc): boolean {
  const { problems, graph } = checkGraph(doc);
  for (const problem of problems) {
    expect(problem.code).not.toBe('infer-failed');
    expect(problem.message).toMatch(/[.?]$/);
    if (problem.node !== undefined) expect(Object.hasOwn(doc.nodes, problem.node)).toBe(true);
  }
  expect(graph === undefined).toBe(problems.some((problem) => problem.severity === 'error'));
  if (graph === undefined) return false;
  summarize(graph);
  for (const goal of ['train', 'predict'] as const) {
    const { lowered } = lowerForTest(graph, goal, 3, { until: graph.order.map((each) => each.id) });
    for (const each of graph.order) {
      lowered.values.get(each.id)?.forEach((value, i) => {
        expect(value?.shape).toEqual(shapeOf(each.outputTypes[i]!, 3));
        expect(value?.dtype).toBe(each.outputTypes[i]!.dtype);
      });
    }
    lowerForTest(graph, goal, 3);
  }
  return true;
}

test('graphs whose wires go forward', () => {
  let accepted = 0;
  const input: Choice = { node: ['Input', { shape: [2, 4, 4] }], inputs: [] };
  fc.assert(fc.property(fc.array(node(false), { minLength: 1, maxLength: 4 }), (choices) => {
    if (checkAndLower(assemble([input, ...choices], false))) accepted += 1;
  }), { numRuns: 1500 });
  // Otherwise this would test the checker's refusals alone.
  expect(accepted).toBeGreaterThan(100);
});

test('graphs of any wires and any values', () => {
  fc.assert(fc.property(fc.array(node(true), { maxLength: 12 }), (choices) => {
    const doc = assemble(choices, true);
    checkAndLower(doc);
    const { doc: read, problem } = parseDocument(serializeDocument(doc));
    if (problem === undefined) expect(checkGraph(read!).problems).toEqual(checkGraph(doc).problems);
    else expect(problem.code).toBe('file-schema');
  }), { numRuns: 400 });
});

test('layers in a row, each of any type, with skips', () => {
  const layers = types.filter((type) => type.outputs.length === 1 && type.outputs[0]!.kind === 'tensor' && type.inputs.length > 0);
  let accepted = 0;
  fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom(...layers), fc.nat()), { minLength: 1, maxLength: 6 }), (chain) => {
    // Wherever the checker refuses the next layer, it is left out: long graphs that are valid come of it.
    let doc = makeDocument({ n0: ['Input', { shape: [4, 6, 6] }], out: ['Output'] }, ['n0.y -> out.x']);
    const nodes: Record<string, NodeSketch> = { n0: ['Input', { shape: [4, 6, 6] }] };
    const wires: string[] = [];
    let last = 0;
    chain.forEach(([type, skip], i) => {
      const id = i + 1;
      const small = Object.fromEntries(['units', 'filters'].filter((name) => Object.hasOwn(type.params, name)).map((name) => [name, 4]));
      const into = type.inputs.flatMap((port) => (port.multiple === true ? [`n${last}.y -> n${id}.${port.name}`, `n${skip % id}.y -> n${id}.${port.name}`] : [`n${last}.y -> n${id}.${port.name}`]));
      if (into.some((wire) => !Object.hasOwn(nodes, wire.slice(0, wire.indexOf('.'))))) return;
      const candidate = makeDocument({ ...nodes, [`n${id}`]: [type.type, small], out: ['Output'] }, [...wires, ...into, `n${id}.y -> out.x`]);
      if (checkGraph(candidate).graph === undefined) return;
      nodes[`n${id}`] = [type.type, small];
      wires.push(...into);
      last = id;
      doc = candidate;
    });
    expect(checkAndLower(doc)).toBe(true);
    accepted += last > 0 ? 1 : 0;
  }), { numRuns: 300 });
  expect(accepted).toBeGreaterThan(150);
});
