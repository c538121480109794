/** SELU: an ELU whose two constants keep mean and variance by themselves. */
import { selu } from '../../tensor/composites.ts';
import { text } from '../params.ts';
import { defineActivation } from './activation.ts';

export const SELU = defineActivation({
  type: 'SELU',
  title: text('SELU', 'SELU（自归一化）'),
  summary: text('A scaled ELU that draws activations towards zero mean and unit variance. Use LeCun initial weights with it.', '带缩放的 ELU，使激活值趋向零均值、单位方差。请配合 LeCun 权重初始化。'),
  synonyms: ['scaled exponential linear unit', 'self-normalizing', 'activation', '自归一化', '激活函数'],
  params: {},
  maths: {
    forward: String.raw`y = \lambda \begin{cases} x & x > 0 \\ \alpha\,(e^{x} - 1) & x \le 0 \end{cases},\qquad \lambda \approx 1.0507,\ \alpha \approx 1.6733`,
    backward: String.raw`\frac{\partial L}{\partial x} = \lambda \begin{cases} 1 & x > 0 \\ \alpha\, e^{x} & x \le 0 \end{cases} \cdot \frac{\partial L}{\partial y}`,
  },
  source: 'G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter, “Self-Normalizing Neural Networks”, 2017',
  apply: (b, x) => selu(b, x),
  onnx: (scope, x) => scope.op('Selu', [x]),
  code: { pytorch: () => 'nn.SELU()', keras: () => "layers.Activation('selu')" },
});
