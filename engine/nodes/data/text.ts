/** Text: windows of tokens, and for every token the one that comes next: what a language model learns. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { fedByTheEngine, XY } from './shared.ts';
import { requireVocabulary, type TextParams, textParams } from './text-parts.ts';

export const textNode = defineNode<TextParams>({
  type: 'Text',
  category: 'data',
  title: text('Text', '文本'),
  summary: text(
    'Windows of a text as tokens, characters or byte pairs; the target at each place is the token that comes next. A text comes with Netloom, or take a file of your own. The test set is the end of the text.',
    '把文本切成由词元（字符或字节对）组成的窗口，每个位置的目标是下一个词元。可使用自带文本，也可使用自己的文件。测试集是文本的末段。',
  ),
  synonyms: ['language model', 'characters', 'char-rnn', 'GPT', 'BPE', 'tokenizer', 'byte-pair encoding', 'next token', '语言模型', '字符', '分词', '词元'],
  inputs: [],
  outputs: XY,
  params: textParams,
  maths: { forward: 'x = (w_s, \\dots, w_{s+T-1}),\\quad y = (w_{s+1}, \\dots, w_{s+T})' },
  source: 'Sutskever, Martens & Hinton, Generating Text with Recurrent Neural Networks, 2011 (characters); Sennrich, Haddow & Birch, Neural Machine Translation of Rare Words with Subword Units, 2016 (byte pairs)',
  infer(params) {
    requireVocabulary(params, 0);
    const { window, vocabulary } = params;
    return [
      { shape: ['N', window], dtype: 'i32', classes: vocabulary },
      { shape: ['N', window], dtype: 'i32', classes: vocabulary },
    ];
  },
  lower: fedByTheEngine,
  data: { dataset: 'text', language: 'next-token' },
  code: {
    pytorch: ({ path, window }) => `t = torch.tensor(list(open(${JSON.stringify(path || 'text.txt')}, 'rb').read())); w = t.unfold(0, ${window + 1}, 1); x, y = w[:, :-1], w[:, 1:]  # bytes as tokens`,
    keras: ({ path, window }) => `t = numpy.frombuffer(open(${JSON.stringify(path || 'text.txt')}, 'rb').read(), numpy.uint8); w = numpy.lib.stride_tricks.sliding_window_view(t, ${window + 1}); x, y = w[:, :-1], w[:, 1:]  # bytes as tokens`,
  },
  examples: [
    { params: { window: 9 }, inputs: [] },
    { params: { window: 5, tokens: 'byte-pairs', vocabulary: 300 }, inputs: [] },
  ],
});
