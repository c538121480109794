/** What the data nodes have in common: two outputs, sizes, seed, targets; they are fed, so none of them is lowered. */
import { type NumberParam, type OptionalNumberParam, type Port, ShapeError, type TensorType } from '../node-type.ts';
import { choice, float, int, optionalInt, text } from '../params.ts';

export const XY: readonly Port[] = [
  { name: 'x', kind: 'tensor', title: text('Samples', '样本') },
  { name: 'y', kind: 'tensor', title: text('Targets', '目标') },
];

/** The engine gathers a data node's batches from the device's copy of the set, so there is nothing to lower. */
export function fedByTheEngine(): never {
  throw new Error('a data node has no operations of its own: its outputs are the batch that the engine feeds');
}

export const trainSamples = (count: number): NumberParam =>
  int(text('Training samples', '训练样本数'), text('How many samples an epoch trains on.', '每轮训练所用的样本数量。'), count, { min: 1, max: 1_000_000, logarithmic: true, prominent: true });

export const testSamples = (count: number): NumberParam =>
  int(text('Test samples', '测试样本数'), text('Drawn beside the training samples, for the test after each epoch; 0 makes no test set.', '在训练样本之外抽取，用于每轮结束后的测试；0 表示没有测试集。'), count, { min: 0, max: 1_000_000 });

export const noise = (standardDeviation: number, max: number): NumberParam =>
  float(text('Noise', '噪声'), text('Standard deviation of the normal noise that is added.', '所加正态噪声的标准差。'), standardDeviation, { min: 0, max, prominent: true });

export const SEED = optionalInt(text('Seed', '随机种子'), text('Which samples are drawn. Empty: the seed of the run.', '决定抽取哪些样本。留空则使用本次运行的种子。'), null, { min: 0, max: 2_147_483_647 });

export interface SizeParams {
  readonly trainSamples: number;
  readonly testSamples: number;
  readonly seed: number | null;
}

/** How a class is given to the loss. */
export type Targets = 'index' | 'binary' | 'one-hot';

export const TARGETS = choice<Targets>(
  text('Targets', '目标形式'),
  text(
    'Class indices [N] suit the cross-entropy; 0 or 1 as numbers [N, 1] suit the binary cross-entropy (two classes only); one-hot [N, classes] suits soft targets and the mean squared error.',
    '类别序号 [N] 适用于交叉熵；数值 0/1 [N, 1] 适用于二元交叉熵（仅限两类）；独热 [N, 类别数] 适用于软目标和均方误差。',
  ),
  'index',
  { index: text('Class index', '类别序号'), binary: text('0 or 1', '0 或 1'), 'one-hot': text('One-hot', '独热') },
);

/** The type of `y` for a set of classes. */
export function targetType(targets: Targets, classes: number): TensorType {
  if (targets === 'index') return { shape: ['N'], dtype: 'i32', classes };
  if (targets === 'one-hot') return { shape: ['N', classes], dtype: 'f32' };
  if (classes !== 2) {
    throw new ShapeError({ en: `targets of 0 or 1 need two classes, but there are ${classes}; set "targets" to "index" or "one-hot", or "classes" to 2`, zh: `目标为 0 或 1 时需要两个类别，但现在有 ${classes} 个；请把“targets”设为“index”或“one-hot”，或把“classes”设为 2` }, {
      code: 'binary-targets', repair: { kind: 'set-param', param: 'targets', value: 'index' },
    });
  }
  return { shape: ['N', 1], dtype: 'f32' };
}

/** Types of a playground set: points in the plane and their classes. */
export const pointTypes = (targets: Targets, classes: number): readonly TensorType[] => [{ shape: ['N', 2], dtype: 'f32' }, targetType(targets, classes)];

/** Types of a regression set with so many inputs and one output. */
export const regressionTypes = (inputs: number): readonly TensorType[] => [{ shape: ['N', inputs], dtype: 'f32' }, { shape: ['N', 1], dtype: 'f32' }];

/** How pixel bytes become the network's numbers. */
export type PixelScaling = 'unit' | 'signed' | 'standard';

/** `mean` and `deviation` of the set's training pixels, on the scale 0 … 1; for colours in words, one for each channel. */
export const pixelScaling = (mean: number | string, deviation: number | string) =>
  choice<PixelScaling>(
    text('Pixel values', '像素取值'),
    text(
      `Bytes 0 … 255 become 0 … 1, −1 … 1, or are standardized with the training set's mean ${mean} and deviation ${deviation}.`,
      `字节 0 … 255 变为 0 … 1、−1 … 1，或用训练集的均值 ${mean} 和标准差 ${deviation} 标准化。`,
    ),
    'unit',
    { unit: text('0 to 1', '0 到 1'), signed: text('−1 to 1', '−1 到 1'), standard: text('Standardized', '标准化') },
  );

/** Of a set with `count` training images. */
export const limit = (count: number): OptionalNumberParam => {
  const all = count.toLocaleString('en');
  return optionalInt(
    text('Only the first', '只用前'),
    text(`Use only so many training images, in the order of the file. Empty: all ${all}.`, `只使用文件中前若干张训练图像。留空：全部 ${all} 张。`),
    null,
    { min: 1, max: count },
  );
};
