/** Every template, and every ready block in its example, as ONNX: onnxruntime must give what the graph gives. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dataset } from '../../engine/data/datasets/index.ts';
import { parseDocument } from '../../engine/graph/parse.ts';
import { READY_BLOCKS } from '../../engine/graph/ready-blocks.ts';
import { TEMPLATES } from '../../engine/graph/templates.ts';
import { exportOnnx } from '../../engine/interop/onnx/export-onnx.ts';
import { onnxCodec } from '../../engine/interop/onnx/schema.ts';
import { checkedGraph } from '../graph/lowering.ts';
import { STEP_BY_STEP, expectAgreement, someWeights, withoutOwnForms } from './agreement.ts';

const graphOf = (file: string) => {
  const { doc, problem } = parseDocument(readFileSync(new URL(`../../assets/${file}`, import.meta.url)));
  if (doc === undefined) throw new Error(problem.message);
  return checkedGraph(doc);
};

describe.each([...TEMPLATES, ...READY_BLOCKS].map(({ id, file }) => [id, file] as const))('%s', (_id, file) => {
  test('gives the same in onnxruntime, by its nodes\' own operators', async () => {
    await expectAgreement(graphOf(file), { batches: [1, 3] });
  });
  test('gives the same in onnxruntime, from IR alone', async () => {
    await expectAgreement(withoutOwnForms(graphOf(file), STEP_BY_STEP), { batches: [1, 3] });
  });
});

test('the file tells the classes and what pixels must go through', () => {
  const graph = graphOf('templates/mnist-cnn.netloom');
  const classNames = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
  const ports = dataset('mnist')?.preprocessing?.(graph.nodes.get('mnist')?.params ?? {}) ?? {};
  const preprocessing = Object.fromEntries(Object.entries(ports).map(([port, given]) => [`mnist.${port}`, given]));
  const model = onnxCodec.decode('ModelProto', exportOnnx({ graph, weights: someWeights(graph), classNames, preprocessing, producerVersion: '1.2.3' }));
  expect(model).toMatchObject({ producerName: 'Netloom', producerVersion: '1.2.3', irVersion: 8, opsetImport: [{ version: 17 }], docString: graph.doc.description });
  const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, JSON.parse(value ?? '') as unknown]));
  expect(metadata).toEqual({ class_names: classNames, preprocessing: { x: { scale: 1 / 255, shift: 0, from: 'pixel bytes 0 … 255' } } });
  expect(model.graph?.input[0]).toMatchObject({ name: 'x', type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'batch' }, { dimValue: 1 }, { dimValue: 28 }, { dimValue: 28 }] } } } });
  expect(model.graph?.output[0]).toMatchObject({ name: 'output', type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'batch' }, { dimValue: 10 }] } } } });
});
