/** The documents that ship with the product. This only describes them; reading a file is the platform's business. */
import type { Text } from '../nodes/node-type.ts';

export interface Template {
  readonly id: string;
  readonly title: Text;
  /** Id of the dataset that it learns from. */
  readonly dataset: string;
  /** Relative to the product's `assets` folder. */
  readonly file: string;
}

/** From what a beginner runs first to what needs a download. */
export const TEMPLATES: readonly Template[] = [
  describe('digits-cnn', 'digits', 'Digits with a small CNN', '小型卷积网络识别生成数字'),
  describe('linear-regression', 'line', 'Linear regression', '线性回归'),
  describe('logistic-regression', 'blobs', 'Logistic regression', '逻辑回归'),
  describe('xor', 'xor', 'XOR with a hidden layer', '用隐藏层解决异或'),
  describe('spiral', 'spiral', 'Two spirals', '双螺旋'),
  describe('mnist-softmax', 'mnist', 'MNIST with softmax regression', 'MNIST：softmax 回归'),
  describe('mnist-mlp', 'mnist', 'MNIST with a multilayer perceptron', 'MNIST：多层感知机'),
  describe('mnist-cnn', 'mnist', 'MNIST with a CNN', 'MNIST：卷积神经网络'),
  describe('mnist-gan', 'mnist', 'MNIST digits from a GAN', '用 GAN 生成 MNIST 数字'),
  describe('mnist-dcgan', 'mnist', 'MNIST digits from a DCGAN', '用 DCGAN 生成 MNIST 数字'),
];

function describe(id: string, dataset: string, en: string, zh: string): Template {
  return { id, title: { en, zh }, dataset, file: `templates/${id}.netloom` };
}

export function findTemplate(id: string): Template | undefined {
  return TEMPLATES.find((template) => template.id === id);
}
