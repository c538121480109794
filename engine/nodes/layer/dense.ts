/** Dense: every output is a weighted sum of all inputs along the last axis. */
import { elementCount } from '../../tensor/ir.ts';
import { type BiasParams, type InitParams, biasInit, biasParams, initParams, kerasInit, weightInit } from '../initializers.ts';
import { defineNode } from '../node-type.ts';
import { int, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call, unless } from '../python.ts';
import { requireFeatures, sizeOf } from '../shapes.ts';

interface DenseParams extends InitParams, BiasParams {
  readonly units: number;
}

export const Dense = defineNode<DenseParams>({
  type: 'Dense',
  category: 'layer',
  title: text('Dense', '全连接层'),
  summary: text(
    'Connects every input feature to every output unit. Works on the last axis, so sequences keep their positions.',
    '把每个输入特征与每个输出单元相连。作用于最后一个轴，因此序列的各个位置保持不变。',
  ),
  synonyms: ['linear', 'fully connected', 'fc', 'affine', 'inner product', 'perceptron', '线性层', '稠密层'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    units: int(text('Units', '单元数'), text('Number of outputs: the classes in the last layer of a classifier.', '输出的个数：分类器最后一层取类别数。'), 128, { min: 1, max: 65536, prominent: true, logarithmic: true }),
    ...biasParams,
    ...initParams,
  },
  maths: {
    forward: String.raw`y = x W^\top + b`,
    backward: String.raw`\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} W,\qquad \frac{\partial L}{\partial W} = \Bigl(\frac{\partial L}{\partial y}\Bigr)^{\!\top} x,\qquad \frac{\partial L}{\partial b} = \sum_n \frac{\partial L}{\partial y_n}`,
  },
  source: 'F. Rosenblatt, “The Perceptron: A Probabilistic Model for Information Storage and Organization in the Brain”, 1958; D. Rumelhart, G. Hinton, R. Williams, “Learning representations by back-propagating errors”, 1986',
  infer(p, ins) {
    const x = requireFeatures(ins);
    sizeOf(x, -1);
    return [{ shape: [...x.shape.slice(0, -1), p.units], dtype: 'f32' }];
  },
  weights(p, ins) {
    const features = sizeOf(requireFeatures(ins), -1);
    return {
      weight: { shape: [p.units, features], init: weightInit(p, { fanIn: features, fanOut: p.units }) },
      ...(p.bias ? { bias: { shape: [p.units], init: biasInit(p, features), noDecay: true } } : {}),
    };
  },
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    const { b } = scope;
    // One tall matrix instead of a batch of small ones: the weights are read once.
    const features = x.shape.at(-1) ?? 1;
    const rows = b.reshape(x, [elementCount(x.shape) / features, features]);
    const product = b.dot(rows, b.transpose(scope.weight('weight')));
    const y = p.bias ? b.add(product, scope.weight('bias')) : product;
    return [b.reshape(y, [...x.shape.slice(0, -1), p.units])];
  },
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    const weight = scope.weight('weight');
    if (scope.inputTypes[0]?.shape.length === 2) return [scope.op('Gemm', [x, weight, ...(p.bias ? [scope.weight('bias')] : [])], { transB: 1 })];
    const product = scope.op('MatMul', [x, scope.op('Transpose', [weight], { perm: [1, 0] })]);
    return [p.bias ? scope.op('Add', [product, scope.weight('bias')]) : product];
  },
  code: {
    pytorch: (p, ins) => call('nn.Linear', [sizeOf(requireFeatures(ins), -1), p.units], { bias: unless(p.bias, true) }),
    keras: (p) => call('layers.Dense', [p.units], { use_bias: unless(p.bias, true), kernel_initializer: kerasInit(p) }),
  },
  examples: [
    { params: { units: 5 }, inputs: [{ shape: ['N', 7], dtype: 'f32' }] },
    { params: { units: 3, bias: false }, inputs: [{ shape: ['N', 3, 5], dtype: 'f32' }] },
    { params: { units: 8 }, inputs: [{ shape: ['N', 4, 3, 6], dtype: 'f32' }] },
  ],
});
