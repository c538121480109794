/** Adding problem: two numbers far apart in a sequence are marked, and their sum is asked for at the end. */
import { defineNode } from '../node-type.ts';
import { int, text } from '../params.ts';
import { fedByTheEngine, SEED, type SizeParams, testSamples, trainSamples, XY } from './shared.ts';

export interface AddingProblemParams extends SizeParams {
  readonly length: number;
}

export const addingProblemNode = defineNode<AddingProblemParams>({
  type: 'AddingProblem',
  category: 'data',
  title: text('Adding problem', '加法问题'),
  summary: text(
    'Sequences of random numbers beside a channel that marks two of them, one in each half: the target is their sum. Whoever always answers 1 has a mean squared error of 0.167; less needs a memory that lasts.',
    '随机数序列，另有一个通道标出其中两个数，前后半段各一个，目标是这两个数之和。总是回答 1 的均方误差为 0.167，要更低就需要持久的记忆。',
  ),
  synonyms: ['long short-term memory', 'recurrent', 'sequence', 'memory', 'LSTM', 'RNN', '序列', '循环网络', '长期依赖'],
  inputs: [],
  outputs: XY,
  params: {
    trainSamples: trainSamples(10_000),
    testSamples: testSamples(1000),
    length: int(text('Length', '长度'), text('Steps of a sequence. The longer it is, the longer a number must be remembered.', '序列的步数。越长，数字就要记得越久。'), 50, { min: 2, max: 10_000, prominent: true, logarithmic: true }),
    seed: SEED,
  },
  maths: { forward: 'x_t = (v_t, m_t),\\quad v_t \\sim U(0, 1),\\quad y = \\sum_t m_t v_t,\\quad \\sum_{t < T/2} m_t = \\sum_{t \\ge T/2} m_t = 1' },
  source: 'Hochreiter & Schmidhuber, Long Short-Term Memory, 1997 (experiment 4); values in [0, 1) and one mark in each half as in Arjovsky, Shah & Bengio, Unitary Evolution Recurrent Neural Networks, 2016',
  infer: ({ length }) => [
    { shape: ['N', length, 2], dtype: 'f32' },
    { shape: ['N', 1], dtype: 'f32' },
  ],
  lower: fedByTheEngine,
  data: { dataset: 'adding-problem' },
  code: {
    pytorch: ({ trainSamples: count, length }) => `v = torch.rand(${count}, ${length}); m = torch.zeros_like(v); m[torch.arange(${count}), torch.randint(${Math.floor(length / 2)}, (${count},))] = 1; m[torch.arange(${count}), torch.randint(${Math.floor(length / 2)}, ${length}, (${count},))] = 1; x, y = torch.stack([v, m], -1), (v * m).sum(1, keepdim=True)`,
    keras: ({ trainSamples: count, length }) => `v = numpy.random.rand(${count}, ${length}); m = numpy.zeros_like(v); m[numpy.arange(${count}), numpy.random.randint(0, ${Math.floor(length / 2)}, ${count})] = 1; m[numpy.arange(${count}), numpy.random.randint(${Math.floor(length / 2)}, ${length}, ${count})] = 1; x, y = numpy.stack([v, m], -1), (v * m).sum(1, keepdims=True)`,
  },
  examples: [{ params: { trainSamples: 16, testSamples: 4, length: 7 }, inputs: [] }],
});
