/** Fashion-MNIST: 60,000 training and 10,000 test images of 28×28, downloaded at first use. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { fedByTheEngine, limit, pixelScaling, type PixelScaling, XY } from './shared.ts';

export interface FashionMnistParams {
  readonly scaling: PixelScaling;
  readonly limit: number | null;
}

export const fashionMnistNode = defineNode<FashionMnistParams>({
  type: 'FashionMNIST',
  category: 'data',
  title: text('Fashion-MNIST', 'Fashion-MNIST 服饰'),
  summary: text(
    'Pictures of clothes in ten classes, in the same format as MNIST and harder to tell apart. Downloaded at first use (31 MB).',
    '十类服饰图像，格式与 MNIST 相同但更难分辨。首次使用时下载（31 MB）。',
  ),
  synonyms: ['clothes', 'Zalando', 'images', '服装'],
  inputs: [],
  outputs: XY,
  params: { scaling: pixelScaling(0.286, 0.353), limit: limit(60_000) },
  source: 'Xiao, Rasul & Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms, 2017 (arXiv:1708.07747)',
  infer: () => [
    { shape: ['N', 1, 28, 28], dtype: 'f32' },
    { shape: ['N'], dtype: 'i32', classes: 10 },
  ],
  lower: fedByTheEngine,
  data: { dataset: 'fashion-mnist', downloadMegabytes: 31 },
  code: {
    pytorch: () => "torchvision.datasets.FashionMNIST('data', train=True, download=True, transform=torchvision.transforms.ToTensor())",
    keras: () => 'keras.datasets.fashion_mnist.load_data()',
  },
  examples: [{ params: { limit: 100 }, inputs: [] }],
});
