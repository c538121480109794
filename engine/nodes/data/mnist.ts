/** MNIST: 60,000 training and 10,000 test images of 28×28, downloaded at first use. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { fedByTheEngine, limit, pixelScaling, type PixelScaling, XY } from './shared.ts';

export interface MnistParams {
  readonly scaling: PixelScaling;
  readonly limit: number | null;
}

export const mnistNode = defineNode<MnistParams>({
  type: 'MNIST',
  category: 'data',
  title: text('MNIST', 'MNIST 手写数字'),
  summary: text(
    'Scanned handwritten digits, 28×28 in grey: the set on which image recognition is learnt. Downloaded at first use (11 MB).',
    '扫描的 28×28 灰度手写数字，图像识别的入门数据集。首次使用时下载（11 MB）。',
  ),
  synonyms: ['handwritten digits', 'images', 'LeCun', '手写数字'],
  inputs: [],
  outputs: XY,
  params: { scaling: pixelScaling(0.1307, 0.3081), limit: limit(60_000) },
  source: 'LeCun, Cortes & Burges, The MNIST database of handwritten digits, 1998; mean and deviation computed over its training pixels',
  infer: () => [
    { shape: ['N', 1, 28, 28], dtype: 'f32' },
    { shape: ['N'], dtype: 'i32', classes: 10 },
  ],
  lower: fedByTheEngine,
  data: { dataset: 'mnist', downloadMegabytes: 11 },
  code: {
    pytorch: () => "torchvision.datasets.MNIST('data', train=True, download=True, transform=torchvision.transforms.ToTensor())",
    keras: () => 'keras.datasets.mnist.load_data()',
  },
  examples: [{ params: { limit: 100 }, inputs: [] }],
});
