/** Random erasing: rectangles of random size, shape and place blanked in some of the pictures. */
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { requireImage } from '../shapes.ts';
import { erased, fillParam, happens, perSample, probabilityParam } from './augmentation.ts';

interface ErasingParams {
  readonly probability: number;
  readonly smallest: number;
  readonly largest: number;
  readonly aspect: number;
  readonly fill: number;
}

export const RandomErasing = defineNode<ErasingParams>({
  type: 'RandomErasing',
  category: 'augmentation',
  title: text('Random erasing', '随机擦除'),
  summary: text('Blanks a rectangle of random size, shape and place in some of the pictures at each training step. Passes pictures on in evaluation.', '每个训练步在一部分图像中抹去大小、形状和位置均随机的矩形。评估时原样通过。'),
  synonyms: ['occlusion', 'mask', 'cutout', 'augmentation', '遮挡', '掩码', '抹除'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    probability: probabilityParam(0.5),
    smallest: float(text('Smallest area', '最小面积'), text('As a share of the picture.', '占整幅图像的比例。'), 0.02, { min: 0, max: 1 }),
    largest: float(text('Largest area', '最大面积'), text('As a share of the picture.', '占整幅图像的比例。'), 0.33, { min: 0, max: 1 }),
    aspect: float(text('Longest shape', '最大长宽比'), text('How many times as high as wide, or as wide as high, a rectangle may be.', '矩形的高与宽之比（或宽与高之比）的上限。'), 3.3, { min: 1, max: 20 }),
    fill: fillParam,
  },
  maths: { forward: String.raw`h_n = \sqrt{a_n r_n HW},\quad w_n = \sqrt{a_n HW / r_n},\qquad a_n \sim \mathcal U(s, l),\ \ln r_n \sim \mathcal U(-\ln q, \ln q)` },
  source: 'Z. Zhong, L. Zheng, G. Kang, S. Li, Y. Yang, “Random Erasing Data Augmentation”, 2020',
  infer: (_p, ins) => [requireImage(ins).type],
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    if (!scope.training) return [x];
    const { b } = scope;
    const [, , height = 1, width = 1] = x.shape;
    const [low, high] = [Math.min(p.smallest, p.largest), Math.max(p.smallest, p.largest)];
    const area = b.mul(perSample(scope, low, high), height * width);
    const ratio = b.exp(perSample(scope, -Math.log(p.aspect), Math.log(p.aspect)));
    const fits = (length: typeof x, most: number): typeof x => b.min(b.unary('round', b.sqrt(length)), most);
    const rows = fits(b.mul(area, ratio), height);
    const columns = fits(b.div(area, ratio), width);
    /** Any place at which the whole rectangle lies inside. */
    const place = (length: typeof x, size: number): typeof x => b.unary('floor', b.mul(perSample(scope, 0, 1), b.sub(size + 1, length)));
    const top = place(rows, height);
    const left = place(columns, width);
    const here = happens(scope, p.probability);
    return [erased(b, x, top, b.add(top, b.mul(rows, here)), left, b.add(left, columns), p.fill)];
  },
  code: {
    pytorch: (p) => `nn.Identity()  # while training: torchvision.transforms.RandomErasing(${p.probability}, (${p.smallest}, ${p.largest}), (${1 / p.aspect}, ${p.aspect}), ${p.fill})`,
    keras: (p) => `layers.RandomErasing(factor=${p.probability}, scale=(${p.smallest}, ${p.largest}), fill_value=${p.fill})`,
  },
  examples: [
    { params: { probability: 1 }, inputs: [{ shape: ['N', 1, 4, 6], dtype: 'f32' }] },
    { params: { largest: 0.5, fill: 0.5 }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
  ],
});
