/** CIFAR-10: 50,000 training and 10,000 test photographs of 32×32 in colour, downloaded at first use. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { fedByTheEngine, limit, pixelScaling, type PixelScaling, XY } from './shared.ts';

export interface Cifar10Params {
  readonly scaling: PixelScaling;
  readonly limit: number | null;
}

export const cifar10Node = defineNode<Cifar10Params>({
  type: 'CIFAR10',
  category: 'data',
  title: text('CIFAR-10', 'CIFAR-10 彩色照片'),
  summary: text(
    'Small colour photographs of ten kinds of things: aeroplane, car, bird, cat, deer, dog, frog, horse, ship, truck. 32×32, harder than digits and clothes. Downloaded at first use (170 MB).',
    '十类事物的 32×32 彩色小照片：飞机、汽车、鸟、猫、鹿、狗、青蛙、马、船、卡车，比数字和服饰更难识别。首次使用时下载（170 MB）。',
  ),
  synonyms: ['photos', 'images', 'colour', 'RGB', 'Krizhevsky', '照片', '彩色图像'],
  inputs: [],
  outputs: XY,
  params: { scaling: pixelScaling('[0.4914, 0.4822, 0.4465]', '[0.247, 0.2435, 0.2616]'), limit: limit(50_000) },
  source: 'Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009; mean and deviation of each channel computed over its training pixels',
  infer: () => [
    { shape: ['N', 3, 32, 32], dtype: 'f32' },
    { shape: ['N'], dtype: 'i32', classes: 10 },
  ],
  lower: fedByTheEngine,
  data: { dataset: 'cifar10', downloadMegabytes: 170 },
  code: {
    pytorch: () => "torchvision.datasets.CIFAR10('data', train=True, download=True, transform=torchvision.transforms.ToTensor())",
    keras: () => 'keras.datasets.cifar10.load_data()',
  },
  examples: [{ params: { limit: 100 }, inputs: [] }],
});
