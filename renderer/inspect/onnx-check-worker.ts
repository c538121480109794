/** Runs an exported file in onnxruntime-web, apart from the window, and holds its outputs against this engine's. */
import * as ort from 'onnxruntime-web/wasm';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import type { ExportReply, TensorData } from '../../engine/protocol.ts';
import { type Difference, largestDifference } from './difference.ts';

export interface OnnxQuestion {
  readonly bytes: Uint8Array;
  readonly check: NonNullable<ExportReply['check']>;
}
export type OnnxAnswer = { readonly kind: 'agrees'; readonly difference: Difference; readonly samples: number; readonly runtime: string } | { readonly kind: 'failed'; readonly message: string };

ort.env.wasm.wasmPaths = { wasm: new URL(wasmUrl, import.meta.url).href };
ort.env.wasm.numThreads = 1;

function tensorOf({ data, shape }: TensorData): ort.Tensor {
  if (data instanceof Float32Array) return new ort.Tensor('float32', data, shape);
  if (data instanceof Int32Array) return new ort.Tensor('int32', data, shape);
  return new ort.Tensor('uint8', data, shape);
}
/** Token and class inputs may be int64 in a file; JavaScript's numbers are given in whatever type it asks for. */
async function runFile({ bytes, check }: OnnxQuestion): Promise<OnnxAnswer> {
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const types = new Map(session.inputMetadata.map((each) => [each.name, each.isTensor ? each.type : 'float32']));
  const feeds = Object.fromEntries(Object.entries(check.inputs).map(([name, tensor]) => [name, types.get(name) === 'int64' ? new ort.Tensor('int64', BigInt64Array.from(tensor.data, (value) => BigInt(Math.round(value))), tensor.shape) : tensorOf(tensor)]));
  const results = await session.run(feeds);
  let difference: Difference = { absolute: 0, relative: 0 };
  let samples = 0;
  for (const [name, expected] of Object.entries(check.outputs)) {
    const result = results[name];
    if (result === undefined) return { kind: 'failed', message: `onnxruntime-web gave no output '${name}'; it gave ${Object.keys(results).join(', ')}` };
    const own = largestDifference(Float64Array.from(result.data as ArrayLike<number | bigint>, Number), expected.data);
    if (own.relative >= difference.relative) difference = own;
    samples = expected.shape[0] ?? 0;
  }
  await session.release();
  return { kind: 'agrees', difference, samples, runtime: ort.env.versions.web ?? ort.env.versions.common };
}

addEventListener('message', (event: MessageEvent<OnnxQuestion>) => {
  runFile(event.data).then((answer) => postMessage(answer), (error: unknown) => postMessage({ kind: 'failed', message: error instanceof Error ? error.message : String(error) } satisfies OnnxAnswer));
});
