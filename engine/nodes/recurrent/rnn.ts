/** RNN: the plain recurrent layer of Elman. */
import { defineNode } from '../node-type.ts';
import { choice, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { type Cell, type RecurrentParams, recurrentExamples, recurrentForms, recurrentParams, statePort } from './recurrent.ts';

interface RnnParams extends RecurrentParams {
  readonly activation: string;
}

const cellOf = ({ activation }: RnnParams): Cell => ({
  pytorch: 'RNN',
  gates: 1,
  carries: 1,
  step(b, fromInput, fromState) {
    const sum = b.add(fromInput, fromState);
    return [activation === 'relu' ? b.relu(sum) : b.tanh(sum)];
  },
  onnxGates: [0],
  onnxAttributes: (directions) => ({ activations: { strings: Array.from({ length: directions }, () => (activation === 'relu' ? 'Relu' : 'Tanh')) } }),
  keywords: { pytorch: { nonlinearity: activation === 'relu' ? "'relu'" : undefined }, keras: { activation: activation === 'relu' ? "'relu'" : undefined } },
});

export const RNN = defineNode<RnnParams>({
  type: 'RNN',
  category: 'layer',
  title: text('RNN', '循环层（RNN）'),
  summary: text(
    'Walks along a sequence and keeps a state: each step mixes the new input with the state before. Simple, and forgetful over many steps; LSTM and GRU remember longer.',
    '沿序列逐步运行并保持一个状态：每一步把新的输入与之前的状态混合。简单，但步数多时容易遗忘；LSTM 和 GRU 记得更久。',
  ),
  synonyms: ['recurrent', 'elman', 'simplernn', 'vanilla rnn', '循环神经网络', '递归'],
  inputs: [inputX, statePort],
  outputs: [outputY],
  params: {
    ...recurrentParams,
    activation: choice(text('Activation', '激活函数'), text('The function of each step.', '每一步所用的函数。'), 'tanh', { tanh: text('tanh', 'tanh'), relu: text('ReLU', 'ReLU') }),
  },
  maths: {
    forward: String.raw`h_t = \tanh\!\left(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh}\right)`,
    backward: String.raw`\frac{\partial L}{\partial h_{t-1}} = W_{hh}^\top\!\left(\frac{\partial L}{\partial h_t} \odot (1 - h_t^2)\right),\qquad \frac{\partial L}{\partial W_{hh}} = \sum_t \left(\frac{\partial L}{\partial h_t} \odot (1 - h_t^2)\right) h_{t-1}^\top`,
  },
  source: 'J. L. Elman, “Finding Structure in Time”, 1990',
  ...recurrentForms(cellOf),
  examples: [...recurrentExamples(1), { params: { units: 3, activation: 'relu' }, inputs: [{ shape: ['N', 4, 2], dtype: 'f32' }] }],
});
