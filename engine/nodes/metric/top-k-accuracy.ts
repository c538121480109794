/** The share of samples whose true class is among the k highest scores. */
import { inferClassIndex } from '../loss/loss-parts.ts';
import { defineNode, ShapeError } from '../node-type.ts';
import { int, text } from '../params.ts';
import { METRIC_INPUTS } from './metric-parts.ts';

export interface TopKParams {
  readonly k: number;
}

export const topKAccuracy = defineNode<TopKParams>({
  type: 'TopKAccuracy',
  category: 'metric',
  title: text('Top-k accuracy', 'Top-k 准确率'),
  summary: text('Share of samples whose true class is among the k highest scores.', '真实类别位于得分最高的 k 个之内的样本比例。'),
  synonyms: ['top-5'],
  inputs: METRIC_INPUTS,
  outputs: [],
  params: {
    k: int(text('k', 'k'), text('How many guesses are allowed.', '允许猜测的个数。'), 5, { min: 1, max: 100000, prominent: true }),
  },
  maths: { forward: '\\frac{1}{N}\\sum_n\\bigl[\\,|\\{c : x_{nc} > x_{n,y_n}\\}| < k\\,\\bigr]' },
  infer({ k }, ins) {
    inferClassIndex(ins);
    const classes = ins[0]?.shape[1];
    if (typeof classes === 'number' && k > classes) {
      throw new ShapeError({ en: `k is ${k}, but the prediction has only ${classes} classes; set k to ${classes} or less`, zh: ` k 是 ${k}，但预测只有 ${classes} 个类别；请把 k 设为 ${classes} 或更小` }, { code: 'param-range', port: 'prediction', repair: { kind: 'set-param', param: 'k', value: classes } });
    }
    return [];
  },
  lower: () => [],
  code: {
    pytorch: ({ k }) => `(prediction.topk(${k}, 1).indices == target[:, None]).any(1).float().mean()`,
    keras: ({ k }) => `keras.metrics.SparseTopKCategoricalAccuracy(k=${k})`,
  },
  examples: [{ params: { k: 2 }, inputs: [{ shape: ['N', 5], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 5 }] }],
});
