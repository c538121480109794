/** SiLU: a number times its own sigmoid. */
import { silu } from '../../tensor/composites.ts';
import { text } from '../params.ts';
import { defineActivation } from './activation.ts';

export const SiLU = defineActivation({
  type: 'SiLU',
  title: text('SiLU', 'SiLU'),
  summary: text('A smooth ReLU that dips slightly below zero; also known as Swish.', '平滑的 ReLU，在零以下略有凹陷；又称 Swish。'),
  synonyms: ['swish', 'sigmoid linear unit', 'activation', '激活函数'],
  params: {},
  maths: {
    forward: String.raw`y = x\,\sigma(x)`,
    backward: String.raw`\frac{\partial L}{\partial x} = \sigma(x)\,\bigl(1 + x\,(1 - \sigma(x))\bigr)\,\frac{\partial L}{\partial y}`,
  },
  source: 'S. Elfwing, E. Uchibe, K. Doya, “Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement Learning”, 2018',
  apply: (b, x) => silu(b, x),
  onnx: (scope, x) => scope.op('Mul', [x, scope.op('Sigmoid', [x])]),
  code: { pytorch: () => 'nn.SiLU()', keras: () => "layers.Activation('silu')" },
});
