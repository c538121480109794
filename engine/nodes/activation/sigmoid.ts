/** Sigmoid: any number to one between 0 and 1. */
import { text } from '../params.ts';
import { defineActivation } from './activation.ts';

export const Sigmoid = defineActivation({
  type: 'Sigmoid',
  title: text('Sigmoid', 'Sigmoid'),
  summary: text('Squeezes each number into 0 to 1: probabilities and gates. Before binary cross-entropy prefer its form with logits.', '把每个数压缩到 0 与 1 之间：用于概率和门控。接二元交叉熵时，优先使用其 logits 形式。'),
  synonyms: ['logistic', 'probability', 'gate', 'activation', '逻辑函数', '激活函数'],
  params: {},
  maths: {
    forward: String.raw`y = \sigma(x) = \frac{1}{1 + e^{-x}}`,
    backward: String.raw`\frac{\partial L}{\partial x} = y\,(1 - y)\,\frac{\partial L}{\partial y}`,
  },
  source: 'D. Rumelhart, G. Hinton, R. Williams, “Learning representations by back-propagating errors”, 1986',
  apply: (b, x) => b.sigmoid(x),
  onnx: (scope, x) => scope.op('Sigmoid', [x]),
  code: { pytorch: () => 'nn.Sigmoid()', keras: () => "layers.Activation('sigmoid')" },
});
