/** Multi-class hinge loss: the true class must lead every other by a margin. */
import { defineNode, ShapeError } from '../node-type.ts';
import { float, int, text } from '../params.ts';
import { call, unless } from '../python.ts';
import { inferClassIndex, LOSS_INPUTS, LOSS_OUTPUTS, type LossParams, lossTypes, lossValues, oneHot, shapeText, WEIGHT_PARAM } from './loss-parts.ts';

interface Params extends LossParams {
  readonly margin: number;
  readonly power: number;
}

export const hinge = defineNode<Params>({
  type: 'Hinge',
  category: 'loss',
  title: text('Hinge', '合页损失'),
  summary: text(
    'Asks the true class’s score to lead all others by a margin, and is content from there on: a support vector machine’s loss.',
    '要求真实类别的得分领先其他类别一个间隔，达到后损失为零：支持向量机的损失。',
  ),
  synonyms: ['multi-margin', 'MultiMarginLoss', 'SVM', 'max-margin'],
  inputs: LOSS_INPUTS,
  outputs: LOSS_OUTPUTS,
  params: {
    margin: float(text('Margin', '间隔'), text('By how much the true class has to lead.', '真实类别需要领先的幅度。'), 1, { min: 0, max: 1e6, exclusive: 'min' }),
    power: int(text('Power', '次数'), text('1 for the plain hinge, 2 for the squared one.', '1 为普通合页损失，2 为平方合页损失。'), 1, { min: 1, max: 2 }),
    weight: WEIGHT_PARAM,
  },
  maths: {
    forward: '\\ell = \\frac{1}{N C}\\sum_n\\sum_{c\\ne y_n}\\max(0,\\; m - x_{n,y_n} + x_{nc})^p',
    backward: '\\frac{\\partial \\ell}{\\partial x_{nc}} = \\frac{1}{NC}\\,[\\,m - x_{n,y_n} + x_{nc} > 0\\,]\\quad(c\\ne y_n,\\ p=1)',
  },
  source: 'Crammer & Singer, “On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines”, 2001 (here summed over the classes, as PyTorch’s multi_margin_loss)',
  classes: () => 'logits',
  infer(_params, ins) {
    const types = inferClassIndex(ins);
    const { prediction } = lossTypes(ins);
    if (prediction.shape.length !== 2) throw new ShapeError({ en: `needs a prediction [N, classes], got ${shapeText(prediction.shape)}; bring it to one row per sample with Flatten or GlobalAvgPool and a Dense`, zh: `需要形状为 [N, classes] 的预测，但得到 ${shapeText(prediction.shape)}；请用 Flatten（展平）或 GlobalAvgPool（全局平均池化）加 Dense（全连接层），使每个样本对应一行` }, { port: 'prediction' });
    return types;
  },
  lower({ b }, { margin, power }, ins) {
    const { prediction, target } = lossValues(ins);
    const hot = oneHot(b, target, prediction.shape);
    const own = b.sum(b.select(hot, prediction, 0), [1], true);
    const short = b.relu(b.add(b.sub(prediction, own), margin));
    return [b.mean(b.select(hot, 0, power === 2 ? b.square(short) : short))];
  },
  code: {
    pytorch: ({ margin, power }) => call('nn.MultiMarginLoss', [], { p: unless(power, 1), margin: unless(margin, 1) }),
    keras: () => 'keras.losses.CategoricalHinge()  # takes one-hot targets and only the strongest rival',
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 5], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 5 }] },
    { params: { margin: 0.5, power: 2 }, inputs: [{ shape: ['N', 3], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 3 }] },
  ],
});
