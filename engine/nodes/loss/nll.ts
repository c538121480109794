/** Negative log-likelihood from log-probabilities: cross-entropy's second half, for graphs that end in LogSoftmax. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { call } from '../python.ts';
import { IGNORE_INDEX_PARAM, type IgnoreParams, inferClassIndex, LOSS_INPUTS, LOSS_OUTPUTS, type LossParams, lossValues, meanOverCounted, pickClass, WEIGHT_PARAM } from './loss-parts.ts';

export const nll = defineNode<LossParams & IgnoreParams>({
  type: 'NLL',
  category: 'loss',
  title: text('Negative log-likelihood', '负对数似然'),
  summary: text(
    'Minus the log-probability of the true class. For graphs that end in LogSoftmax; with plain logits use Cross-entropy.',
    '真实类别对数概率的相反数。用于以 LogSoftmax 结尾的网络；若输出是 logits，请用交叉熵。',
  ),
  synonyms: ['NLLLoss', 'log loss', 'maximum likelihood'],
  inputs: LOSS_INPUTS,
  outputs: LOSS_OUTPUTS,
  params: { ignoreIndex: IGNORE_INDEX_PARAM, weight: WEIGHT_PARAM },
  maths: {
    forward: '\\ell = -\\frac{1}{N}\\sum_n x_{n,y_n}',
    backward: '\\frac{\\partial \\ell}{\\partial x_{nc}} = -\\frac{1}{N}\\,[c = y_n]',
  },
  source: 'Fisher, “On the Mathematical Foundations of Theoretical Statistics”, 1922 (maximum likelihood)',
  classes: () => 'log-probabilities',
  infer: (_params, ins) => inferClassIndex(ins),
  lower({ b }, { ignoreIndex }, ins) {
    const { prediction, target } = lossValues(ins);
    return [b.neg(meanOverCounted(b, pickClass(b, prediction, target), target, ignoreIndex))];
  },
  code: {
    pytorch: ({ ignoreIndex }) => call('nn.NLLLoss', [], { ignore_index: ignoreIndex ?? undefined }),
    keras: () => 'lambda target, logp: -keras.ops.mean(keras.ops.take_along_axis(logp, target[:, None], axis=1))',
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 5], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 5 }] },
    { params: { ignoreIndex: 1 }, inputs: [{ shape: ['N', 4, 3], dtype: 'f32' }, { shape: ['N', 3], dtype: 'i32', classes: 4 }] },
    { params: {}, inputs: [{ shape: ['N', 3, 4], dtype: 'f32' }, { shape: ['N', 4], dtype: 'i32', classes: 3 }] },
  ],
});
