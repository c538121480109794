/** Templates: sequences, read step by step. */
import { type Template, defineTemplate } from './template.ts';

export const RECURRENT: readonly Template[] = [
  defineTemplate({
    id: 'char-lstm', dataset: 'text', title: { en: 'A character LSTM that writes', zh: '会写作的字符 LSTM' },
    reference: { en: 'Sutskever, Martens & Hinton, Generating Text with Recurrent Neural Networks, 2011; Karpathy, The Unreasonable Effectiveness of Recurrent Neural Networks, 2015', zh: 'Sutskever、Martens 与 Hinton，Generating Text with Recurrent Neural Networks，2011；Karpathy，The Unreasonable Effectiveness of Recurrent Neural Networks，2015' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.5655, bound: { atLeast: 0.55 } }, seconds: 25,
  }),
];
