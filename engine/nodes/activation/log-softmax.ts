/** LogSoftmax: the logarithms of softmax's probabilities, without their rounding. */
import { logSoftmax } from '../../tensor/composites.ts';
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call } from '../python.ts';
import { requireAxis, requireFeatures } from '../shapes.ts';
import { type SoftmaxParams, softmaxAxis } from './softmax.ts';

export const LogSoftmax = defineNode<SoftmaxParams>({
  type: 'LogSoftmax',
  category: 'activation',
  title: text('Log softmax', '对数 Softmax'),
  summary: text(
    'Logarithms of probabilities, exact even where a probability is too small for a float. What NLL and KL divergence take.',
    '概率的对数，即使概率小到浮点数无法表示也保持精确。NLL 和 KL 散度以此为输入。',
  ),
  synonyms: ['log probabilities', 'nll', '对数概率'],
  inputs: [inputX],
  outputs: [outputY],
  params: { axis: softmaxAxis },
  maths: {
    forward: String.raw`y_i = x_i - m - \log \sum_j e^{x_j - m},\qquad m = \max_j x_j`,
    backward: String.raw`\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial y_i} - e^{y_i} \sum_j \frac{\partial L}{\partial y_j}`,
  },
  source: 'J. Bridle, “Probabilistic Interpretation of Feedforward Classification Network Outputs, with Relationships to Statistical Pattern Recognition”, 1990',
  infer(p, ins) {
    const x = requireFeatures(ins);
    requireAxis(p.axis, x);
    return [{ shape: x.shape, dtype: 'f32' }];
  },
  lower: (scope, p, [x]) => (x === undefined ? [] : [logSoftmax(scope.b, x, requireAxis(p.axis, requireFeatures(scope.inputTypes)))]),
  onnx: (scope, p, [x]) => (x === undefined ? [] : [scope.op('LogSoftmax', [x], { axis: p.axis })]),
  code: {
    pytorch: (p) => call('nn.LogSoftmax', [], { dim: p.axis }),
    keras: (p) => (p.axis === -1 ? "layers.Activation('log_softmax')" : `layers.Activation(lambda x: keras.activations.log_softmax(x, axis=${p.axis}))`),
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 7], dtype: 'f32' }] },
    { params: { axis: 1 }, inputs: [{ shape: ['N', 3, 5], dtype: 'f32' }] },
  ],
});
