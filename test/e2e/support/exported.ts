/** Judges exported files as a stranger would: the ONNX file is run in onnxruntime, the document with its weights on the float64 reference. */
import { expect } from 'vitest';
import { checkGraph } from '../../../engine/graph/check.ts';
import { parseDocument } from '../../../engine/graph/parse.ts';
import { readSafetensors } from '../../../engine/interop/safetensors.ts';
import { requireFittingWeights } from '../../../engine/interop/weights.ts';
import { TOLERANCE, largestDifference, referencePrediction } from '../../interop/agreement.ts';
import { modelProblems } from '../../interop/onnx-check.ts';
import { openModel } from '../../interop/onnx-session.ts';

/** The largest difference between the file's outputs and the graph's; fails where it is too large or the file is not well-formed. */
export async function expectSamePredictions(files: { readonly document: Uint8Array; readonly weights: Uint8Array; readonly onnx: Uint8Array }): Promise<number> {
  const { doc, problem } = parseDocument(files.document);
  expect(problem).toBeUndefined();
  const { graph, problems } = checkGraph(doc!);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const { weights } = requireFittingWeights(graph!, readSafetensors(files.weights).tensors);
  expect(modelProblems(files.onnx)).toEqual([]);
  const model = await openModel(files.onnx);
  try {
    const { feeds, outputs } = referencePrediction(graph!, weights, 3);
    const found = await model.run(feeds);
    expect(Object.keys(found).sort()).toEqual([...outputs.keys()].sort());
    let worst = 0;
    for (const [name, wanted] of outputs) worst = Math.max(worst, largestDifference(found[name]?.data ?? [], wanted.data));
    expect(worst).toBeLessThan(TOLERANCE);
    return worst;
  } finally {
    await model.close();
  }
}
