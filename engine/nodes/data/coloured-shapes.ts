/** Coloured shapes: small pictures drawn by the product itself, each with its class and a sentence that describes it. */
import { defineNode } from '../node-type.ts';
import { bool, choice, text } from '../params.ts';
import { fedByTheEngine, noise, SEED, type SizeParams, testSamples, trainSamples, XY } from './shared.ts';

export type ShapeLabels = 'shape' | 'colour' | 'both';

export interface ColouredShapesParams extends SizeParams {
  readonly labels: ShapeLabels;
  readonly noise: number;
  readonly fresh: boolean;
}

export const SHAPE_SIDE = 32;
export const SHAPES = ['circle', 'square', 'triangle', 'star', 'cross', 'ring'] as const;
export const COLOURS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple'] as const;
/** What a caption is made of, by token; 0 fills the caption up behind its last word. */
export const CAPTION_WORDS: readonly string[] = ['', 'a', 'small', 'large', ...COLOURS, ...SHAPES, 'at', 'in', 'left', 'right', 'top', 'bottom', 'middle', 'the'];
/** "a large red circle at the top left" */
export const CAPTION_LENGTH = 8;

const CLASS_COUNTS: Readonly<Record<ShapeLabels, number>> = { shape: SHAPES.length, colour: COLOURS.length, both: SHAPES.length * COLOURS.length };

export const colouredShapesNode = defineNode<ColouredShapesParams>({
  type: 'ColouredShapes',
  category: 'data',
  title: text('Coloured shapes', '彩色图形'),
  summary: text(
    'Endless 32×32 colour pictures of a circle, square, triangle, star, cross or ring in six colours, anywhere, of any size and turn, each with its class and a short English description as tokens: “a small red circle at the left”. Nothing is downloaded.',
    '取之不尽的 32×32 彩色图像：六种颜色的圆、正方形、三角形、星形、十字或圆环，位置、大小、角度随机，并附有类别和以词元表示的简短英文描述，例如“a small red circle at the left”。无需下载。',
  ),
  synonyms: ['images', 'generator', 'synthetic', 'caption', 'text and image', 'CLIP', 'RGB', '图文对', '合成数据', '图像描述'],
  inputs: [],
  outputs: [...XY, { name: 'caption', kind: 'tensor', title: text('Caption', '描述') }],
  params: {
    trainSamples: trainSamples(10_000),
    testSamples: testSamples(2000),
    labels: choice<ShapeLabels>(
      text('Classes', '类别'),
      text('What the target tells: which of six shapes, which of six colours, or both as one of 36.', '目标表示什么：六种形状之一、六种颜色之一，或两者组合成的 36 类之一。'),
      'shape',
      { shape: text('Shape', '形状'), colour: text('Colour', '颜色'), both: text('Shape and colour', '形状与颜色') },
      { prominent: true },
    ),
    noise: noise(0.05, 0.5),
    fresh: bool(
      text('New in each epoch', '每轮更新'),
      text('Draw new training pictures for every epoch, so that none can be learnt by heart.', '每一轮都重新绘制训练图像，使网络无法死记硬背。'),
      true,
    ),
    seed: SEED,
  },
  source: 'Pictures with captions as in Radford et al., Learning Transferable Visual Models From Natural Language Supervision, 2021, in small',
  infer: ({ labels }) => [
    { shape: ['N', 3, SHAPE_SIDE, SHAPE_SIDE], dtype: 'f32' },
    { shape: ['N'], dtype: 'i32', classes: CLASS_COUNTS[labels] },
    { shape: ['N', CAPTION_LENGTH], dtype: 'i32', classes: CAPTION_WORDS.length },
  ],
  lower: fedByTheEngine,
  data: { dataset: 'coloured-shapes' },
  code: {
    pytorch: () => "torchvision.datasets.CIFAR10('data', download=True, transform=torchvision.transforms.ToTensor())  # the same format; the shapes are drawn by Netloom",
    keras: () => 'keras.datasets.cifar10.load_data()  # the same format; the shapes are drawn by Netloom',
  },
  examples: [
    { params: { trainSamples: 12, testSamples: 6 }, inputs: [] },
    { params: { trainSamples: 12, testSamples: 6, labels: 'both' }, inputs: [] },
  ],
});
