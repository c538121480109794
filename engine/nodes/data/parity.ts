/** Parity: is the number of ones in a string of bits odd? Every single bit decides. */
import { defineNode } from '../node-type.ts';
import { int, text } from '../params.ts';
import { fedByTheEngine, SEED, type SizeParams, type Targets, TARGETS, targetType, testSamples, trainSamples, XY } from './shared.ts';

export interface ParityParams extends SizeParams {
  readonly length: number;
  readonly targets: Targets;
}

export const parityNode = defineNode<ParityParams>({
  type: 'Parity',
  category: 'data',
  title: text('Parity', '奇偶校验'),
  summary: text(
    'Random strings of 0 and 1, one bit per step: class 1 where the number of ones is odd. XOR over any length; a recurrent layer needs to remember one bit only.',
    '由 0 和 1 组成的随机序列，每步一位：1 的个数为奇数时为类别 1。这是任意长度的异或，循环层只需记住一位。',
  ),
  synonyms: ['xor', 'bits', 'binary sequence', 'odd', 'even', 'RNN', '异或', '序列', '循环网络'],
  inputs: [],
  outputs: XY,
  params: {
    trainSamples: trainSamples(10_000),
    testSamples: testSamples(1000),
    length: int(text('Length', '长度'), text('Bits of a string.', '序列的位数。'), 16, { min: 1, max: 10_000, prominent: true, logarithmic: true }),
    targets: TARGETS,
    seed: SEED,
  },
  maths: { forward: 'x_t \\in \\{0, 1\\},\\quad y = \\bigl(\\textstyle\\sum_t x_t\\bigr) \\bmod 2' },
  source: 'Minsky & Papert, Perceptrons, 1969 (parity as what a single layer cannot tell); Hochreiter & Schmidhuber, Long Short-Term Memory, 1997 (as a sequence)',
  infer: ({ length, targets }) => [{ shape: ['N', length, 1], dtype: 'f32' }, targetType(targets, 2)],
  lower: fedByTheEngine,
  data: { dataset: 'parity' },
  code: {
    pytorch: ({ trainSamples: count, length }) => `x = torch.randint(2, (${count}, ${length}, 1)).float(); y = x.sum((1, 2)).long() % 2`,
    keras: ({ trainSamples: count, length }) => `x = numpy.random.randint(0, 2, (${count}, ${length}, 1)); y = x.sum((1, 2)) % 2`,
  },
  examples: [
    { params: { trainSamples: 16, testSamples: 4, length: 5 }, inputs: [] },
    { params: { trainSamples: 16, testSamples: 4, length: 3, targets: 'binary' }, inputs: [] },
  ],
});
