/** Every op's vector-Jacobian product against central differences of the float64 reference, and second derivatives of the closed families. */
import { describe, expect, test } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import type { OpName, Value } from '../../engine/tensor/ir.ts';
import { opNames } from '../../engine/tensor/ops/index.ts';
import { type Leaf, evaluateValue, expectGradientsMatch, randomIntegers, randomTensor } from '../support/oracle.ts';
import { convCases, poolWindows } from './windows.ts';

interface Case {
  readonly title: string;
  readonly leaves: Readonly<Record<string, Leaf>>;
  readonly build: (b: Builder, leaves: Record<string, Value>) => Value;
}
const of = (title: string, leaves: Case['leaves'], build: (b: Builder, ...values: Value[]) => Value): Case => ({ title, leaves, build: (b, values) => build(b, ...Object.values(values)) });

const x = randomTensor(11, [3, 4, 5]);
/** Distinct numbers, far enough apart that no maximum changes hands within the step of the difference. */
const distinct: Leaf = { shape: [2, 3, 9, 7], data: Array.from({ length: 378 }, (_, i) => ((i * 151) % 379) / 379) };

/** At least one case per op through which a gradient flows; the test below names what is left out. */
const cases: Readonly<Partial<Record<OpName, readonly Case[]>>> = {
  map: [of('a composition of several', { x, y: randomTensor(12, [3, 4, 5], 0.5, 2) }, (b, v, y) => b.mul(b.tanh(b.div(v!, y!)), b.log(y!)))],
  reduce: [
    ...[[0], [1, 2], [0, 1, 2]].map((axes) => of(`sum over ${axes}`, { x }, (b, v) => b.square(b.sum(v!, axes, true)))),
    ...[[1], [0, 2]].flatMap((axes) => [of(`max over ${axes}`, { x }, (b, v) => b.square(b.reduceMax(v!, axes))), of(`min over ${axes}`, { x }, (b, v) => b.exp(b.reduceMin(v!, axes)))]),
  ],
  reshape: [of('to [6, 10]', { x }, (b, v) => b.reshape(b.square(v!), [6, 10]))],
  permute: [of('a cycle of three', { x }, (b, v) => b.permute(b.square(v!), [2, 0, 1])), of('four axes', { x: randomTensor(1, [2, 3, 4, 2]) }, (b, v) => b.permute(b.square(v!), [3, 1, 0, 2]))],
  expand: [of('one axis and a new one', { x: randomTensor(1, [3, 1, 2]) }, (b, v) => b.expand(b.square(v!), [2, 3, 4, 2]))],
  slice: [
    of('from the middle', { x }, (b, v) => b.slice(b.square(v!), 1, 1, 3)),
    of('in steps that end at the last element', { x }, (b, v) => b.slice(b.square(v!), 2, 0, 5, 2)),
    of('in steps of several axes', { x: randomTensor(2, [7, 8]) }, (b, v) => b.make('slice', [b.square(v!)], { start: [1, 2], step: [3, 2] }, { shape: [2, 3] })),
    of('one element by a long step', { x: randomTensor(2, [7]) }, (b, v) => b.slice(b.square(v!), 0, 2, 4, 5)),
  ],
  flip: [of('two axes', { x }, (b, v) => b.flip(b.square(v!), [0, 2]))],
  pad: [of('unevenly, with a number', { x }, (b, v) => b.square(b.pad(v!, [1, 0, 2], [0, 3, 1], 0.5)))],
  concat: [of('three parts, one of them twice', { x, y: randomTensor(2, [3, 2, 5]) }, (b, v, y) => b.square(b.concat([v!, y!, v!], 1)))],
  dot: [
    of('matrices', { a: randomTensor(1, [3, 5]), b: randomTensor(2, [5, 4]) }, (b, l, r) => b.dot(l!, r!)),
    of('with a broadcast batch', { a: randomTensor(1, [2, 3, 5]), b: randomTensor(2, [5, 1]) }, (b, l, r) => b.dot(l!, r!)),
  ],
  conv: convCases.map(({ title, x: xs, w, window, groups }) => of(title, { x: randomTensor(1, xs), w: randomTensor(2, w) }, (b, v, f) => b.conv(v!, f!, window, groups))),
  convInputGrad: convCases.map(({ title, x: xs, w, window, groups }) => of(title, { dy: randomTensor(1, outputOf(xs, w, window, groups)), w: randomTensor(2, w) }, (b, dy, f) => b.convInputGrad(dy!, f!, window, groups, xs))),
  convWeightGrad: convCases.map(({ title, x: xs, w, window, groups }) => of(title, { x: randomTensor(1, xs), dy: randomTensor(2, outputOf(xs, w, window, groups)) }, (b, v, dy) => b.convWeightGrad(v!, dy!, window, groups, w))),
  maxPool: poolWindows.map(([title, window]) => of(title, { x: distinct }, (b, v) => b.square(b.maxPool(v!, window)))),
  maxPoolGrad: poolWindows.map(([title, window]) => of(title, { dy: distinct }, (b, dy) => {
    const source = b.literal(Float32Array.from(distinct.data), distinct.shape);
    const arg = b.maxPoolArg(source, window);
    return b.square(b.maxPoolGrad(arg, b.mul(b.maxPool(dy!, window), 2), window, distinct.shape));
  })),
  sumPool: poolWindows.map(([title, window]) => of(title, { x: distinct }, (b, v) => b.square(b.sumPool(v!, window)))),
  sumPoolGrad: poolWindows.map(([title, window]) => of(title, { x: distinct }, (b, v) => b.square(b.sumPoolGrad(b.sumPool(v!, window), window, distinct.shape)))),
  gather: [of('with repeats and indices outside', { table: randomTensor(1, [4, 3]), i: { shape: [3, 2], dtype: 'i32', data: [0, 3, 3, 1, -1, 9] } }, (b, t, i) => b.square(b.gather(t!, i!)))],
  scatterAdd: [of('with repeats', { i: randomIntegers(3, [5], 3), u: randomTensor(2, [5, 2]) }, (b, i, u) => b.square(b.scatterAdd(i!, u!, 4)))],
};

function outputOf(xs: readonly number[], w: readonly number[], window: Parameters<Builder['conv']>[2], groups: number): readonly number[] {
  const b = new Builder();
  return b.conv(b.input('x', xs), b.input('w', w), window, groups).shape;
}

for (const [op, list] of Object.entries(cases)) {
  describe(op, () => {
    for (const { title, leaves, build } of list) test(title, () => expectGradientsMatch(build, leaves));
  });
}

test('every op has a case above, leaves and indices aside', () => {
  const without: readonly OpName[] = ['input', 'state', 'constant', 'literal', 'iota', 'random', 'argmax', 'maxPoolArg'];
  expect(opNames.filter((op) => !(op in cases)).sort()).toEqual([...without].sort());
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
