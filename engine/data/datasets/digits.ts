/** Digits: drawn by the generator; endless, for each epoch may have its own training pictures. */
import { digitsNode, type DigitsParams } from '../../nodes/data/digits.ts';
import type { DataContext, Samples } from '../dataset.ts';
import { makeDigits, SIDE } from '../digits/generator.ts';
import { datasetFromNode, TEST_STREAM, TRAIN_STREAM } from './from-node.ts';

const CLASS_NAMES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** Ink as bytes to 0 … 1. */
const SCALE = 1 / 255;

async function make(params: DigitsParams, context: DataContext, split: number, epoch: number): Promise<Samples> {
  const count = split === TRAIN_STREAM ? params.trainSamples : params.testSamples;
  const { images, labels } = await makeDigits(params, count, params.seed ?? context.seed, split, epoch);
  return { x: { shape: [count, 1, SIDE, SIDE], data: images, scale: SCALE }, y: { shape: [count], data: Int32Array.from(labels) } };
}

export const digits = datasetFromNode(digitsNode, {
  load: async (params, context) => ({
    train: await make(params, context, TRAIN_STREAM, 0),
    ...(params.testSamples === 0 ? {} : { test: await make(params, context, TEST_STREAM, 0) }),
    classNames: CLASS_NAMES,
  }),
  preprocessing: () => ({ x: { scale: SCALE, shift: 0, from: 'pixel bytes 0 … 255' } }),
  refresh: async (params, context, epoch) => make(params, context, TRAIN_STREAM, params.fresh ? epoch : 0),
});
