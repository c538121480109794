/** LSTM: a recurrent layer whose cell is written, kept and read through gates. */
import type { Value } from '../../tensor/ir.ts';
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { type Cell, type RecurrentParams, cellPort, gate, recurrentExamples, recurrentForms, recurrentParams, statePort } from './recurrent.ts';

const cell: Cell = {
  pytorch: 'LSTM',
  gates: 4,
  carries: 2,
  step(b, fromInput, fromState, carries) {
    const before = carries[1] as Value;
    const units = before.shape[1] ?? 1;
    const gates = b.add(fromInput, fromState);
    const [write, keep, read] = [0, 1, 3].map((i) => b.sigmoid(gate(b, gates, i, units))) as [Value, Value, Value];
    const content = b.add(b.mul(keep, before), b.mul(write, b.tanh(gate(b, gates, 2, units))));
    return [b.mul(read, b.tanh(content)), content];
  },
  // ONNX has input, output, forget, cell; PyTorch input, forget, cell, output.
  onnxGates: [0, 3, 1, 2],
  onnxAttributes: () => ({}),
  keywords: { pytorch: {}, keras: {} },
};

export const LSTM = defineNode<RecurrentParams>({
  type: 'LSTM',
  category: 'layer',
  title: text('LSTM', '长短期记忆（LSTM）'),
  summary: text(
    'A recurrent layer that remembers over many steps: gates decide what its cell takes in, keeps and shows.',
    '能记住很多步的循环层：由门决定单元写入什么、保留什么、输出什么。',
  ),
  synonyms: ['long short-term memory', 'recurrent', 'rnn', '长短时记忆', '循环神经网络'],
  inputs: [inputX, statePort, cellPort],
  outputs: [outputY],
  params: recurrentParams,
  maths: {
    forward: String.raw`\begin{aligned} i, f, o &= \sigma\!\left(W x_t + U h_{t-1} + b\right)_{i, f, o}, & g &= \tanh\!\left(W x_t + U h_{t-1} + b\right)_{g} \\ c_t &= f \odot c_{t-1} + i \odot g, & h_t &= o \odot \tanh c_t \end{aligned}`,
    backward: String.raw`\frac{\partial L}{\partial c_{t-1}} = f \odot \frac{\partial L}{\partial c_t},\qquad \frac{\partial L}{\partial c_t} \mathrel{+}= \frac{\partial L}{\partial h_t} \odot o \odot (1 - \tanh^2 c_t)`,
  },
  source: 'S. Hochreiter and J. Schmidhuber, “Long Short-Term Memory”, 1997; forget gate: F. Gers et al., 2000',
  ...recurrentForms(() => cell),
  examples: recurrentExamples(2),
});
