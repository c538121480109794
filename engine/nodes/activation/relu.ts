/** ReLU: negative numbers become zero. */
import { text } from '../params.ts';
import { defineActivation } from './activation.ts';

export const ReLU = defineActivation({
  type: 'ReLU',
  title: text('ReLU', 'ReLU'),
  summary: text('Passes positive numbers and sets negative ones to zero. The usual choice between layers.', '保留正数，把负数置零。层与层之间最常用的激活函数。'),
  synonyms: ['rectifier', 'rectified linear unit', 'nonlinearity', 'activation', '线性整流', '修正线性单元', '激活函数'],
  params: {},
  maths: {
    forward: String.raw`y = \max(0, x)`,
    backward: String.raw`\frac{\partial L}{\partial x} = \mathbb{1}[x > 0]\,\frac{\partial L}{\partial y}`,
  },
  source: 'V. Nair, G. Hinton, “Rectified Linear Units Improve Restricted Boltzmann Machines”, 2010',
  apply: (b, x) => b.relu(x),
  onnx: (scope, x) => scope.op('Relu', [x]),
  code: { pytorch: () => 'nn.ReLU()', keras: () => 'layers.ReLU()' },
});
