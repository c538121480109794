/** Digits: handwritten-looking digits drawn by the product itself, so that there is always something to learn, without a download. */
import { defineNode } from '../node-type.ts';
import { bool, float, text } from '../params.ts';
import { fedByTheEngine, noise, SEED, type SizeParams, testSamples, trainSamples, XY } from './shared.ts';

export interface DigitsParams extends SizeParams {
  readonly difficulty: number;
  readonly noise: number;
  readonly fresh: boolean;
}

export const digitsNode = defineNode<DigitsParams>({
  type: 'Digits',
  category: 'data',
  title: text('Digits', '生成数字'),
  summary: text(
    'Endless 28×28 pictures of the ten digits, drawn from stroke skeletons with random slant, width, scale and distortion. Nothing is downloaded; a network trained on them also reads real MNIST digits.',
    '由笔画骨架随机倾斜、粗细、缩放和变形绘制的 28×28 数字图像，取之不尽，无需下载；只用它训练的网络也能识别真实的 MNIST 数字。',
  ),
  synonyms: ['handwriting', 'synthetic digits', 'generator', 'numbers', '手写数字', '合成数据'],
  inputs: [],
  outputs: XY,
  params: {
    trainSamples: trainSamples(10_000),
    testSamples: testSamples(2000),
    difficulty: float(
      text('Difficulty', '难度'),
      text('Scales every variation of the writing: 0 is print-like, 1 varies about as much as people do, 2 is a scrawl.', '缩放书写的全部变化：0 近似印刷体，1 与真人书写相当，2 十分潦草。'),
      1,
      { min: 0, max: 2, prominent: true },
    ),
    noise: noise(0, 0.5),
    fresh: bool(
      text('New in each epoch', '每轮更新'),
      text('Draw new training pictures for every epoch, so that none can be learnt by heart.', '每一轮都重新绘制训练图像，使网络无法死记硬背。'),
      true,
    ),
    seed: SEED,
  },
  source: 'Framing after LeCun, Cortes & Burges, The MNIST database of handwritten digits, 1998 (20×20 box, centred by mass in 28×28); distortions after Simard, Steinkraus & Platt, Best Practices for Convolutional Neural Networks, 2003',
  infer: () => [
    { shape: ['N', 1, 28, 28], dtype: 'f32' },
    { shape: ['N'], dtype: 'i32', classes: 10 },
  ],
  lower: fedByTheEngine,
  data: { dataset: 'digits' },
  code: {
    pytorch: () => "torchvision.datasets.MNIST('data', download=True)  # the same format; Digits itself is drawn by Netloom",
    keras: () => 'keras.datasets.mnist.load_data()  # the same format; Digits itself is drawn by Netloom',
  },
  examples: [{ params: { trainSamples: 20, testSamples: 10 }, inputs: [] }],
});
