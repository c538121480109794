/** Copy memory: symbols are shown, then nothing for long, then all of them are asked for in order. */
import { defineNode } from '../node-type.ts';
import { int, text } from '../params.ts';
import { fedByTheEngine, SEED, type SizeParams, testSamples, trainSamples, XY } from './shared.ts';

export interface CopyMemoryParams extends SizeParams {
  readonly length: number;
  readonly delay: number;
  readonly symbols: number;
}

/** Steps of the whole sequence: symbols, blanks with the signal at their end, and the places of the answer. */
export const copyMemorySteps = ({ length, delay }: Pick<CopyMemoryParams, 'length' | 'delay'>): number => 2 * length + delay;

export const copyMemoryNode = defineNode<CopyMemoryParams>({
  type: 'CopyMemory',
  category: 'data',
  title: text('Copy memory', '复制记忆'),
  summary: text(
    'A few symbols, then blanks, then a signal, after which the symbols are to be told again in their order. Tokens: 0 is the blank, 1 … K are the symbols, K + 1 is the signal. Targets are one class per step: blanks until the signal has come.',
    '先是几个符号，然后是空白，信号出现后要按原顺序复述这些符号。词元 0 为空白，1 … K 为符号，K + 1 为信号。每一步都有一个目标类别：信号出现之前均为空白。',
  ),
  synonyms: ['copy task', 'recall', 'sequence', 'memory', 'recurrent', 'RNN', '复制任务', '序列', '循环网络', '长期依赖'],
  inputs: [],
  outputs: XY,
  params: {
    trainSamples: trainSamples(10_000),
    testSamples: testSamples(1000),
    length: int(text('Symbols to copy', '要复制的符号数'), text('How many symbols are shown and asked for.', '展示并要求复述的符号个数。'), 5, { min: 1, max: 1000, prominent: true }),
    delay: int(text('Delay', '延迟'), text('Steps between the last symbol and the first answer; the last of them is the signal.', '最后一个符号与第一个回答之间的步数，其中最后一步是信号。'), 20, { min: 1, max: 10_000, prominent: true, logarithmic: true }),
    symbols: int(text('Alphabet K', '符号种类 K'), text('How many different symbols there are.', '不同符号的种数。'), 8, { min: 2, max: 1000 }),
    seed: SEED,
  },
  maths: { forward: 'x = s_1 \\dots s_S\\; \\underbrace{0 \\dots 0}_{D-1}\\; (K{+}1)\\; \\underbrace{0 \\dots 0}_{S},\\quad y = \\underbrace{0 \\dots 0}_{S+D}\\; s_1 \\dots s_S' },
  source: 'Hochreiter & Schmidhuber, Long Short-Term Memory, 1997; in this form Arjovsky, Shah & Bengio, Unitary Evolution Recurrent Neural Networks, 2016',
  infer: (params) => [
    { shape: ['N', copyMemorySteps(params)], dtype: 'i32', classes: params.symbols + 2 },
    { shape: ['N', copyMemorySteps(params)], dtype: 'i32', classes: params.symbols + 1 },
  ],
  lower: fedByTheEngine,
  data: { dataset: 'copy-memory' },
  code: {
    pytorch: ({ trainSamples: count, length, delay, symbols }) => `s = torch.randint(1, ${symbols + 1}, (${count}, ${length})); x = torch.cat([s, torch.zeros(${count}, ${delay - 1}).long(), torch.full((${count}, 1), ${symbols + 1}), torch.zeros_like(s)], 1); y = torch.cat([torch.zeros(${count}, ${length + delay}).long(), s], 1)`,
    keras: ({ trainSamples: count, length, delay, symbols }) => `s = numpy.random.randint(1, ${symbols + 1}, (${count}, ${length})); x = numpy.concatenate([s, numpy.zeros((${count}, ${delay - 1}), int), numpy.full((${count}, 1), ${symbols + 1}), numpy.zeros_like(s)], 1); y = numpy.concatenate([numpy.zeros((${count}, ${length + delay}), int), s], 1)`,
  },
  examples: [
    { params: { trainSamples: 16, testSamples: 4, length: 3, delay: 5 }, inputs: [] },
    { params: { trainSamples: 16, testSamples: 4, length: 1, delay: 1, symbols: 2 }, inputs: [] },
  ],
});
