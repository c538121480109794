/** HardSwish: SiLU's shape out of straight pieces and a parabola. */
import { hardSwish } from '../../tensor/composites.ts';
import { text } from '../params.ts';
import { defineActivation } from './activation.ts';

export const HardSwish = defineActivation({
  type: 'HardSwish',
  title: text('Hard swish', 'Hard Swish'),
  summary: text('A cheap likeness of SiLU without exponentials, made for phones.', 'SiLU 的廉价近似，不用指数运算，为移动设备而设计。'),
  synonyms: ['hswish', 'hard silu', 'mobilenet', 'activation', '激活函数'],
  params: {},
  maths: {
    forward: String.raw`y = x \cdot \frac{\min(\max(x + 3,\, 0),\, 6)}{6}`,
    backward: String.raw`\frac{\partial L}{\partial x} = \begin{cases} 0 & x \le -3 \\ (2x + 3)/6 & -3 < x < 3 \\ 1 & x \ge 3 \end{cases} \cdot \frac{\partial L}{\partial y}`,
  },
  source: 'A. Howard et al., “Searching for MobileNetV3”, 2019',
  apply: (b, x) => hardSwish(b, x),
  onnx: (scope, x) => scope.op('HardSwish', [x]),
  code: { pytorch: () => 'nn.Hardswish()', keras: () => "layers.Activation('hard_silu')" },
});
