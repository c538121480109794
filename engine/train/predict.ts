/** What a trained model answers to given samples: `netloom predict`. Labels are not needed. */
import type { NamedTensor } from '../interop/named-tensors.ts';
import { elementCount } from '../tensor/ir.ts';
import { allSamples } from './batches.ts';
import { DeviceModel, sampleCount } from './device-model.ts';
import { trainModel } from './model.ts';
import { predictPass } from './pass.ts';
import type { PredictOptions, Predictions } from './run-contract.ts';
import { completeTensors } from './weights.ts';

export async function predict(options: PredictOptions): Promise<Predictions> {
  const model = trainModel(options.graph);
  // A generator makes its samples of noise alone: as many as are asked for.
  const count = Object.keys(options.samples).length === 0 && options.count !== undefined ? options.count : sampleCount(options.samples, 'given');
  const device = new DeviceModel(model, options.backend, { predict: options.samples });
  const results: Record<string, NamedTensor & { readonly data: Float32Array }> = {};
  try {
    await device.writeTensors({ weights: completeTensors(model.layout, options.weights), moments: {} });
    const batchSize = options.batchSize ?? options.graph.doc.training.batchSize;
    await predictPass(device, 'predict', allSamples(count), { batchSize, ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }) }, ({ program }, outputs, first) => {
      for (const { node, output } of program.predictions) {
        const data = outputs[output];
        const shape = program.program.outputs.get(output)?.shape ?? [];
        if (data === undefined) throw new Error(`The backend did not return '${output}'.`);
        const perSample = elementCount(shape.slice(1));
        results[node] ??= { shape: [count, ...shape.slice(1)], data: new Float32Array(count * perSample) };
        results[node].data.set(data, first * perSample);
      }
    });
    return results;
  } finally {
    await device.dispose();
  }
}
