/** Every example of every node type as ONNX, by the type's own operators and from its IR: onnxruntime must give what the graph gives. */
import { describe, expect, test } from 'vitest';
import type { NodeRec, EdgeRec, GraphDoc } from '../../engine/graph/document.ts';
import { DOCUMENT_VERSION } from '../../engine/graph/document.ts';
import type { AnyNodeType } from '../../engine/nodes/node-type.ts';
import { TRAINING } from '../graph/documents.ts';
import { checkedGraph } from '../graph/lowering.ts';
import { computingTypes, definedOnly, isLoss } from '../support/node-examples.ts';
import { STEP_BY_STEP, expectAgreement, withoutOwnForms } from './agreement.ts';

/** A document of one node, an Input on every wire and an Output on every result. */
function documentOf(type: AnyNodeType, index: number): GraphDoc {
  const example = type.examples[index];
  if (example === undefined) throw new Error(`${type.type} has no example ${index}`);
  const at = { position: { x: 0, y: 0 } };
  const nodes: Record<string, NodeRec> = { node: { type: type.type, params: definedOnly(example.params), ...at } };
  const edges: Record<string, EdgeRec> = {};
  example.inputs.forEach((input, i) => {
    // More wires than ports: the last port takes several.
    const port = type.inputs[Math.min(i, type.inputs.length - 1)];
    nodes[`in${i}`] = { type: 'Input', params: { name: `in${i}`, shape: input.shape.slice(1).map(Number), dtype: input.dtype === 'i32' ? 'i32' : 'f32', classes: input.classes ?? null }, ...at };
    edges[`e${i}`] = { from: { node: `in${i}`, port: 'y' }, to: { node: 'node', port: port?.name ?? '' } };
  });
  type.outputs.forEach((port, i) => {
    nodes[`out${i}`] = { type: 'Output', params: { name: `out${i}` }, ...at };
    edges[`o${i}`] = { from: { node: 'node', port: port.name }, to: { node: `out${i}`, port: 'x' } };
  });
  return { format: 'netloom', version: DOCUMENT_VERSION, name: type.type, nodes, edges, training: TRAINING };
}

const types = computingTypes().filter((type) => !isLoss(type));
const cases = types.flatMap((type) => type.examples.map((_, index) => [`${type.type}, example ${index}`, type, index] as const));

test('there is something to export', () => {
  expect(types.length).toBeGreaterThan(30);
});

describe.each(cases)('%s', (_title, type, index) => {
  test.skipIf(type.onnx === undefined)('by its own operators', async () => {
    await expectAgreement(checkedGraph(documentOf(type, index)), { batches: [1, 3] });
  });
  test('from its IR', async () => {
    const asIr = expectAgreement(withoutOwnForms(checkedGraph(documentOf(type, index))), { batches: [1, 3] });
    if (!STEP_BY_STEP.has(type.type)) await asIr;
    else await expect(asIr).rejects.toThrow(/repeats a step along a sequence.*Export the weights as safetensors/);
  });
});
