/** Mish: a number times the tanh of its softplus. */
import { mish } from '../../tensor/composites.ts';
import { text } from '../params.ts';
import { defineActivation } from './activation.ts';

export const Mish = defineActivation({
  type: 'Mish',
  title: text('Mish', 'Mish'),
  summary: text('A smooth, self-gated ReLU, close to SiLU with a deeper dip.', '平滑的自门控 ReLU，与 SiLU 相近，凹陷更深。'),
  synonyms: ['self-gated', 'activation', '自门控', '激活函数'],
  params: {},
  maths: {
    forward: String.raw`y = x \tanh\bigl(\log(1 + e^{x})\bigr)`,
    backward: String.raw`\frac{\partial L}{\partial x} = \bigl(t + x\,(1 - t^2)\,\sigma(x)\bigr)\frac{\partial L}{\partial y},\qquad t = \tanh\bigl(\log(1 + e^{x})\bigr)`,
  },
  source: 'D. Misra, “Mish: A Self Regularized Non-Monotonic Activation Function”, 2019',
  apply: (b, x) => mish(b, x),
  onnx: (scope, x) => scope.op('Mul', [x, scope.op('Tanh', [scope.op('Softplus', [x])])]),
  code: { pytorch: () => 'nn.Mish()', keras: () => "layers.Activation('mish')" },
});
