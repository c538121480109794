/** Multiply: the product of several wires, element by element; what gates are made of. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { inputXs, outputY } from '../ports.ts';
import { broadcastTypes, requireSeveral } from './merge.ts';

export const Multiply = defineNode<Record<never, never>>({
  type: 'Multiply',
  category: 'merge',
  title: text('Multiply', '相乘'),
  summary: text('Multiplies its inputs element by element; sizes of 1 repeat. A sigmoid on one of them makes a gate.', '把各输入逐元素相乘；大小为 1 的轴自动重复。其中一路接 sigmoid 即为门控。'),
  synonyms: ['product', 'times', 'gate', 'hadamard', 'attention mask', '乘积', '门控', '逐元素乘'],
  inputs: [inputXs],
  outputs: [outputY],
  params: {},
  maths: { forward: String.raw`y = \prod_k x_k`, backward: String.raw`\frac{\partial L}{\partial x_k} = \frac{\partial L}{\partial y} \prod_{l \ne k} x_l` },
  source: 'R. Srivastava, K. Greff, J. Schmidhuber, “Highway Networks”, 2015',
  infer: (_p, ins) => [broadcastTypes(requireSeveral(ins, 'xs'), ins.map(() => 'xs'))],
  lower: (scope, _p, ins) => [ins.reduce((product, x) => scope.b.mul(product, x))],
  onnx: (scope, _p, ins) => [ins.reduce((product, x) => scope.op('Mul', [product, x]))],
  code: {
    pytorch: (_p, ins) => ins.map((_, i) => `x${i + 1}`).join(' * '),
    keras: () => 'layers.Multiply()',
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 6], dtype: 'f32' }, { shape: ['N', 6], dtype: 'f32' }] },
    { params: {}, inputs: [{ shape: ['N', 3, 1, 1], dtype: 'f32' }, { shape: ['N', 3, 5, 7], dtype: 'f32' }, { shape: ['N', 1, 5, 1], dtype: 'f32' }] },
  ],
});
