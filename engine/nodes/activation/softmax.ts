/** Softmax: numbers to probabilities that add up to one. */
import { softmax } from '../../tensor/composites.ts';
import { defineNode } from '../node-type.ts';
import { int, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call } from '../python.ts';
import { requireAxis, requireFeatures } from '../shapes.ts';

export interface SoftmaxParams {
  readonly axis: number;
}

export const softmaxAxis = int(
  text('Axis', '轴'), text('The axis along which the results add up to one: -1 is the last, 1 the channels of an image.', '沿该轴归一：-1 为最后一个轴，1 为图像的通道轴。'),
  -1, { min: -8, max: 7 },
);

export const Softmax = defineNode<SoftmaxParams>({
  type: 'Softmax',
  category: 'activation',
  title: text('Softmax', 'Softmax'),
  summary: text(
    'Turns logits into probabilities that add up to one. The cross-entropy loss has its own: leave this out before it.',
    '把 logits 变成和为一的概率。交叉熵损失已自带 softmax，前面不要再加。',
  ),
  synonyms: ['probabilities', 'normalized exponential', 'classifier', '归一化指数', '概率'],
  inputs: [inputX],
  outputs: [outputY],
  params: { axis: softmaxAxis },
  maths: {
    forward: String.raw`y_i = \frac{e^{x_i - m}}{\sum_j e^{x_j - m}},\qquad m = \max_j x_j`,
    backward: String.raw`\frac{\partial L}{\partial x_i} = y_i \Bigl(\frac{\partial L}{\partial y_i} - \sum_j y_j \frac{\partial L}{\partial y_j}\Bigr)`,
  },
  source: 'J. Bridle, “Probabilistic Interpretation of Feedforward Classification Network Outputs, with Relationships to Statistical Pattern Recognition”, 1990',
  infer(p, ins) {
    const x = requireFeatures(ins);
    requireAxis(p.axis, x);
    return [{ shape: x.shape, dtype: 'f32' }];
  },
  lower: (scope, p, [x]) => (x === undefined ? [] : [softmax(scope.b, x, requireAxis(p.axis, requireFeatures(scope.inputTypes)))]),
  onnx: (scope, p, [x]) => (x === undefined ? [] : [scope.op('Softmax', [x], { axis: p.axis })]),
  code: {
    pytorch: (p) => call('nn.Softmax', [], { dim: p.axis }),
    keras: (p) => call('layers.Softmax', [], { axis: p.axis === -1 ? undefined : p.axis }),
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 10], dtype: 'f32' }] },
    { params: { axis: 1 }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
  ],
});
