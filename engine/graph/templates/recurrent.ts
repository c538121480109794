/** Templates: sequences, read step by step. */
import { type Template, defineTemplate } from './template.ts';

export const RECURRENT: readonly Template[] = [
  defineTemplate({
    id: 'sine-forecast', dataset: 'sine-forecast', title: { en: 'Sine forecast with an LSTM', zh: '用 LSTM 预测正弦波' },
    reference: { en: 'Box and Jenkins, Time Series Analysis: Forecasting and Control, 1970; the mark is the noise, below which no forecast comes', zh: 'Box 与 Jenkins，Time Series Analysis: Forecasting and Control，1970；标志值即噪声，任何预测都不可能更低' },
    figure: { measure: 'rmse', split: 'test', reached: 0.0625, bound: { atMost: 0.07 }, mark: 0.05 }, seconds: 5, quick: true,
  }),
  defineTemplate({
    id: 'adding-problem', dataset: 'adding-problem', title: { en: 'The adding problem with a GRU', zh: '加法问题：用 GRU 求解' },
    reference: { en: 'Hochreiter and Schmidhuber, Long Short-Term Memory, 1997: solved where the error stays below 0.04', zh: 'Hochreiter 与 Schmidhuber，Long Short-Term Memory，1997：误差低于 0.04 即为解决' },
    figure: { measure: 'rmse', split: 'test', reached: 0.008786, bound: { atMost: 0.04 }, mark: 0.04 }, seconds: 20,
  }),
  defineTemplate({
    id: 'mnist-lstm', dataset: 'mnist', title: { en: 'MNIST row by row with an LSTM', zh: 'MNIST：用 LSTM 逐行阅读' },
    reference: { en: 'Le, Jaitly and Hinton, A Simple Way to Initialize Recurrent Networks of Rectified Linear Units, 2015 (there pixel by pixel, 97 %)', zh: 'Le、Jaitly 与 Hinton，A Simple Way to Initialize Recurrent Networks of Rectified Linear Units，2015（文中逐像素阅读，97 %）' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.9872, bound: { atLeast: 0.98 }, mark: 0.97 }, seconds: 60,
  }),
  defineTemplate({
    id: 'char-lstm', dataset: 'text', title: { en: 'A character LSTM that writes', zh: '会写作的字符 LSTM' },
    reference: { en: 'Sutskever, Martens & Hinton, Generating Text with Recurrent Neural Networks, 2011; Karpathy, The Unreasonable Effectiveness of Recurrent Neural Networks, 2015', zh: 'Sutskever、Martens 与 Hinton，Generating Text with Recurrent Neural Networks，2011；Karpathy，The Unreasonable Effectiveness of Recurrent Neural Networks，2015' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.5655, bound: { atLeast: 0.55 } }, seconds: 25,
  }),
];
