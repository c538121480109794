/** Runs a written model in onnxruntime (its WebAssembly build, one thread), the judge of whether a file means what the graph means. */
import * as ort from 'onnxruntime-web';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

export interface FedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

export async function openModel(bytes: Uint8Array): Promise<{
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, FedTensor>>): Promise<Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>>>;
  close(): Promise<void>;
}> {
  // As written, without rewriting: what runs is what the file says.
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'], graphOptimizationLevel: 'disabled' });
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds) {
      const tensors = Object.fromEntries(Object.entries(feeds).map(([name, { shape, data }]) => [name, data instanceof Float32Array ? new ort.Tensor('float32', data, [...shape]) : new ort.Tensor('int32', data, [...shape])]));
      const results = await session.run(tensors);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, { shape: tensor.dims, data: Array.from(tensor.data as Float32Array, Number) }]));
    },
    close: () => session.release(),
  };
}
