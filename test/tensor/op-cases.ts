/** At least one small graph per op through which a gradient flows: derivatives are checked on them, and backends held against the reference. */
import { Builder } from '../../engine/tensor/builder.ts';
import type { OpName, Value } from '../../engine/tensor/ir.ts';
import { type Leaf, randomIntegers, randomTensor } from '../support/oracle.ts';
import { scanCases } from './scans.ts';
import { convCases, poolWindows } from './windows.ts';

export interface OpCase {
  readonly title: string;
  readonly leaves: Readonly<Record<string, Leaf>>;
  readonly build: (b: Builder, leaves: Record<string, Value>) => Value;
}
const of = (title: string, leaves: OpCase['leaves'], build: (b: Builder, ...values: Value[]) => Value): OpCase => ({ title, leaves, build: (b, values) => build(b, ...Object.values(values)) });

const x = randomTensor(11, [3, 4, 5]);
/** Distinct numbers, far enough apart that no maximum changes hands within the step of the difference. */
const distinct: Leaf = { shape: [2, 3, 9, 7], data: Array.from({ length: 378 }, (_, i) => ((i * 151) % 379) / 379) };

export const opCases: Readonly<Partial<Record<OpName, readonly OpCase[]>>> = {
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
  // Without the last window, the whole image: only second derivatives come here, and its 63 taps would be squared.
  maxPoolGrad: poolWindows.slice(0, -1).map(([title, window]) => of(title, { dy: distinct }, (b, dy) => {
    const source = b.literal(Float32Array.from(distinct.data), distinct.shape);
    const arg = b.maxPoolArg(source, window);
    return b.square(b.maxPoolGrad(arg, b.mul(b.maxPool(dy!, window), 2), window, distinct.shape));
  })),
  sumPool: poolWindows.map(([title, window]) => of(title, { x: distinct }, (b, v) => b.square(b.sumPool(v!, window)))),
  sumPoolGrad: poolWindows.map(([title, window]) => of(title, { x: distinct }, (b, v) => b.square(b.sumPoolGrad(b.sumPool(v!, window), window, distinct.shape)))),
  gather: [of('with repeats and indices outside', { table: randomTensor(1, [4, 3]), i: { shape: [3, 2], dtype: 'i32', data: [0, 3, 3, 1, -1, 9] } }, (b, t, i) => b.square(b.gather(t!, i!)))],
  scan: scanCases.map(({ title, leaves, build }) => of(title, leaves, build)),
  scatterAdd: [of('with repeats', { i: randomIntegers(3, [5], 3), u: randomTensor(2, [5, 2]) }, (b, i, u) => b.square(b.scatterAdd(i!, u!, 4)))],
};

function outputOf(xs: readonly number[], w: readonly number[], window: Parameters<Builder['conv']>[2], groups: number): readonly number[] {
  const b = new Builder();
  return b.conv(b.input('x', xs), b.input('w', w), window, groups).shape;
}
