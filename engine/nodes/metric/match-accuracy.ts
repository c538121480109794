/** How many of one side find their partner on the other as the nearest. */
import { PAIR_INPUTS, requirePairs } from '../loss/contrastive.ts';
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';

export const matchAccuracy = defineNode<Record<never, never>>({
  type: 'MatchAccuracy',
  category: 'metric',
  title: text('Match accuracy', '匹配准确率'),
  summary: text(
    'Share of the samples whose own partner is the most similar one of the batch, by the cosine. Partners that are equal, such as the same description twice, are as good as one’s own.',
    '按余弦相似度，与自己的配对在批次中最相似的样本所占的比例。完全相同的配对（例如出现两次的同一描述）视为正确。',
  ),
  synonyms: ['retrieval', 'recall@1', 'CLIP', 'contrastive', '检索', '图文匹配'],
  inputs: PAIR_INPUTS,
  outputs: [],
  params: {},
  maths: { forward: '\\frac{1}{N}\\sum_n\\bigl[\\cos(a_n, b_n) \\ge \\max_k \\cos(a_n, b_k)\\bigr]' },
  comparesSamples: true,
  infer(_params, ins) {
    requirePairs(ins);
    return [];
  },
  lower: () => [],
  code: {
    pytorch: () => '((F.normalize(a) @ F.normalize(b).T).argmax(1) == torch.arange(len(a))).float().mean()',
    keras: () => 'keras.ops.mean(keras.ops.argmax(keras.utils.normalize(a) @ keras.ops.transpose(keras.utils.normalize(b)), 1) == keras.ops.arange(len(a)))',
  },
  examples: [{ params: {}, inputs: [{ shape: ['N', 5], dtype: 'f32' }, { shape: ['N', 5], dtype: 'f32' }] }],
});
