/** ELU: negative numbers bend softly towards a floor. */
import { elu } from '../../tensor/composites.ts';
import { float, text } from '../params.ts';
import { call } from '../python.ts';
import { defineActivation } from './activation.ts';

interface EluParams {
  readonly alpha: number;
}

export const ELU = defineActivation<EluParams>({
  type: 'ELU',
  title: text('ELU', 'ELU（指数线性单元）'),
  summary: text('Passes positive numbers; negative ones approach −α smoothly, which keeps the mean near zero.', '保留正数；负数平滑地趋近 −α，使均值接近零。'),
  synonyms: ['exponential linear unit', 'activation', '指数线性单元', '激活函数'],
  params: {
    alpha: float(text('Alpha', 'α'), text('The floor lies at minus this number.', '负半轴的下限为该数的相反数。'), 1, { min: 0, max: 10, prominent: true }),
  },
  maths: {
    forward: String.raw`y = \begin{cases} x & x > 0 \\ \alpha\,(e^{x} - 1) & x \le 0 \end{cases}`,
    backward: String.raw`\frac{\partial L}{\partial x} = \begin{cases} 1 & x > 0 \\ \alpha\, e^{x} & x \le 0 \end{cases} \cdot \frac{\partial L}{\partial y}`,
  },
  source: 'D.-A. Clevert, T. Unterthiner, S. Hochreiter, “Fast and Accurate Deep Network Learning by Exponential Linear Units (ELUs)”, 2016',
  apply: (b, x, p) => elu(b, x, p.alpha),
  onnx: (scope, x, p) => scope.op('Elu', [x], { alpha: { float: p.alpha } }),
  code: {
    pytorch: (p) => call('nn.ELU', [p.alpha]),
    keras: (p) => call('layers.ELU', [], { alpha: p.alpha }),
  },
  variants: [{ alpha: 0.5 }],
});
