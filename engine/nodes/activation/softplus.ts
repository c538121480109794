/** Softplus: a ReLU with a rounded corner. */
import { softplus } from '../../tensor/composites.ts';
import { float, text } from '../params.ts';
import { call, unless } from '../python.ts';
import { defineActivation, scalar } from './activation.ts';

interface SoftplusParams {
  readonly beta: number;
}

export const Softplus = defineActivation<SoftplusParams>({
  type: 'Softplus',
  title: text('Softplus', 'Softplus'),
  summary: text('A smooth ReLU that is always positive: for scales and variances.', '始终为正的平滑 ReLU：常用于输出尺度和方差。'),
  synonyms: ['smooth relu', 'log1p exp', 'activation', '平滑整流', '激活函数'],
  params: {
    beta: float(text('Beta', 'β'), text('Sharpness of the corner; the larger, the closer to ReLU.', '拐角的锐度；越大越接近 ReLU。'), 1, { min: 0, max: 100, exclusive: 'min' }),
  },
  maths: {
    forward: String.raw`y = \frac{1}{\beta} \log\bigl(1 + e^{\beta x}\bigr)`,
    backward: String.raw`\frac{\partial L}{\partial x} = \sigma(\beta x)\,\frac{\partial L}{\partial y}`,
  },
  source: 'C. Dugas, Y. Bengio, F. Bélisle, C. Nadeau, R. Garcia, “Incorporating Second-Order Functional Knowledge for Better Option Pricing”, 2001',
  apply: (b, x, p) => (p.beta === 1 ? softplus(b, x) : b.mul(softplus(b, b.mul(x, p.beta)), 1 / p.beta)),
  onnx: (scope, x, p) => (p.beta === 1
    ? scope.op('Softplus', [x])
    : scope.op('Div', [scope.op('Softplus', [scope.op('Mul', [x, scalar(scope, p.beta)])]), scalar(scope, p.beta)])),
  code: {
    pytorch: (p) => call('nn.Softplus', [], { beta: unless(p.beta, 1) }),
    keras: (p) => (p.beta === 1 ? "layers.Activation('softplus')" : `layers.Activation(lambda x: keras.activations.softplus(${p.beta} * x) / ${p.beta})`),
  },
  variants: [{ beta: 3 }],
});
