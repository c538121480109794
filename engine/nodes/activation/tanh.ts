/** Tanh: any number to one between −1 and 1. */
import { text } from '../params.ts';
import { defineActivation } from './activation.ts';

export const Tanh = defineActivation({
  type: 'Tanh',
  title: text('Tanh', 'Tanh（双曲正切）'),
  summary: text('Squeezes each number into −1 to 1, centred on zero.', '把每个数压缩到 −1 与 1 之间，以零为中心。'),
  synonyms: ['hyperbolic tangent', 'activation', '双曲正切', '激活函数'],
  params: {},
  maths: {
    forward: String.raw`y = \tanh x = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}`,
    backward: String.raw`\frac{\partial L}{\partial x} = (1 - y^2)\,\frac{\partial L}{\partial y}`,
  },
  source: 'Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, “Efficient BackProp”, 1998',
  apply: (b, x) => b.tanh(x),
  onnx: (scope, x) => scope.op('Tanh', [x]),
  code: { pytorch: () => 'nn.Tanh()', keras: () => "layers.Activation('tanh')" },
});
