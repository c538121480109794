/** Fill: the same number everywhere, in the shape of what comes in. */
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { inputAt } from '../shapes.ts';

interface FillParams {
  readonly value: number;
}

export const Fill = defineNode<FillParams>({
  type: 'Fill',
  category: 'shape',
  title: text('Fill', '常数填充'),
  summary: text(
    'One number everywhere, in the shape of the input. As the target of a loss it is the label of all samples: 1 for “real” and 0 for “generated” in a GAN, 0.9 for smoothed labels.',
    '与输入形状相同、处处为同一个数。作为损失的目标时，它就是全部样本的标签：在 GAN 中 1 表示“真”、0 表示“生成”，0.9 为平滑标签。',
  ),
  synonyms: ['constant', 'ones like', 'zeros like', 'full_like', 'label', 'GAN', '常量', '全一', '全零', '标签'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    value: float(text('Value', '数值'), text('The number.', '填充的数。'), 1, { min: -1e6, max: 1e6, prominent: true }),
  },
  stopsGradient: true,
  maths: { forward: 'y = c', backward: String.raw`\frac{\partial L}{\partial x} = 0` },
  infer: (_p, ins) => [{ shape: inputAt(ins, 0, 'x').shape, dtype: 'f32' }],
  lower: (scope, p, [x]) => (x === undefined ? [] : [scope.b.constant(p.value, x.shape)]),
  code: { pytorch: (p) => `torch.full_like(x, ${p.value}, dtype=torch.float32)`, keras: (p) => `keras.ops.full_like(x, ${p.value}, dtype="float32")` },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 3, 4], dtype: 'f32' }] },
    { params: { value: -0.25 }, inputs: [{ shape: ['N', 5], dtype: 'f32' }] },
    { params: { value: 0 }, inputs: [{ shape: ['N', 7], dtype: 'i32' }] },
  ],
});
