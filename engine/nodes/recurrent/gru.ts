/** GRU: a recurrent layer with two gates, whose state is its memory. */
import type { Value } from '../../tensor/ir.ts';
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { type Cell, type RecurrentParams, gate, recurrentExamples, recurrentForms, recurrentParams, statePort } from './recurrent.ts';

const cell: Cell = {
  pytorch: 'GRU',
  gates: 3,
  carries: 1,
  step(b, fromInput, fromState, [state]) {
    const before = state as Value;
    const units = before.shape[1] ?? 1;
    const [reset, keep] = [0, 1].map((i) => b.sigmoid(b.add(gate(b, fromInput, i, units), gate(b, fromState, i, units)))) as [Value, Value];
    // As in PyTorch and cuDNN: the state is reset behind its product, not in front of it.
    const fresh = b.tanh(b.add(gate(b, fromInput, 2, units), b.mul(reset, gate(b, fromState, 2, units))));
    return [b.add(fresh, b.mul(keep, b.sub(before, fresh)))];
  },
  // ONNX has update, reset, new; PyTorch reset, update, new.
  onnxGates: [1, 0, 2],
  onnxAttributes: () => ({ linear_before_reset: 1 }),
  keywords: { pytorch: {}, keras: {} },
};

export const GRU = defineNode<RecurrentParams>({
  type: 'GRU',
  category: 'layer',
  title: text('GRU', '门控循环单元（GRU）'),
  summary: text(
    'A recurrent layer with two gates: how much of the state is renewed, and how much of it the new content sees. Lighter than an LSTM, often as good.',
    '带两个门的循环层：一个决定状态更新多少，一个决定新内容能看到多少旧状态。比 LSTM 更轻，效果往往相当。',
  ),
  synonyms: ['gated recurrent unit', 'recurrent', 'rnn', '循环神经网络'],
  inputs: [inputX, statePort],
  outputs: [outputY],
  params: recurrentParams,
  maths: {
    forward: String.raw`\begin{aligned} r, z &= \sigma\!\left(W x_t + U h_{t-1} + b\right)_{r, z} \\ n &= \tanh\!\left(W_n x_t + b_{in} + r \odot (U_n h_{t-1} + b_{hn})\right) \\ h_t &= (1 - z) \odot n + z \odot h_{t-1} \end{aligned}`,
  },
  source: 'K. Cho et al., “Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine Translation”, 2014',
  ...recurrentForms(() => cell),
  examples: recurrentExamples(1),
});
