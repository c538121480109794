/** Composed formulas: values against independent definitions in float64, gradients against central differences, extremes in float32's range. */
import { describe, expect, test } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import * as c from '../../engine/tensor/composites.ts';
import type { Value } from '../../engine/tensor/ir.ts';
import { type Leaf, evaluateLeaves, evaluateValue, expectClose, expectGradientsMatch, randomIntegers, randomTensor } from '../support/oracle.ts';

const vector = (data: readonly number[]): Leaf => ({ shape: [data.length], data });
const sum = (items: Iterable<number>): number => [...items].reduce((a, b) => a + b, 0);

describe('activations', () => {
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  /** Name, composite, and its textbook definition. */
  const table: readonly (readonly [string, (b: Builder, x: Value) => Value, (x: number) => number])[] = [
    ['leaky relu', (b, x) => c.leakyRelu(b, x, 0.1), (x) => (x > 0 ? x : 0.1 * x)],
    ['elu', (b, x) => c.elu(b, x, 1.3), (x) => (x > 0 ? x : 1.3 * (Math.exp(x) - 1))],
    ['selu', c.selu, (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.exp(x) - 1))],
    ['silu', c.silu, (x) => x * sigmoid(x)],
    ['softplus', c.softplus, (x) => Math.log(1 + Math.exp(x))],
    ['mish', c.mish, (x) => x * Math.tanh(Math.log(1 + Math.exp(x)))],
    ['hard swish', c.hardSwish, (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6],
    ['gelu by tanh', c.geluTanh, (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))],
    ['clamp', (b, x) => c.clamp(b, x, -1, 2.5), (x) => Math.min(Math.max(x, -1), 2.5)],
  ];
  const x = randomTensor(5, [31], -6, 6);
  for (const [name, composite, definition] of table) {
    test(name, () => {
      const build = (b: Builder, v: Record<'x', Value>): Value => composite(b, v.x);
      expectClose(evaluateLeaves(build, { x }), Float64Array.from({ length: 31 }, (_, i) => definition(x.data[i]!)), 1e-13, name);
      expectGradientsMatch(build, { x });
    });
  }
  test('gelu is x times the normal distribution function, integrated numerically', () => {
    // Φ(x) = 1/2 + ∫₀ˣ φ by Simpson's rule.
    const phi = (x: number): number => {
      const n = 2000;
      const density = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
      return 0.5 + (x / n / 3) * sum(Array.from({ length: n + 1 }, (_, i) => density((x * i) / n) * (i === 0 || i === n ? 1 : i % 2 === 1 ? 4 : 2)));
    };
    expectClose(evaluateLeaves((b, v) => c.geluErf(b, v.x), { x }), Float64Array.from({ length: 31 }, (_, i) => x.data[i]! * phi(x.data[i]!)), 1e-12);
    expectGradientsMatch((b, v) => c.geluErf(b, v.x), { x });
  });
  test('values and slopes at 0 and far out are the true ones', () => {
    const at = [-1e4, 0, 1e4];
    const slopes = (composite: (b: Builder, x: Value) => Value): number[] => {
      const b = new Builder();
      const v = b.input('x', [3]);
      const y = composite(b, v);
      const [slope] = gradients(b, b.sum(y), [v]);
      expect([...evaluateValue(y, { x: at })].every(Number.isFinite)).toBe(true);
      return [...evaluateValue(slope!, { x: at })];
    };
    expect(slopes(c.softplus)).toEqual([0, 0.5, 1]);
    expect(slopes(c.mish).map((s) => Math.round(s * 1e9) / 1e9 + 0)).toEqual([0, 0.6, 1]);
    expect(slopes((b, v) => c.elu(b, v, 2))).toEqual([0, 2, 1]);
    expect(slopes((b, v) => c.leakyRelu(b, v, 0.25))).toEqual([0.25, 0.25, 1]);
    expect(slopes(c.silu)).toEqual([0, 0.5, 1]);
    expect(slopes(c.hardSwish)).toEqual([0, 0.5, 1]);
    expect(slopes((b, v) => c.clamp(b, v, 0, 1))).toEqual([0, 1, 0]);
  });
});

describe('softmax and its kin', () => {
  const x = randomTensor(6, [3, 4, 5], -3, 3);
  test('along the last axis and another', () => {
    for (const axis of [2, 1, -2]) {
      const naive = evaluateLeaves((b, v) => b.div(b.exp(v.x), b.sum(b.exp(v.x), [axis], true)), { x });
      expectClose(evaluateLeaves((b, v) => c.softmax(b, v.x, axis), { x }), naive, 1e-14);
      expectClose(evaluateLeaves((b, v) => c.logSoftmax(b, v.x, axis), { x }), naive.map(Math.log), 1e-14);
      for (const f of [c.softmax, c.logSoftmax]) expectGradientsMatch((b, v) => f(b, v.x, axis), { x });
    }
  });
  test('extreme logits overflow neither the value nor the gradient', () => {
    const b = new Builder();
    const v = b.input('x', [2, 3]);
    const y = c.logSoftmax(b, v, 1);
    const [slope] = gradients(b, b.sum(b.slice(y, 1, 0, 1)), [v]);
    const feeds = { x: [1e4, 0, -1e4, -3e4, 3e4, 3e4] };
    expect([...evaluateValue(y, feeds)]).toEqual([0, -1e4, -2e4, -6e4 - Math.LN2, -Math.LN2, -Math.LN2]);
    expect([...evaluateValue(slope!, feeds)]).toEqual([0, 0, 0, 1, -0.5, -0.5]);
  });
  test('one-hot rows, zeros for a class outside', () => {
    const i = { shape: [2, 2], dtype: 'i32' as const, data: [2, 0, 3, -1] };
    expect([...evaluateLeaves((b, v) => c.oneHot(b, v.i, 3), { i })]).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe('normalization', () => {
  test('moments of each choice of axes, gradient included', () => {
    const x = randomTensor(8, [3, 4, 5], 10, 12);
    for (const axes of [[2], [0, 2], [1, 2]]) {
      const standardized = (b: Builder, v: Record<'x', Value>): Value => c.normalize(b, v.x, axes, 1e-12);
      const check = (build: (b: Builder, y: Value) => Value): Float64Array => evaluateLeaves((b, v) => build(b, standardized(b, v)), { x });
      expectClose(check((b, y) => b.add(b.mean(y, axes), 1)), check((b, y) => b.mean(y, axes)).fill(1), 1e-12);
      const { length } = check((b, y) => b.mean(y, axes));
      expectClose(check((b, y) => b.mean(b.square(y), axes)), new Float64Array(length).fill(1), 1e-9);
      expectGradientsMatch(standardized, { x });
    }
  });
  test('a mean that dwarfs the deviation does no harm', () => {
    const x = { shape: [1, 4], data: [1e6, 1e6 + 1, 1e6 + 2, 1e6 + 3] };
    expectClose(evaluateLeaves((b, v) => c.moments(b, v.x, [1]).variance, { x }), [1.25], 1e-12);
  });
  test('group norm normalizes each group of channels alone', () => {
    const x = randomTensor(9, [2, 6, 3, 2], -2, 5);
    const out = evaluateLeaves((b, v) => c.groupNormalize(b, v.x, 3, 1e-5), { x });
    for (let group = 0; group < 6; group++) {
      const of = (data: Leaf['data']): number[] => Array.from({ length: 12 }, (_, i) => data[group * 12 + i]!);
      const items = of(x.data);
      const mean = sum(items) / 12;
      const variance = sum(items.map((item) => (item - mean) ** 2)) / 12;
      expectClose(of(out), items.map((item) => (item - mean) / Math.sqrt(variance + 1e-5)), 1e-12);
    }
    expectGradientsMatch((b, v) => c.groupNormalize(b, v.x, 3, 1e-5), { x });
    expect(() => evaluateLeaves((b, v) => c.groupNormalize(b, v.x, 4, 1e-5), { x })).toThrow('4 groups do not divide the channels of [2, 6, 3, 2]');
  });
  test('a channel vector broadcasts over [N, C, …]', () => {
    const b = new Builder();
    expect(c.alongChannels(b, b.input('s', [6]), 4).shape).toEqual([1, 6, 1, 1]);
  });
});

describe('pools and dropout', () => {
  test('average pool with the padding counted and not', () => {
    const x = { shape: [1, 1, 2, 2], data: [1, 2, 3, 6] };
    const window = { size: [2, 2], stride: [1, 1], padBefore: [1, 1], padAfter: [0, 0], dilation: [1, 1] };
    expect([...evaluateLeaves((b, v) => c.averagePool(b, v.x, window, true), { x })]).toEqual([0.25, 0.75, 1, 3]);
    expect([...evaluateLeaves((b, v) => c.averagePool(b, v.x, window, false), { x })]).toEqual([1, 1.5, 2, 3]);
    for (const counted of [true, false]) expectGradientsMatch((b, v) => c.averagePool(b, v.x, window, counted), { x });
  });
  test('nearest upsampling repeats each element', () => {
    const x = { shape: [1, 1, 2, 2], data: [1, 2, 3, 4] };
    expect([...evaluateLeaves((b, v) => c.upsampleNearest(b, v.x, [2, 3]), { x })]).toEqual([1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4]);
    expectGradientsMatch((b, v) => c.upsampleNearest(b, b.square(v.x), [2, 3]), { x });
  });
  test('dropout drops what lies below the probability and scales the rest', () => {
    const leaves = { x: vector([1, 2, 3, 4]), u: vector([0.1, 0.25, 0.3, 0]) };
    expect([...evaluateLeaves((b, v) => c.dropout(b, v.x, 0.25, v.u), leaves)]).toEqual([0, 2 / 0.75, 3 / 0.75, 0]);
    expect([...evaluateLeaves((b, v) => c.dropout(b, v.x, 0, v.u), leaves)]).toEqual([1, 2, 3, 4]);
    expect([...evaluateLeaves((b, v) => c.dropout(b, v.x, 1, v.u), leaves)]).toEqual([0, 0, 0, 0]);
  });
});

describe('clipping and one-hot rows', () => {
  test('the norm over several tensors, and the factor that clips to it', () => {
    const [x, y] = [vector([3, 0]), vector([4])];
    expect(evaluateLeaves((b, v) => c.globalNorm(b, [v.x, v.y]), { x, y })[0]).toBe(5);
    expectClose(evaluateLeaves((b, v) => c.clipFactor(b, c.globalNorm(b, [v.x, v.y]), 1), { x, y }), [0.2], 1e-6);
    expect(evaluateLeaves((b, v) => c.clipFactor(b, c.globalNorm(b, [v.x]), 10), { x })[0]).toBe(1);
  });
  test('random labels do not change what one-hot rows sum to', () => {
    const i = randomIntegers(4, [50], 7);
    expect(evaluateLeaves((b, v) => b.sum(c.oneHot(b, v.i, 7)), { i })[0]).toBe(50);
  });
});
