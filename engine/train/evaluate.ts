/** Loss and metrics of a trained model over a data set: `netloom eval`. */
import { type EpisodeFigures, episodeFigures } from '../data/environments/experience.ts';
import type { NodeId } from '../graph/document.ts';
import type { MetricValues } from '../protocol.ts';
import { allSamples } from './batches.ts';
import { requireLabels, requireSources } from './check-data.ts';
import { DATA_WORDS, DataError, DeviceModel, sampleCount, splitOf } from './device-model.ts';
import { playGreedily, testPlayers } from './greedy-play.ts';
import { figuresOf } from './player.ts';
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
    return { split, samples: count, metrics: { ...metricValues(model, totals), ...(await playedOnItsOwn(device, options)) }, tables };
  } finally {
    await device.dispose();
  }
}

/** What the network's own episodes come to, without chance in its choices, in the environments among the sources. */
async function playedOnItsOwn(device: DeviceModel, { graph, data }: EvaluateOptions): Promise<MetricValues> {
  const figures: Record<NodeId, EpisodeFigures> = {};
  for (const [node, { playable }] of Object.entries(data)) {
    if (playable !== undefined) figures[node] = episodeFigures(await playGreedily(device, node, playable, testPlayers(graph.doc.training.seed)));
  }
  return figuresOf(figures);
}
