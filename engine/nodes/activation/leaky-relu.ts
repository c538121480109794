/** LeakyReLU: negative numbers shrink instead of vanishing. */
import { leakyRelu } from '../../tensor/composites.ts';
import { float, text } from '../params.ts';
import { call } from '../python.ts';
import { defineActivation } from './activation.ts';

interface LeakyReLUParams {
  readonly slope: number;
}

export const LeakyReLU = defineActivation<LeakyReLUParams>({
  type: 'LeakyReLU',
  title: text('Leaky ReLU', 'Leaky ReLU（带泄漏整流）'),
  summary: text('Like ReLU, but negative numbers keep a small slope, so that no unit stops learning.', '与 ReLU 类似，但负数保留一个小斜率，单元不会停止学习。'),
  synonyms: ['leaky rectifier', 'lrelu', 'activation', '渗漏整流', '激活函数'],
  params: {
    slope: float(text('Negative slope', '负半轴斜率'), text('Factor on negative numbers.', '负数所乘的系数。'), 0.01, { min: 0, max: 10, prominent: true }),
  },
  maths: {
    forward: String.raw`y = \begin{cases} x & x > 0 \\ a x & x \le 0 \end{cases}`,
    backward: String.raw`\frac{\partial L}{\partial x} = \begin{cases} 1 & x > 0 \\ a & x \le 0 \end{cases} \cdot \frac{\partial L}{\partial y}`,
  },
  source: 'A. Maas, A. Hannun, A. Ng, “Rectifier Nonlinearities Improve Neural Network Acoustic Models”, 2013',
  apply: (b, x, p) => leakyRelu(b, x, p.slope),
  onnx: (scope, x, p) => scope.op('LeakyRelu', [x], { alpha: { float: p.slope } }),
  code: {
    pytorch: (p) => call('nn.LeakyReLU', [p.slope]),
    keras: (p) => call('layers.LeakyReLU', [], { negative_slope: p.slope }),
  },
  variants: [{ slope: 0.3 }],
});
