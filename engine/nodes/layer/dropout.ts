/** Dropout: random zeros while training, nothing afterwards. */
import { dropout } from '../../tensor/composites.ts';
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call } from '../python.ts';
import { requireFeatures } from '../shapes.ts';

interface DropoutParams {
  readonly rate: number;
}

export const Dropout = defineNode<DropoutParams>({
  type: 'Dropout',
  category: 'layer',
  title: text('Dropout', '随机失活'),
  summary: text(
    'Sets a random share of the numbers to zero at each training step and scales up the rest, so that no unit relies on another. Does nothing in evaluation.',
    '每个训练步随机把一部分数置零，并放大其余的数，使单元之间不互相依赖。评估时不起作用。',
  ),
  synonyms: ['regularization', 'noise', '丢弃法', '正则化', 'Dropout'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    rate: float(text('Rate', '失活率'), text('Share of the numbers that are dropped; 0.5 after dense layers and 0.1 to 0.3 elsewhere are usual.', '被置零的比例；全连接层之后常用 0.5，其他位置常用 0.1 到 0.3。'), 0.5, { min: 0, max: 1, exclusive: 'max', prominent: true }),
  },
  maths: {
    forward: String.raw`y = \frac{m \odot x}{1 - r},\qquad m_i \sim \mathrm{Bernoulli}(1 - r)`,
    backward: String.raw`\frac{\partial L}{\partial x} = \frac{m}{1 - r} \odot \frac{\partial L}{\partial y}`,
  },
  source: 'N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, “Dropout: A Simple Way to Prevent Neural Networks from Overfitting”, 2014',
  infer: (_p, ins) => [requireFeatures(ins, 1)],
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    if (!scope.training || p.rate === 0) return [x];
    return [dropout(scope.b, x, p.rate, scope.random(x.shape, 'uniform'))];
  },
  onnx: (scope, _p, [x]) => (x === undefined ? [] : [scope.op('Identity', [x])]),
  code: {
    pytorch: (p) => call('nn.Dropout', [p.rate]),
    keras: (p) => call('layers.Dropout', [p.rate]),
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 6], dtype: 'f32' }] },
    { params: { rate: 0.2 }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
  ],
});
