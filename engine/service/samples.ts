/** Some samples of a data node, as the network sees them: for previews, for picking one to test with, for the images behind a confusion. */
import type { SampleArray } from '../data/dataset.ts';
import { ofChannel } from '../data/scaling.ts';
import { tokenizerOf } from '../data/text/token-coding.ts';
import type { CheckedGraph } from '../graph/checked-graph.ts';
import type { EngineMethods, SamplesReply, TensorData } from '../protocol.ts';
import type { Asker, DataStore } from './data-store.ts';
import { EngineFailure, text } from './failure.ts';

export async function samplesReply({ node: id, split, indices }: EngineMethods['samples']['params'], graph: CheckedGraph, data: DataStore, asker: Asker): Promise<SamplesReply> {
  const node = graph.nodes.get(id);
  if (node === undefined || node.role !== 'source') throw new EngineFailure('no-data-node', text(`There is no data node '${id}'.`, `没有数据节点“${id}”。`), { node: id });
  const loaded = await data.loadNode(node, graph.doc.training.seed, asker);
  const samples = loaded[split];
  const total = Object.values(samples ?? {})[0]?.shape[0] ?? 0;
  const missing = indices.find((index) => index >= total);
  if (samples !== undefined && missing !== undefined) throw new EngineFailure('no-such-sample', text(`There is no sample ${missing}; '${node.label}' has ${total}.`, `没有第 ${missing} 个样本；“${node.label}”共有 ${total} 个。`), { node: id });
  const tokenNames = loaded.tokens === undefined ? undefined : Object.fromEntries(Object.entries(loaded.tokens).map(([port, coding]) => [port, tokenizerOf(coding).names]));
  return { ports: Object.fromEntries(Object.entries(samples ?? {}).map(([port, array]) => [port, picked(array, indices)])), total, classNames: loaded.classNames, ...(tokenNames === undefined ? {} : { tokenNames }) };
}

/** The rows of `indices`: class numbers stay whole, everything else becomes the network's numbers. */
export function picked({ shape, data, scale = 1, shift = 0 }: SampleArray, indices: readonly number[]): TensorData {
  const perSample = shape.slice(1).reduce((product, n) => product * n, 1);
  const wanted = [indices.length, ...shape.slice(1)];
  const out = data instanceof Int32Array ? new Int32Array(indices.length * perSample) : new Float32Array(indices.length * perSample);
  // In single precision, step by step, as the device does it: so they are the network's numbers to the bit.
  const channels = typeof scale === 'number' && typeof shift === 'number' ? 1 : (shape[1] ?? 1);
  const factors = Array.from({ length: channels }, (_, channel) => Math.fround(ofChannel(scale, channel)));
  const offsets = Array.from({ length: channels }, (_, channel) => Math.fround(ofChannel(shift, channel)));
  const plane = perSample / channels;
  indices.forEach((index, i) => {
    for (let k = 0; k < perSample; k++) {
      const value = data[index * perSample + k] ?? 0;
      const channel = Math.floor(k / plane);
      out[i * perSample + k] = data instanceof Int32Array ? value : Math.fround(value * (factors[channel] ?? 1)) + (offsets[channel] ?? 0);
    }
  });
  return { shape: wanted, data: out };
}
