/** Permute: the axes in another order. */
import { type TensorType, ShapeError, defineNode } from '../node-type.ts';
import { ints, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { tuple } from '../python.ts';
import { formatShape, inputAt, sizesBehindBatch } from '../shapes.ts';

interface PermuteParams {
  readonly order: readonly number[];
}

function requireOrder(p: PermuteParams, x: TensorType): number[] {
  const axes = sizesBehindBatch(x).map((_, i) => i + 1);
  const isOrder = p.order.length === axes.length && axes.every((axis) => p.order.includes(axis));
  if (isOrder) return [0, ...p.order];
  throw new ShapeError({ en: `'order' is [${p.order.join(', ')}], but must name each of the axes ${axes.join(', ')} of ${formatShape(x.shape)} once (axis 0, the batch, stays in front)`, zh: `“order”是 [${p.order.join(', ')}]，但必须把 ${formatShape(x.shape)} 的轴 ${axes.join(', ')} 各列出一次（第 0 轴即批次轴保持在最前）` }, {
    code: 'axis-order', port: 'x', repair: { kind: 'set-param', param: 'order', value: axes.reverse() },
  });
}

export const Permute = defineNode<PermuteParams>({
  type: 'Permute',
  category: 'shape',
  title: text('Permute', '轴置换'),
  summary: text('Reorders the axes behind the batch: [N, L, C] to [N, C, L], or channels last to channels first.', '重新排列批轴之后的各轴：如 [N, L, C] 变为 [N, C, L]，或通道在后变为通道在前。'),
  synonyms: ['transpose', 'swap axes', 'channels first', '转置', '交换轴'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    order: ints(text('Order', '轴的顺序'), text('Old axes in their new order, counted from 1; [2, 1] swaps two.', '旧轴按新顺序排列，从 1 数起；[2, 1] 交换两个轴。'), [2, 1], { min: 1, max: 7, minLength: 1, maxLength: 7, prominent: true }),
  },
  maths: {
    forward: String.raw`y_{n,\,i_{\pi(1)},\,\dots,\,i_{\pi(k)}} = x_{n,\,i_1,\,\dots,\,i_k}`,
    backward: String.raw`\frac{\partial L}{\partial x} = \operatorname{permute}_{\pi^{-1}}\Bigl(\frac{\partial L}{\partial y}\Bigr)`,
  },
  infer(p, ins) {
    const x = inputAt(ins, 0, 'x');
    const order = requireOrder(p, x);
    return [{ ...x, shape: order.map((axis) => x.shape[axis] ?? 'N') }];
  },
  lower: (scope, p, [x]) => (x === undefined ? [] : [scope.b.permute(x, [0, ...p.order])]),
  onnx: (scope, p, [x]) => (x === undefined ? [] : [scope.op('Transpose', [x], { perm: [0, ...p.order] })]),
  code: {
    pytorch: (p) => `x.permute(${[0, ...p.order].join(', ')})`,
    keras: (p) => `layers.Permute(${tuple(p.order)})`,
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 5, 3], dtype: 'f32' }] },
    { params: { order: [3, 1, 2] }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
  ],
});
