/** Add: the sum of several wires; the joint of every skip connection. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { inputXs, outputY } from '../ports.ts';
import { broadcastTypes, requireSeveral } from './merge.ts';

export const Add = defineNode<Record<never, never>>({
  type: 'Add',
  category: 'merge',
  title: text('Add', '相加'),
  summary: text('Adds its inputs element by element; sizes of 1 repeat. With a skip connection it makes a residual block.', '把各输入逐元素相加；大小为 1 的轴自动重复。与跳跃连接一起构成残差块。'),
  synonyms: ['sum', 'plus', 'residual', 'skip connection', '求和', '残差', '跳跃连接'],
  inputs: [inputXs],
  outputs: [outputY],
  params: {},
  maths: { forward: String.raw`y = \sum_k x_k`, backward: String.raw`\frac{\partial L}{\partial x_k} = \frac{\partial L}{\partial y}` },
  source: 'K. He, X. Zhang, S. Ren, J. Sun, “Deep Residual Learning for Image Recognition”, 2016',
  infer: (_p, ins) => [broadcastTypes(requireSeveral(ins, 'xs'), ins.map(() => 'xs'))],
  lower: (scope, _p, ins) => [ins.reduce((sum, x) => scope.b.add(sum, x))],
  onnx: (scope, _p, ins) => [ins.reduce((sum, x) => scope.op('Add', [sum, x]))],
  code: {
    pytorch: (_p, ins) => ins.map((_, i) => `x${i + 1}`).join(' + '),
    keras: () => 'layers.Add()',
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 3, 4], dtype: 'f32' }, { shape: ['N', 3, 4], dtype: 'f32' }] },
    { params: {}, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }, { shape: ['N', 3, 1, 1], dtype: 'f32' }, { shape: ['N', 1, 5, 7], dtype: 'f32' }] },
  ],
});
