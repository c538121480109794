/** Concat: several wires side by side along one axis. */
import { type TensorType, ShapeError, defineNode } from '../node-type.ts';
import { int, text } from '../params.ts';
import { inputXs, outputY } from '../ports.ts';
import { formatShape, requireAxis, sizeOf } from '../shapes.ts';
import { requireSeveral } from './merge.ts';

interface ConcatParams {
  readonly axis: number;
}

function joined(p: ConcatParams, ins: readonly TensorType[]): { readonly axis: number; readonly type: TensorType } {
  const [first, ...rest] = requireSeveral(ins, 'xs');
  if (first === undefined) throw new ShapeError({ en: 'has no input', zh: '没有输入' }, { code: 'missing-input', port: 'xs' });
  const axis = requireAxis(p.axis, first, 'axis', 'xs');
  for (const type of rest) {
    const fits = type.shape.length === first.shape.length && type.shape.every((n, i) => i === axis || n === first.shape[i]);
    if (!fits) {
      throw new ShapeError({ en: `cannot join ${formatShape(first.shape)} and ${formatShape(type.shape)} along axis ${axis}: all other sizes must be equal`, zh: `无法沿第 ${axis} 轴拼接 ${formatShape(first.shape)} 与 ${formatShape(type.shape)}：其余各轴的大小必须相同` }, { code: 'shape-mismatch', port: 'xs' });
    }
  }
  const total = ins.reduce((sum, type) => sum + sizeOf(type, axis), 0);
  return { axis, type: { shape: first.shape.map((n, i) => (i === axis ? total : n)), dtype: 'f32' } };
}

export const Concat = defineNode<ConcatParams>({
  type: 'Concat',
  category: 'merge',
  title: text('Concatenate', '拼接'),
  summary: text('Puts its inputs side by side along one axis: features of several branches, the skips of a U-Net.', '沿一个轴把各输入并排拼接：多个分支的特征，或 U-Net 的跳跃连接。'),
  synonyms: ['concatenate', 'stack', 'join', 'cat', 'merge', '连接', '合并', '级联'],
  inputs: [inputXs],
  outputs: [outputY],
  params: {
    axis: int(text('Axis', '轴'), text('The axis that grows: 1 is the channels, -1 the last.', '沿哪个轴拼接：1 为通道轴，-1 为最后一个轴。'), 1, { min: -7, max: 7, prominent: true }),
  },
  maths: {
    forward: String.raw`y = [\,x_1 \mid x_2 \mid \dots \mid x_k\,]`,
    backward: String.raw`\frac{\partial L}{\partial x_k} = \text{the part of } \frac{\partial L}{\partial y} \text{ that } x_k \text{ filled}`,
  },
  source: 'G. Huang, Z. Liu, L. van der Maaten, K. Weinberger, “Densely Connected Convolutional Networks”, 2017',
  infer: (p, ins) => [joined(p, ins).type],
  lower: (scope, p, ins) => [scope.b.concat(ins, joined(p, scope.inputTypes).axis)],
  onnx: (scope, p, ins) => [scope.op('Concat', ins, { axis: joined(p, scope.inputTypes).axis })],
  code: {
    pytorch: (p, ins) => `torch.cat([${ins.map((_, i) => `x${i + 1}`).join(', ')}], dim=${p.axis})`,
    keras: (p) => `layers.Concatenate(axis=${p.axis})`,
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 2, 3], dtype: 'f32' }, { shape: ['N', 4, 3], dtype: 'f32' }] },
    { params: { axis: -1 }, inputs: [{ shape: ['N', 3, 5], dtype: 'f32' }, { shape: ['N', 3, 1], dtype: 'f32' }, { shape: ['N', 3, 7], dtype: 'f32' }] },
  ],
});
