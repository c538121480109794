/** Softmax cross-entropy from logits: the loss of nearly every classifier. Class indices or soft targets, told apart by the target's type. */
import { defineNode, ShapeError, type TensorType } from '../node-type.ts';
import { float, text } from '../params.ts';
import { call, unless } from '../python.ts';
import { IGNORE_INDEX_PARAM, type IgnoreParams, inferClassIndex, LOSS_INPUTS, LOSS_OUTPUTS, LOSS_TYPE, type LossParams, lossTypes, lossValues, meanOverCounted, oneHot, pickClass, requireClasses, shapeText, WEIGHT_PARAM } from './loss-parts.ts';

interface Params extends LossParams, IgnoreParams {
  readonly labelSmoothing: number;
}

/** What PyTorch's class losses ignore when nothing is said. */
const PYTORCH_IGNORES = -100;

const isSoft = (ins: readonly TensorType[]): boolean => ins[0] !== undefined && ins[1] !== undefined && ins[1].dtype === 'f32' && ins[0].shape.length === ins[1].shape.length;

export const crossEntropy = defineNode<Params>({
  type: 'CrossEntropy',
  category: 'loss',
  title: text('Cross-entropy', '交叉熵'),
  summary: text(
    'How far a classifier’s logits are from the true class. Takes logits as they are: no Softmax in front of it.',
    '衡量分类器的 logits 与真实类别的差距。直接接受 logits，前面不要再加 Softmax。',
  ),
  synonyms: ['softmax loss', 'categorical cross-entropy', 'sparse categorical cross-entropy', 'log loss', 'CrossEntropyLoss'],
  inputs: LOSS_INPUTS,
  outputs: LOSS_OUTPUTS,
  params: {
    labelSmoothing: float(
      text('Label smoothing', '标签平滑'), text('Share of the target that is spread evenly over all classes, against overconfidence.', '把目标概率的这一部分平均分给所有类别，防止过度自信。'),
      0, { min: 0, max: 1, exclusive: 'max' },
    ),
    ignoreIndex: IGNORE_INDEX_PARAM,
    weight: WEIGHT_PARAM,
  },
  maths: {
    forward: '\\ell = -\\frac{1}{N}\\sum_{n}\\sum_{c} t_{nc}\\,\\log\\frac{e^{x_{nc}}}{\\sum_k e^{x_{nk}}},\\qquad t_{nc} = (1-\\varepsilon)\\,y_{nc} + \\frac{\\varepsilon}{C}',
    backward: '\\frac{\\partial \\ell}{\\partial x_{nc}} = \\frac{1}{N}\\bigl(\\operatorname{softmax}(x_n)_c - t_{nc}\\bigr)',
  },
  source: 'Label smoothing: Szegedy, Vanhoucke, Ioffe, Shlens & Wojna, “Rethinking the Inception Architecture for Computer Vision”, 2016',
  classes: () => 'logits',
  infer(_params, ins) {
    if (!isSoft(ins)) return inferClassIndex(ins);
    const { prediction, target } = lossTypes(ins);
    requireClasses(prediction);
    if (prediction.shape.some((n, i) => n !== target.shape[i])) {
      throw new ShapeError({ en: `soft targets must have the prediction's shape ${shapeText(prediction.shape)}, got ${shapeText(target.shape)}`, zh: `软标签必须与预测的形状 ${shapeText(prediction.shape)} 相同，但得到 ${shapeText(target.shape)}` }, { port: 'target' });
    }
    return [LOSS_TYPE];
  },
  lower({ b, inputTypes }, { labelSmoothing, ignoreIndex }, ins) {
    const { prediction, target } = lossValues(ins);
    const classes = prediction.shape[1] ?? 1;
    // The largest logit is taken off first. It cancels in the whole, so no gradient need flow through it.
    const shifted = b.sub(prediction, b.detach(b.reduceMax(prediction, [1], true)));
    const logSum = b.log(b.sum(b.exp(shifted), [1]));
    if (isSoft(inputTypes)) {
      const smoothed = labelSmoothing === 0 ? target : b.add(b.mul(target, 1 - labelSmoothing), labelSmoothing / classes);
      return [b.mean(b.sub(b.mul(logSum, b.sum(smoothed, [1])), b.sum(b.mul(smoothed, shifted), [1])))];
    }
    if (labelSmoothing === 0) return [meanOverCounted(b, b.sub(logSum, pickClass(b, shifted, target)), target, ignoreIndex)];
    const weights = b.add(b.mul(oneHot(b, target, prediction.shape), 1 - labelSmoothing), labelSmoothing / classes);
    return [meanOverCounted(b, b.sub(logSum, b.sum(b.mul(weights, shifted), [1])), target, ignoreIndex)];
  },
  code: {
    pytorch: ({ labelSmoothing, ignoreIndex }) => call('nn.CrossEntropyLoss', [], { ignore_index: ignoreIndex === null ? undefined : unless(ignoreIndex, PYTORCH_IGNORES), label_smoothing: unless(labelSmoothing, 0) }),
    keras: ({ labelSmoothing, ignoreIndex }, ins) => (isSoft(ins) || labelSmoothing !== 0
      ? call('keras.losses.CategoricalCrossentropy', [], { from_logits: true, label_smoothing: unless(labelSmoothing, 0) })
      : call('keras.losses.SparseCategoricalCrossentropy', [], { from_logits: true, ignore_class: ignoreIndex ?? undefined })),
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 5], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 5 }] },
    { params: { labelSmoothing: 0.1 }, inputs: [{ shape: ['N', 7], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 7 }] },
    { params: { labelSmoothing: 0.2 }, inputs: [{ shape: ['N', 3], dtype: 'f32' }, { shape: ['N', 3], dtype: 'f32' }] },
    { params: { ignoreIndex: 2 }, inputs: [{ shape: ['N', 4, 3], dtype: 'f32' }, { shape: ['N', 3], dtype: 'i32', classes: 4 }] },
    { params: { ignoreIndex: 0, labelSmoothing: 0.1 }, inputs: [{ shape: ['N', 3, 5], dtype: 'f32' }, { shape: ['N', 5], dtype: 'i32', classes: 3 }] },
    { params: {}, inputs: [{ shape: ['N', 4, 3, 2], dtype: 'f32' }, { shape: ['N', 3, 2], dtype: 'i32', classes: 4 }] },
  ],
});
