/** Masked text: windows of tokens of which some are hidden, and what was there: what BERT learns. */
import { defineNode } from '../node-type.ts';
import { bool, float, text } from '../params.ts';
import { fedByTheEngine, SEED, XY } from './shared.ts';
import { requireVocabulary, type TextParams, textParams } from './text-parts.ts';

export interface MaskedTextParams extends TextParams {
  readonly masked: number;
  readonly fresh: boolean;
  readonly seed: number | null;
}

/** The target where nothing is asked: PyTorch's default index that losses ignore. */
export const NOT_ASKED = -100;

export const maskedTextNode = defineNode<MaskedTextParams>({
  type: 'MaskedText',
  category: 'data',
  title: text('Masked text', '掩码文本'),
  summary: text(
    `Windows of a text in which some tokens are hidden; the target is what was there. Of the chosen places 80 % show the mask (the last token of the vocabulary), 10 % any token, 10 % the right one. All other targets are ${NOT_ASKED}: set “Ignore index” of the loss and of the accuracy to ${NOT_ASKED}.`,
    `在文本窗口中遮住部分词元，目标是原来的词元。被选中的位置有 80% 显示掩码（词表的最后一个词元），10% 换成任意词元，10% 保持不变。其余目标均为 ${NOT_ASKED}：请把损失和准确率的“忽略编号”设为 ${NOT_ASKED}。`,
  ),
  synonyms: ['BERT', 'masked language model', 'cloze', 'MLM', 'tokenizer', '掩码语言模型', '完形填空', '词元'],
  inputs: [],
  outputs: XY,
  params: {
    ...textParams,
    masked: float(text('Masked share', '遮住的比例'), text('Share of the places that are asked for; at least one in each window.', '被询问的位置所占比例；每个窗口至少一个。'), 0.15, { min: 0, max: 1, exclusive: 'min', prominent: true }),
    fresh: bool(text('New in each epoch', '每轮更新'), text('Choose other places in every epoch.', '每一轮都另选位置。'), true),
    seed: SEED,
  },
  source: 'Devlin, Chang, Lee & Toutanova, BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding, 2019; other places in each epoch as in Liu et al., RoBERTa, 2019',
  infer(params) {
    requireVocabulary(params, 1);
    const { window, vocabulary } = params;
    return [
      { shape: ['N', window], dtype: 'i32', classes: vocabulary },
      { shape: ['N', window], dtype: 'i32', classes: vocabulary },
    ];
  },
  lower: fedByTheEngine,
  data: { dataset: 'masked-text', language: 'masked-tokens' },
  code: {
    pytorch: ({ path, window, masked }) => `t = torch.tensor(list(open(${JSON.stringify(path || 'text.txt')}, 'rb').read())); y = t.unfold(0, ${window}, ${window}).clone(); m = torch.rand(y.shape) < ${masked}; x = y.masked_fill(m & (torch.rand(y.shape) < 0.8), 256); y[~m] = ${NOT_ASKED}  # bytes as tokens`,
    keras: ({ path, window, masked }) => `t = numpy.frombuffer(open(${JSON.stringify(path || 'text.txt')}, 'rb').read(), numpy.uint8).astype(int); y = t[:len(t) // ${window} * ${window}].reshape(-1, ${window}); m = numpy.random.rand(*y.shape) < ${masked}; x = numpy.where(m, 256, y); y = numpy.where(m, y, ${NOT_ASKED})  # bytes as tokens`,
  },
  examples: [
    { params: { window: 9 }, inputs: [] },
    { params: { window: 5, tokens: 'byte-pairs', vocabulary: 300, masked: 0.5 }, inputs: [] },
  ],
});
