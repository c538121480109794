/** Loss and metrics of a trained model over a data set: `netloom eval`. */
import { allSamples } from './batches.ts';
import { requireLabels, requireSources } from './check-data.ts';
import { DATA_WORDS, DataError, DeviceModel, sampleCount, splitOf } from './device-model.ts';
import { metricResults, metricValues, trainModel } from './model.ts';
import { evaluatePass } from './pass.ts';
import type { EvaluateOptions, EvaluateResult } from './run-contract.ts';
import { completeTensors } from './weights.ts';

export async function evaluateModel(options: EvaluateOptions): Promise<EvaluateResult> {
  const model = trainModel(options.graph);
  const split = options.split ?? (splitOf(options.data, 'test') === undefined ? 'train' : 'test');
  const samples = splitOf(options.data, split);
  if (samples === undefined) throw new DataError({ en: `There is no ${split} data to evaluate on.`, zh: `没有可用于评估的${DATA_WORDS[split]}数据。` });
  requireSources(model, samples, split);
  requireLabels(model, samples, split);
  const count = sampleCount(samples, split);
  const device = new DeviceModel(model, options.backend, { [split]: samples });
  try {
    await device.writeTensors({ weights: completeTensors(model.layout, options.weights), moments: {} });
    const totals = await evaluatePass(device, split, allSamples(count), {
      batchSize: options.batchSize ?? options.graph.doc.training.batchSize,
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    });
    if (totals === undefined) throw new Error('The evaluation was cancelled.');
    const tables = metricResults(model, totals).flatMap(({ node, result }) => (result.table === undefined ? [] : [{ node, ...result.table }]));
    return { split, samples: count, metrics: metricValues(model, totals), tables };
  } finally {
    await device.dispose();
  }
}
