/** Templates: the networks that everybody compares with, on MNIST. */
import { type Template, defineTemplate } from './template.ts';

export const DIGITS: readonly Template[] = [
  defineTemplate({
    id: 'mnist-softmax', dataset: 'mnist', title: { en: 'MNIST with softmax regression', zh: 'MNIST：softmax 回归' },
    reference: { en: 'LeCun et al., Gradient-based learning applied to document recognition, 1998: linear classifier, 91.6 %; PyTorch, same settings: 92.31 %', zh: 'LeCun 等，Gradient-based learning applied to document recognition，1998：线性分类器 91.6 %；PyTorch 同样设置：92.31 %' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.9208, bound: { atLeast: 0.92 }, mark: 0.9231 }, seconds: 2,
  }),
  defineTemplate({
    id: 'mnist-mlp', dataset: 'mnist', title: { en: 'MNIST with a multilayer perceptron', zh: 'MNIST：多层感知机' },
    reference: { en: 'LeCun et al., Gradient-based learning applied to document recognition, 1998: 28×28-300-10, 95.3 %; PyTorch, same settings: 97.74 %', zh: 'LeCun 等，Gradient-based learning applied to document recognition，1998：28×28-300-10，95.3 %；PyTorch 同样设置：97.74 %' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.9784, bound: { atLeast: 0.975 }, mark: 0.9774 }, seconds: 8,
  }),
  defineTemplate({
    id: 'mnist-cnn', dataset: 'mnist', title: { en: 'MNIST with a CNN', zh: 'MNIST：卷积神经网络' },
    reference: { en: 'LeCun et al., Gradient-based learning applied to document recognition, 1998: LeNet-5, 99.05 %', zh: 'LeCun 等，Gradient-based learning applied to document recognition，1998：LeNet-5，99.05 %' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.9918, bound: { atLeast: 0.99 }, mark: 0.9905 }, seconds: 170,
  }),
  defineTemplate({
    id: 'lenet-5', dataset: 'mnist', title: { en: 'LeNet-5', zh: 'LeNet-5' },
    reference: { en: 'LeCun et al., Gradient-based learning applied to document recognition, 1998: LeNet-5 without distortions, 99.05 %', zh: 'LeCun 等，Gradient-based learning applied to document recognition，1998：不加变形的 LeNet-5，99.05 %' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.9894, bound: { atLeast: 0.989 }, mark: 0.9905 }, seconds: 50,
  }),
];
