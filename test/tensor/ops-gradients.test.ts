/** Every op's vector-Jacobian product against central differences of the float64 reference, and second derivatives of the closed families. */
import { describe, expect, test } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import type { OpName, Value } from '../../engine/tensor/ir.ts';
import { opNames } from '../../engine/tensor/ops/index.ts';
import { evaluateValue, expectGradientsMatch, randomTensor } from '../support/oracle.ts';
import { opCases } from './op-cases.ts';
import { convCases } from './windows.ts';

for (const [op, list] of Object.entries(opCases)) {
  describe(op, () => {
    for (const { title, leaves, build } of list) test(title, () => expectGradientsMatch(build, leaves));
  });
}

test('every op has a case, leaves and indices aside', () => {
  const without: readonly OpName[] = ['input', 'state', 'constant', 'literal', 'iota', 'random', 'argmax', 'maxPoolArg'];
  expect(opNames.filter((op) => !(op in opCases)).sort()).toEqual([...without].sort());
});

describe('ties', () => {
  const gradientOf = (build: (b: Builder, v: Value) => Value, data: readonly number[]): number[] => {
    const b = new Builder();
    const v = b.input('v', [data.length]);
    return [...evaluateValue(gradients(b, build(b, v), [v])[0]!, { v: data })];
  };
  test('reduce max and min share the gradient equally', () => {
    expect(gradientOf((b, v) => b.reduceMax(v), [1, 4, 4, 2])).toEqual([0, 0.5, 0.5, 0]);
    expect(gradientOf((b, v) => b.reduceMin(v), [1, 1, 1, 2]).map((g) => g * 3)).toEqual([1, 1, 1, 0]);
  });
  test('binary max and min pass halves', () => {
    expect(gradientOf((b, v) => b.sum(b.max(v, 0)), [-1, 0, 1])).toEqual([0, 0.5, 1]);
    expect(gradientOf((b, v) => b.sum(b.min(v, 0)), [-1, 0, 1])).toEqual([1, 0.5, 0]);
  });
  test('relu and abs have slope 0 at 0', () => {
    expect(gradientOf((b, v) => b.sum(b.relu(v)), [-1, 0, 1])).toEqual([0, 0, 1]);
    expect(gradientOf((b, v) => b.sum(b.abs(v)), [-1, 0, 1])).toEqual([-1, 0, 1]);
  });
  test('a max pool gives all to the first of equal elements', () => {
    expect(gradientOf((b, v) => b.sum(b.maxPool(b.reshape(v, [1, 1, 4]), { size: [2], stride: [2], padBefore: [0], padAfter: [0], dilation: [1] })), [3, 3, 1, 2])).toEqual([1, 0, 0, 1]);
  });
});

describe('second derivatives', () => {
  for (const { title, x: xs, w, window, groups } of convCases.slice(0, 6)) {
    test(`conv ${title}`, () => {
      expectGradientsMatch((b, v) => {
        const y = b.conv(v.x, v.w, window, groups);
        const [byX, byW] = gradients(b, b.sum(b.mul(y, b.square(y))), [v.x, v.w]);
        return b.add(b.sum(b.square(byX!)), b.sum(b.square(byW!)));
      }, { x: randomTensor(1, xs), w: randomTensor(2, w) }, { tolerance: 1e-5, elements: 8 });
    });
  }
  test('max pool, dot, gather and smooth maps', () => {
    expectGradientsMatch((b, v) => {
      const pooled = b.maxPool(b.reshape(v.x, [1, 1, 4, 6]), { size: [2, 3], stride: [2, 3], padBefore: [0, 0], padAfter: [0, 0], dilation: [1, 1] });
      const h = b.tanh(b.dot(b.reshape(pooled, [2, 2]), v.w));
      const loss = b.sum(b.exp(b.gather(h, b.literal(Int32Array.of(1, 1, 0), [3]))));
      const [byX] = gradients(b, loss, [v.x]);
      return b.sum(b.mul(b.square(byX!), byX!));
    }, { x: randomTensor(3, [24]), w: randomTensor(4, [2, 3]) }, { tolerance: 1e-5 });
  });
});
