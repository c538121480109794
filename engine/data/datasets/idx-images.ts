/** MNIST and the sets in its format: two gzipped IDX files each for training and test. */
import type { NodeType } from '../../nodes/node-type.ts';
import type { PixelScaling } from '../../nodes/data/shared.ts';
import { DataError } from '../data-error.ts';
import type { Dataset, PerChannel, SampleArray, Samples } from '../dataset.ts';
import { obtainFiles, type PublishedSet } from '../download.ts';
import { gunzip } from '../gunzip.ts';
import { readIdx } from '../idx.ts';
import { ofChannel } from '../scaling.ts';
import { datasetFromNode } from './from-node.ts';

const TRAIN_COUNT = 60_000;
const TEST_COUNT = 10_000;
const SIDE = 28;
const CLASSES = 10;

export interface PixelStatistics {
  /** Of the training pixels, on the scale 0 … 1; of colours by channel. */
  readonly mean: PerChannel;
  readonly deviation: PerChannel;
}

export function idxImages<P extends { readonly scaling: PixelScaling; readonly limit: number | null }>(
  node: NodeType<P>,
  published: PublishedSet,
  classNames: readonly string[],
  statistics: PixelStatistics,
): Dataset {
  return datasetFromNode(node, {
    async load({ scaling, limit }, context) {
      const packed = await obtainFiles(published, context);
      const unpack = async (name: string, shape: readonly number[]): Promise<Uint8Array> => {
        const bytes = packed.get(name);
        if (bytes === undefined) throw new Error(`${published.title} lists no file ${name}`);
        return readIdx(await gunzip(bytes, name, context.platform), name, shape);
      };
      const split = async (prefix: string, count: number, wanted: number): Promise<Samples> => {
        const images = await unpack(`${prefix}-images-idx3-ubyte.gz`, [count, SIDE, SIDE]);
        const labels = await unpack(`${prefix}-labels-idx1-ubyte.gz`, [count]);
        const bad = labels.findIndex((label) => label >= CLASSES);
        if (bad >= 0) throw new DataError('data-format', { en: `${published.title}: label ${bad} of ${prefix}-labels-idx1-ubyte.gz is ${labels[bad]}; labels run from 0 to ${CLASSES - 1}`, zh: `${published.title}：${prefix}-labels-idx1-ubyte.gz 的第 ${bad} 个标签是 ${labels[bad]}；标签应为 0 到 ${CLASSES - 1}` });
        const x: SampleArray = { shape: [wanted, 1, SIDE, SIDE], data: images.subarray(0, wanted * SIDE * SIDE), ...pixelMap(scaling, statistics) };
        return { x, y: { shape: [wanted], data: Int32Array.from(labels.subarray(0, wanted)) } };
      };
      return { train: await split('train', TRAIN_COUNT, Math.min(limit ?? TRAIN_COUNT, TRAIN_COUNT)), test: await split('t10k', TEST_COUNT, TEST_COUNT), classNames };
    },
    preprocessing: ({ scaling }) => ({ x: { ...pixelMap(scaling, statistics), from: 'pixel bytes 0 … 255' } }),
  });
}

/** The map from a byte to the network's number. */
export function pixelMap(scaling: PixelScaling, { mean, deviation }: PixelStatistics): { readonly scale: PerChannel; readonly shift: PerChannel } {
  switch (scaling) {
    case 'unit':
      return { scale: 1 / 255, shift: 0 };
    case 'signed':
      return { scale: 2 / 255, shift: -1 };
    case 'standard':
      if (typeof mean === 'number' && typeof deviation === 'number') return { scale: 1 / (255 * deviation), shift: -mean / deviation };
      return {
        scale: channelNumbers(mean, deviation).map(([, spread]) => 1 / (255 * spread)),
        shift: channelNumbers(mean, deviation).map(([middle, spread]) => -middle / spread),
      };
  }
}

const channelNumbers = (mean: PerChannel, deviation: PerChannel): readonly (readonly [mean: number, deviation: number])[] => {
  const channels = Math.max(...[mean, deviation].map((numbers) => (typeof numbers === 'number' ? 1 : numbers.length)));
  return Array.from({ length: channels }, (_, channel) => [ofChannel(mean, channel), ofChannel(deviation, channel)] as const);
};
