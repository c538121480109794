/** GELU: a number times the chance that a standard normal one is smaller. */
import { geluErf, geluTanh } from '../../tensor/composites.ts';
import { choice, text } from '../params.ts';
import type { OnnxScope } from '../onnx-scope.ts';
import { defineActivation, scalar } from './activation.ts';

interface GeluParams {
  readonly approximate: 'erf' | 'tanh';
}

/** Opset 17 has no Gelu: ½ x (1 + erf(x/√2)), or with tanh of a cubic instead. */
function onnxGelu(scope: OnnxScope, x: string, exact: boolean): string {
  const inner = exact
    ? scope.op('Erf', [scope.op('Mul', [x, scalar(scope, Math.SQRT1_2)])])
    : scope.op('Tanh', [scope.op('Mul', [
        scope.op('Add', [x, scope.op('Mul', [scope.op('Mul', [x, scope.op('Mul', [x, x])]), scalar(scope, 0.044715)])]),
        scalar(scope, Math.sqrt(2 / Math.PI)),
      ])]);
  return scope.op('Mul', [scope.op('Mul', [x, scalar(scope, 0.5)]), scope.op('Add', [inner, scalar(scope, 1)])]);
}

export const GELU = defineActivation<GeluParams>({
  type: 'GELU',
  title: text('GELU', 'GELU（高斯误差线性单元）'),
  summary: text('A smooth ReLU that weighs numbers by the normal distribution. The usual choice in transformers.', '按正态分布加权的平滑 ReLU。Transformer 中的常用选择。'),
  synonyms: ['gaussian error linear unit', 'transformer', 'activation', '高斯误差线性单元', '激活函数'],
  params: {
    approximate: choice(
      text('Form', '形式'), text('erf is exact; tanh is the approximation that GPT-2 and others use.', 'erf 为精确形式；tanh 为 GPT-2 等使用的近似。'), 'erf',
      { erf: text('erf: exact', 'erf：精确'), tanh: text('tanh: approximate', 'tanh：近似') },
    ),
  },
  maths: {
    forward: String.raw`y = x\,\Phi(x) = \frac{x}{2}\Bigl(1 + \operatorname{erf}\frac{x}{\sqrt 2}\Bigr) \approx \frac{x}{2}\Bigl(1 + \tanh\bigl(\sqrt{2/\pi}\,(x + 0.044715\,x^3)\bigr)\Bigr)`,
    backward: String.raw`\frac{\partial L}{\partial x} = \Bigl(\Phi(x) + \frac{x}{\sqrt{2\pi}}\,e^{-x^2/2}\Bigr)\frac{\partial L}{\partial y}`,
  },
  source: 'D. Hendrycks, K. Gimpel, “Gaussian Error Linear Units (GELUs)”, 2016',
  apply: (b, x, p) => (p.approximate === 'erf' ? geluErf(b, x) : geluTanh(b, x)),
  onnx: (scope, x, p) => onnxGelu(scope, x, p.approximate === 'erf'),
  code: {
    pytorch: (p) => (p.approximate === 'erf' ? 'nn.GELU()' : "nn.GELU(approximate='tanh')"),
    keras: (p) => (p.approximate === 'erf' ? "layers.Activation('gelu')" : 'layers.Activation(lambda x: keras.activations.gelu(x, approximate=True))'),
  },
  variants: [{ approximate: 'tanh' }],
});
