/** Upsample: an image made larger by a whole factor, without weights. */
import type { Builder } from '../../tensor/builder.ts';
import { upsampleNearest } from '../../tensor/composites.ts';
import type { Value } from '../../tensor/ir.ts';
import { defineNode } from '../node-type.ts';
import { choice, ints, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call, unless } from '../python.ts';
import { perAxis, requireImage } from '../shapes.ts';

interface UpsampleParams {
  readonly scale: readonly number[];
  readonly mode: 'nearest' | 'bilinear';
}

/** Lay `phases` (all of x's shape) out so that along `axis` cell q of phase r comes to q·count + r. */
function interleave(b: Builder, phases: readonly Value[], axis: number): Value {
  const shape = phases[0]?.shape ?? [];
  const withSlot = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)];
  const stacked = b.concat(phases.map((phase) => b.reshape(phase, withSlot)), axis + 1);
  return b.reshape(stacked, shape.map((n, i) => (i === axis ? n * phases.length : n)));
}

/**
 * Linear interpolation along `axis` between cell centres (half-pixel rule: output cell i lies at (i + ½)/scale − ½
 * of the input), with the border cells continued outwards. Output phase r always mixes the same two
 * neighbours in the same proportion, so that each phase is one weighted sum of shifted inputs.
 */
function interpolate(b: Builder, x: Value, axis: number, scale: number): Value {
  if (scale === 1) return x;
  const size = x.shape[axis] ?? 1;
  const continued = b.concat([b.slice(x, axis, 0, 1), x, b.slice(x, axis, size - 1, size)], axis);
  const phases = Array.from({ length: scale }, (_, r) => {
    const offset = (r + 0.5) / scale - 0.5;
    const first = Math.floor(offset);
    const share = offset - first;
    const left = b.slice(continued, axis, first + 1, first + 1 + size);
    if (share === 0) return left;
    return b.add(b.mul(left, 1 - share), b.mul(b.slice(continued, axis, first + 2, first + 2 + size), share));
  });
  return interleave(b, phases, axis);
}

export const Upsample = defineNode<UpsampleParams>({
  type: 'Upsample',
  category: 'layer',
  title: text('Upsample', '上采样'),
  summary: text(
    'Enlarges an image by a whole factor: each cell repeated, or smoothly in between.',
    '按整数倍放大图像：重复每个格子，或在格子之间平滑插值。',
  ),
  synonyms: ['resize', 'enlarge', 'interpolate', 'nearest', 'bilinear', '插值', '放大'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    scale: ints(text('Scale', '放大倍数'), text('How many times larger: one number, or [vertical, horizontal].', '放大的倍数：一个数，或 [垂直, 水平]。'), [2], { min: 1, max: 64, minLength: 1, maxLength: 2, prominent: true }),
    mode: choice(
      text('Mode', '方式'), text('nearest repeats cells; bilinear blends the four nearest.', 'nearest 重复最近的格子；bilinear 混合最近的四个格子。'), 'nearest',
      { nearest: text('Nearest', '最近邻'), bilinear: text('Bilinear', '双线性') },
    ),
  },
  maths: {
    forward: String.raw`y_{n,c,i,j} = x_{n,\,c,\,\lfloor i/s \rfloor,\,\lfloor j/s \rfloor}`,
    backward: String.raw`\frac{\partial L}{\partial x_{n,c,a,e}} = \sum_{u,v=0}^{s-1} \frac{\partial L}{\partial y_{n,\,c,\; s a + u,\; s e + v}}`,
  },
  source: 'A. Odena, V. Dumoulin, C. Olah, “Deconvolution and Checkerboard Artifacts”, 2016',
  infer(p, ins) {
    const { channels, spatial } = requireImage(ins);
    const scale = perAxis(p.scale, 2, 'scale');
    return [{ shape: ['N', channels, ...spatial.map((n, i) => n * (scale[i] ?? 1))], dtype: 'f32' }];
  },
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    const [down = 1, across = 1] = perAxis(p.scale, 2, 'scale');
    const { b } = scope;
    if (p.mode === 'nearest') return [upsampleNearest(b, x, [down, across])];
    return [interpolate(b, interpolate(b, x, 2, down), 3, across)];
  },
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    const scales = scope.floats([1, 1, ...perAxis(p.scale, 2, 'scale')], [4]);
    const mode: Readonly<Record<string, string>> = p.mode === 'nearest'
      ? { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
      : { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };
    // The empty name is ONNX's for an input left out: the region of interest.
    return [scope.op('Resize', [x, '', scales], mode)];
  },
  code: {
    pytorch(p) {
      const scale = perAxis(p.scale, 2, 'scale');
      return call('nn.Upsample', [], { scale_factor: scale, mode: p.mode === 'nearest' ? undefined : "'bilinear'" });
    },
    keras: (p) => call('layers.UpSampling2D', [perAxis(p.scale, 2, 'scale')], { data_format: "'channels_first'", interpolation: unless(`'${p.mode}'`, "'nearest'") }),
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 2, 3, 4], dtype: 'f32' }] },
    { params: { scale: [3, 2], mode: 'bilinear' }, inputs: [{ shape: ['N', 1, 3, 5], dtype: 'f32' }] },
    { params: { scale: [1, 4], mode: 'bilinear' }, inputs: [{ shape: ['N', 2, 3, 1], dtype: 'f32' }] },
  ],
});
