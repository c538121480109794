/** Subtract: one wire less another. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { outputY } from '../ports.ts';
import { inputAt, requireFloat } from '../shapes.ts';
import { broadcastTypes } from './merge.ts';

export const Subtract = defineNode<Record<never, never>>({
  type: 'Subtract',
  category: 'merge',
  title: text('Subtract', '相减'),
  summary: text('Takes the second input from the first, element by element; sizes of 1 repeat.', '用第一个输入逐元素减去第二个输入；大小为 1 的轴自动重复。'),
  synonyms: ['minus', 'difference', '差', '减法'],
  inputs: [
    { name: 'a', kind: 'tensor', title: text('From', '被减数') },
    { name: 'b', kind: 'tensor', title: text('Subtracted', '减数') },
  ],
  outputs: [outputY],
  params: {},
  maths: {
    forward: String.raw`y = a - b`,
    backward: String.raw`\frac{\partial L}{\partial a} = \frac{\partial L}{\partial y},\qquad \frac{\partial L}{\partial b} = -\frac{\partial L}{\partial y}`,
  },
  infer(_p, ins) {
    const [a, b] = [inputAt(ins, 0, 'a'), inputAt(ins, 1, 'b')];
    requireFloat(a, 'a');
    requireFloat(b, 'b');
    return [broadcastTypes([a, b], ['a', 'b'])];
  },
  lower: (scope, _p, [a, b]) => (a === undefined || b === undefined ? [] : [scope.b.sub(a, b)]),
  onnx: (scope, _p, [a, b]) => (a === undefined || b === undefined ? [] : [scope.op('Sub', [a, b])]),
  code: { pytorch: () => 'a - b', keras: () => 'layers.Subtract()' },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 4], dtype: 'f32' }, { shape: ['N', 4], dtype: 'f32' }] },
    { params: {}, inputs: [{ shape: ['N', 3, 1], dtype: 'f32' }, { shape: ['N', 3, 7], dtype: 'f32' }] },
  ],
});
