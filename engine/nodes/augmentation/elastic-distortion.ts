/** Elastic distortion: pictures bent by smooth random displacements, like handwriting by another hand. */
import type { LowerScope } from '../node-type.ts';
import type { Value } from '../../tensor/ir.ts';
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { requireImage } from '../shapes.ts';
import { fillParam, pixelGrid, resampled } from './augmentation.ts';

interface ElasticParams {
  readonly alpha: number;
  readonly sigma: number;
  readonly fill: number;
}

/** [size, size]: row i smooths by a Gaussian about i; what lies outside counts as zero. Symmetric. */
function smoothing(size: number, sigma: number): Float32Array {
  const weight = (distance: number): number => Math.exp(-(distance * distance) / (2 * sigma * sigma));
  let total = 0;
  const reach = Math.ceil(4 * sigma);
  for (let d = -reach; d <= reach; d++) total += weight(d);
  return Float32Array.from({ length: size * size }, (_, i) => weight(Math.floor(i / size) - (i % size)) / total);
}

/** Two [N, 1, H, W] of displacements in pixels: uniform numbers, smoothed along both axes by matrix products, times alpha. */
function displacements({ b, batch, random }: LowerScope, height: number, width: number, p: ElasticParams): readonly [Value, Value] {
  // The draws lie as the products want them: rows first, then direction and sample.
  const raw = b.sub(b.mul(random([height, 2 * batch * width], 'uniform'), 2), 1);
  const down = b.dot(b.literal(smoothing(height, p.sigma), [height, height]), raw);
  const both = b.dot(b.reshape(down, [height * 2 * batch, width]), b.literal(smoothing(width, p.sigma), [width, width]));
  const fields = b.mul(b.permute(b.reshape(both, [height, 2, batch, width]), [1, 2, 0, 3]), p.alpha);
  const field = (direction: number): Value => b.reshape(b.slice(fields, 0, direction, direction + 1), [batch, 1, height, width]);
  return [field(0), field(1)];
}

export const ElasticDistortion = defineNode<ElasticParams>({
  type: 'ElasticDistortion',
  category: 'augmentation',
  title: text('Elastic distortion', '弹性形变'),
  summary: text('Bends each picture by smooth random displacements at each training step, as if it were drawn on rubber: best for handwriting. Passes pictures on in evaluation.', '每个训练步用平滑的随机位移弯曲每幅图像，如同画在橡皮上：最适合手写体。评估时原样通过。'),
  synonyms: ['elastic deformation', 'warp', 'Simard', 'handwriting', 'augmentation', '弹性变形', '扭曲', '手写'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    alpha: float(text('Strength α', '强度 α'), text('Factor of the smoothed displacements, in pixels: 34 for digits of 28 × 28 with σ = 4.', '平滑后位移的系数，单位为像素：28 × 28 的数字在 σ = 4 时用 34。'), 34, { min: 0, max: 10_000, prominent: true }),
    sigma: float(text('Smoothness σ', '平滑度 σ'), text('Standard deviation of the smoothing, in pixels: small values crumple, large ones move the whole picture.', '平滑的标准差，单位为像素：小则起皱，大则整体移动。'), 4, { min: 0.5, max: 100 }),
    fill: fillParam,
  },
  maths: { forward: String.raw`y_n(p) = x_n\bigl(p + \alpha\,(G_\sigma * u_n)(p)\bigr),\qquad u_n(p) \sim \mathcal U(-1, 1)^2` },
  source: 'P. Y. Simard, D. Steinkraus, J. C. Platt, “Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis”, 2003',
  infer: (_p, ins) => [requireImage(ins).type],
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    if (!scope.training || p.alpha === 0) return [x];
    const { b } = scope;
    const [, , height = 1, width = 1] = x.shape;
    const { row, column } = pixelGrid(b, height, width);
    const [down, right] = displacements(scope, height, width, p);
    return [resampled(b, x, b.add(row, down), b.add(column, right), p.fill)];
  },
  code: {
    pytorch: (p) => `nn.Identity()  # while training: torchvision.transforms.ElasticTransform(${Number(p.alpha)}., ${Number(p.sigma)}., fill=${p.fill})`,
    keras: (p) => `layers.RandomElasticTransform(scale=${p.alpha})`,
  },
  examples: [
    { params: { alpha: 3, sigma: 1 }, inputs: [{ shape: ['N', 1, 4, 6], dtype: 'f32' }] },
    { params: { alpha: 5, sigma: 2, fill: 0.5 }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
  ],
});
