/** Detach: the numbers pass, the gradient does not. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { inputAt } from '../shapes.ts';

export const Detach = defineNode<Record<string, never>>({
  type: 'Detach',
  category: 'shape',
  title: text('Detach', '阻断梯度'),
  summary: text('Passes numbers on and stops the gradient: what lies before it learns nothing from what comes after.', '让数值通过而阻断梯度：它之前的部分不会从之后的部分学习。'),
  synonyms: ['stop gradient', 'no grad', 'freeze', '停止梯度', '截断梯度'],
  inputs: [inputX],
  outputs: [outputY],
  params: {},
  stopsGradient: true,
  maths: { forward: String.raw`y = x`, backward: String.raw`\frac{\partial L}{\partial x} = 0` },
  infer: (_p, ins) => [inputAt(ins, 0, 'x')],
  lower: (scope, _p, [x]) => (x === undefined ? [] : [x.dtype === 'f32' ? scope.b.detach(x) : x]),
  onnx: (scope, _p, [x]) => (x === undefined ? [] : [scope.op('Identity', [x])]),
  code: { pytorch: () => 'x.detach()', keras: () => 'keras.ops.stop_gradient(x)' },
  examples: [{ params: {}, inputs: [{ shape: ['N', 3, 4], dtype: 'f32' }] }, { params: {}, inputs: [{ shape: ['N', 5], dtype: 'f32' }] }],
});
