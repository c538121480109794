/** Templates: what a course begins with, on data that is drawn here. */
import { type Template, defineTemplate } from './template.ts';

export const FIRST_STEPS: readonly Template[] = [
  defineTemplate({
    id: 'digits-cnn', dataset: 'digits', title: { en: 'Digits with a small CNN', zh: '小型卷积网络识别生成数字' },
    reference: { en: 'LeCun et al., Gradient-based learning applied to document recognition, 1998, in small', zh: 'LeCun 等，Gradient-based learning applied to document recognition，1998（缩小版）' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.983, bound: { atLeast: 0.97 } }, seconds: 15, quick: true,
  }),
  defineTemplate({
    id: 'linear-regression', dataset: 'line', title: { en: 'Linear regression', zh: '线性回归' },
    reference: { en: 'Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805: the least-squares solution', zh: 'Legendre，Nouvelles méthodes pour la détermination des orbites des comètes，1805：最小二乘解' },
    figure: { measure: 'closed-form', split: 'train', reached: 0.00366, bound: { atMost: 0.01 }, mark: 0 }, seconds: 1, quick: true,
  }),
  defineTemplate({
    id: 'linear-regression-2d', dataset: 'plane', title: { en: 'Two-input linear regression', zh: '双输入线性回归' },
    reference: { en: 'Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805: the least-squares solution', zh: 'Legendre，Nouvelles méthodes pour la détermination des orbites des comètes，1805：最小二乘解' },
    figure: { measure: 'closed-form', split: 'train', reached: 0.0000026, bound: { atMost: 0.001 }, mark: 0 }, seconds: 1, quick: true,
  }),
  defineTemplate({
    id: 'logistic-regression', dataset: 'blobs', title: { en: 'Logistic regression', zh: '逻辑回归' },
    reference: { en: 'Cox, The regression analysis of binary sequences, 1958', zh: 'Cox，The regression analysis of binary sequences，1958' },
    figure: { measure: 'accuracy', split: 'test', reached: 1, bound: { atLeast: 0.97 } }, seconds: 1, quick: true,
  }),
  defineTemplate({
    id: 'logistic-circles', dataset: 'circles', title: { en: 'Logistic regression with squared features', zh: '带平方特征的逻辑回归' },
    reference: { en: 'Hastie, Tibshirani and Friedman, The elements of statistical learning, 2009, section 4.2', zh: 'Hastie、Tibshirani、Friedman，The elements of statistical learning，2009，4.2 节' },
    figure: { measure: 'accuracy', split: 'test', reached: 1, bound: { atLeast: 0.98 } }, seconds: 1, quick: true,
  }),
  defineTemplate({
    id: 'xor-perceptron', dataset: 'xor', title: { en: 'A perceptron fails at XOR', zh: '感知机无法解决异或' },
    reference: { en: 'Minsky and Papert, Perceptrons, 1969: no single layer computes XOR', zh: 'Minsky、Papert，Perceptrons，1969：单层网络无法计算异或' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.57, bound: { atLeast: 0.5, atMost: 0.75 } }, seconds: 1, quick: true,
  }),
  defineTemplate({
    id: 'xor', dataset: 'xor', title: { en: 'XOR with a hidden layer', zh: '用隐藏层解决异或' },
    reference: { en: 'Rumelhart, Hinton and Williams, Learning internal representations by error propagation, 1986', zh: 'Rumelhart、Hinton、Williams，Learning internal representations by error propagation，1986' },
    figure: { measure: 'accuracy', split: 'test', reached: 0.985, bound: { atLeast: 0.97 } }, seconds: 1, quick: true,
  }),
  defineTemplate({
    id: 'spiral', dataset: 'spiral', title: { en: 'Two spirals', zh: '双螺旋' },
    reference: { en: 'Lang and Witbrock, Learning to tell two spirals apart, 1988', zh: 'Lang、Witbrock，Learning to tell two spirals apart，1988' },
    figure: { measure: 'accuracy', split: 'test', reached: 1, bound: { atLeast: 0.97 } }, seconds: 2, quick: true,
  }),
];
