/** Contrastive loss over pairs: of all in a batch, each must find its own partner. The loss of CLIP. */
import type { Builder } from '../../tensor/builder.ts';
import type { Value } from '../../tensor/ir.ts';
import { defineNode, type Port, ShapeError, type TensorType } from '../node-type.ts';
import { float, text } from '../params.ts';
import { LOSS_OUTPUTS, LOSS_TYPE, type LossParams, shapeText, WEIGHT_PARAM } from './loss-parts.ts';

interface Params extends LossParams {
  readonly temperature: number;
}

/** Two embeddings of equal width. */
export const PAIR_INPUTS: readonly Port[] = [
  { name: 'a', kind: 'tensor', title: text('One side', '一方') },
  { name: 'b', kind: 'tensor', title: text('Other side', '另一方') },
];

/** Throws a ShapeError unless both are f32 [N, D] with the same D. */
export function requirePairs(ins: readonly TensorType[]): void {
  const [a, b] = ins;
  if (a === undefined || b === undefined) throw new ShapeError({ en: 'needs both sides of the pairs', zh: '需要配对的双方' }, { code: 'missing-input' });
  ins.forEach((side, i) => {
    if (side.dtype === 'f32' && side.shape.length === 2) return;
    throw new ShapeError({ en: `needs one vector per sample, f32 [N, D], on each side; '${PAIR_INPUTS[i]?.name ?? ''}' is ${side.dtype} ${shapeText(side.shape)}. A Flatten or a pooling layer makes one`, zh: `每一方都需要每个样本一个向量，即 f32 [N, D]；“${PAIR_INPUTS[i]?.name ?? ''}”是 ${side.dtype} ${shapeText(side.shape)}。可用展平或池化层得到向量` }, { code: 'shape-rank', port: PAIR_INPUTS[i]?.name ?? 'a' });
  });
  if (a.shape[1] !== b.shape[1]) {
    throw new ShapeError({ en: `one side has ${String(a.shape[1])} features and the other ${String(b.shape[1])}; give both the same, by a Dense on either`, zh: `一方有 ${String(a.shape[1])} 个特征，另一方有 ${String(b.shape[1])} 个；两者必须相同，可在任一方加全连接层` }, { port: 'b' });
  }
}

/** Rows of length 1 [N, D]; a row of zeros stays one. */
export function unitRows(b: Builder, x: Value): Value {
  return b.mul(x, b.rsqrt(b.add(b.sum(b.square(x), [1], true), 1e-12)));
}

export const contrastive = defineNode<Params>({
  type: 'ContrastiveLoss',
  category: 'loss',
  title: text('Contrastive loss', '对比损失'),
  summary: text(
    'Pulls the two embeddings of a pair together and away from all other pairs of the batch: each picture must find its description among all, and each description its picture. Needs batches of many pairs.',
    '使一对样本的两个嵌入彼此靠近，并远离批次中的其他配对：每张图像要从所有描述中找到自己的描述，反之亦然。批次中需要有较多配对。',
  ),
  synonyms: ['CLIP', 'InfoNCE', 'NT-Xent', 'SimCLR', 'similarity', 'image and text', '图文匹配', '对比学习'],
  inputs: PAIR_INPUTS,
  outputs: LOSS_OUTPUTS,
  params: {
    temperature: float(text('Temperature', '温度'), text('Cosine similarities are divided by it: the smaller, the more the nearest wrong partners count.', '余弦相似度除以该值：值越小，最接近的错误配对影响越大。'), 0.07, { min: 0.001, max: 100, logarithmic: true, prominent: true }),
    weight: WEIGHT_PARAM,
  },
  maths: {
    forward: '\\ell = -\\frac{1}{2N}\\sum_n \\left[\\log\\frac{e^{s_{nn}}}{\\sum_k e^{s_{nk}}} + \\log\\frac{e^{s_{nn}}}{\\sum_k e^{s_{kn}}}\\right],\\qquad s_{nk} = \\frac{a_n \\cdot b_k}{\\tau\\,\\lVert a_n\\rVert\\,\\lVert b_k\\rVert}',
  },
  source: 'A. Radford et al., “Learning Transferable Visual Models From Natural Language Supervision”, 2021',
  comparesSamples: true,
  infer(_params, ins) {
    requirePairs(ins);
    return [LOSS_TYPE];
  },
  lower({ b }, { temperature }, ins) {
    const [left, right] = ins.map((side) => unitRows(b, side)) as [Value, Value];
    const scores = b.mul(b.dot(left, b.transpose(right)), 1 / temperature);
    const own = b.mul(b.sum(b.mul(left, right), [1]), 1 / temperature);
    // The largest is taken off first: at a low temperature the exponentials would leave float32's range.
    const alternatives = (axis: number): Value => {
      const largest = b.detach(b.reduceMax(scores, [axis], true));
      return b.add(b.log(b.sum(b.exp(b.sub(scores, largest)), [axis])), b.reshape(largest, own.shape));
    };
    return [b.mean(b.sub(b.mul(b.add(alternatives(0), alternatives(1)), 0.5), own))];
  },
  code: {
    pytorch: ({ temperature }) => `(lambda s: (F.cross_entropy(s, torch.arange(len(s))) + F.cross_entropy(s.T, torch.arange(len(s)))) / 2)(F.normalize(a) @ F.normalize(b).T / ${temperature})`,
    keras: ({ temperature }) => `(lambda s: (keras.losses.sparse_categorical_crossentropy(keras.ops.arange(len(s)), s, from_logits=True) + keras.losses.sparse_categorical_crossentropy(keras.ops.arange(len(s)), keras.ops.transpose(s), from_logits=True)) / 2)(keras.utils.normalize(a) @ keras.ops.transpose(keras.utils.normalize(b)) / ${temperature})`,
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 5], dtype: 'f32' }, { shape: ['N', 5], dtype: 'f32' }] },
    { params: { temperature: 0.5 }, inputs: [{ shape: ['N', 3], dtype: 'f32' }, { shape: ['N', 3], dtype: 'f32' }] },
  ],
});
