/** Values of the ops against independent, naive definitions, and the shape rules' refusals. */
import { describe, expect, test } from 'vitest';
import { Builder } from '../../engine/tensor/builder.ts';
import { type Shape, type Window, elementCount } from '../../engine/tensor/ir.ts';
import { type Leaf, evaluateLeaves, expectClose, randomIntegers, randomTensor } from '../support/oracle.ts';
import { convCases, poolWindows, window2d } from './windows.ts';

/** x[n][c][i][j], zero outside. */
const at = ({ shape, data }: Leaf, n: number, c: number, i: number, j: number): number => {
  const [, channels, height, width] = shape as [number, number, number, number];
  return i < 0 || j < 0 || i >= height || j >= width ? 0 : data[((n * channels + c) * height + i) * width + j]!;
};
const outSize = (n: number, w: Window, axis: number): number => Math.floor((n + w.padBefore[axis]! + w.padAfter[axis]! - w.dilation[axis]! * (w.size[axis]! - 1) - 1) / w.stride[axis]!) + 1;
function places(x: Shape, w: Window): { readonly place: readonly [number, number]; tap(i: number, j: number): readonly [number, number] }[] {
  const list = [];
  for (let p = 0; p < outSize(x[2]!, w, 0); p++) {
    for (let q = 0; q < outSize(x[3]!, w, 1); q++) {
      const tap = (i: number, j: number): readonly [number, number] => [p * w.stride[0]! - w.padBefore[0]! + i * w.dilation[0]!, q * w.stride[1]! - w.padBefore[1]! + j * w.dilation[1]!];
      list.push({ place: [p, q] as const, tap });
    }
  }
  return list;
}
const taps = (w: Window): (readonly [number, number])[] => Array.from({ length: elementCount(w.size) }, (_, k) => [Math.floor(k / w.size[1]!), k % w.size[1]!]);

describe('contractions', () => {
  test('dot, with batch axes', () => {
    const [a, b] = [randomTensor(1, [2, 3, 4, 5]), randomTensor(2, [2, 3, 5, 7])];
    const naive: number[] = [];
    for (let batch = 0; batch < 6; batch++) {
      for (let m = 0; m < 4; m++) {
        for (let n = 0; n < 7; n++) {
          naive.push([0, 1, 2, 3, 4].reduce((sum, k) => sum + a.data[(batch * 4 + m) * 5 + k]! * b.data[(batch * 5 + k) * 7 + n]!, 0));
        }
      }
    }
    expectClose(evaluateLeaves((ir, v) => ir.dot(v.a, v.b), { a, b }), naive, 1e-14);
    expect(() => evaluateLeaves((ir, v) => ir.dot(v.a, v.a), { a })).toThrow('dot needs [batch…, M, K] and [batch…, K, N], got [2, 3, 4, 5] and [2, 3, 4, 5]');
  });

  for (const { title, x: xShape, w: wShape, window, groups } of convCases.filter(({ x }) => x.length === 4)) {
    test(`conv ${title}`, () => {
      const [x, w] = [randomTensor(1, xShape), randomTensor(2, wShape)];
      const naive: number[] = [];
      const perGroup = wShape[0]! / groups;
      for (let n = 0; n < xShape[0]!; n++) {
        for (let o = 0; o < wShape[0]!; o++) {
          for (const { tap } of places(xShape, window)) {
            let sum = 0;
            for (let c = 0; c < wShape[1]!; c++) {
              for (const [i, j] of taps(window)) sum += at(x, n, Math.floor(o / perGroup) * wShape[1]! + c, ...tap(i, j)) * at(w, o, c, i, j);
            }
            naive.push(sum);
          }
        }
      }
      expectClose(evaluateLeaves((b, v) => b.conv(v.x, v.w, window, groups), { x, w }), naive, 1e-14);
    });
  }

  test('a 1-D convolution is a 2-D one of height 1, a 3-D one of depth 1 too', () => {
    const [x, w] = [randomTensor(1, [2, 3, 11]), randomTensor(2, [4, 3, 3])];
    const line: Window = { size: [3], stride: [2], padBefore: [1], padAfter: [2], dilation: [2] };
    const lift = (n: number, w1: Window): Window => {
      const put = (items: readonly number[], fill: number): number[] => [...Array.from({ length: n }, () => fill), ...items];
      return { size: put(w1.size, 1), stride: put(w1.stride, 1), padBefore: put(w1.padBefore, 0), padAfter: put(w1.padAfter, 0), dilation: put(w1.dilation, 1) };
    };
    const flat = evaluateLeaves((b, v) => b.conv(v.x, v.w, line), { x, w });
    expect(evaluateLeaves((b, v) => b.conv(b.reshape(v.x, [2, 3, 1, 11]), b.reshape(v.w, [4, 3, 1, 3]), lift(1, line)), { x, w })).toEqual(flat);
    expect(evaluateLeaves((b, v) => b.conv(b.reshape(v.x, [2, 3, 1, 1, 11]), b.reshape(v.w, [4, 3, 1, 1, 3]), lift(2, line)), { x, w })).toEqual(flat);
  });

  test('the adjoints are adjoint: ⟨conv(x, w), dy⟩ = ⟨x, inputGrad⟩ = ⟨w, weightGrad⟩', () => {
    for (const { x: xShape, w: wShape, window, groups } of convCases) {
      const [x, w] = [randomTensor(1, xShape), randomTensor(2, wShape)];
      const b = new Builder();
      const dy = randomTensor(3, b.conv(b.input('x', xShape), b.input('w', wShape), window, groups).shape);
      const forms = evaluateLeaves((ir, v) => ir.concat([
        ir.reshape(ir.sum(ir.mul(ir.conv(v.x, v.w, window, groups), v.dy)), [1]),
        ir.reshape(ir.sum(ir.mul(ir.convInputGrad(v.dy, v.w, window, groups, xShape), v.x)), [1]),
        ir.reshape(ir.sum(ir.mul(ir.convWeightGrad(v.x, v.dy, window, groups, wShape), v.w)), [1]),
      ], 0), { x, w, dy });
      expectClose(forms, [forms[0]!, forms[0]!, forms[0]!], 1e-12);
    }
  });

  test('what does not fit is refused with the numbers', () => {
    const b = new Builder();
    const x = b.input('x', [2, 4, 8, 8]);
    expect(() => b.conv(x, b.input('w', [6, 4, 3, 3]), window2d(5))).toThrow('conv: the filter [6, 4, 3, 3] has a kernel of [3, 3], the window says [5, 5]');
    expect(() => b.conv(x, b.input('w', [6, 3, 3, 3]), window2d(3))).toThrow('needs filters of 4 channels');
    expect(() => b.conv(x, b.input('w', [6, 2, 3, 3]), window2d(3), 3)).toThrow('3 groups do not divide 4 input and 6 output channels');
    expect(() => b.conv(x, b.input('w', [6, 4, 9, 9]), window2d(9))).toThrow(/spans \[9, 9\] does not fit into \[8, 8\]/);
    expect(() => b.conv(x, b.input('w', [6, 4, 3, 3]), { ...window2d(3), stride: [0, 1] })).toThrow(/stride \[0, 1\]/);
    expect(() => b.convInputGrad(b.input('dy', [2, 6, 5, 5]), b.input('w', [6, 4, 3, 3]), window2d(3), 1, [2, 4, 8, 8])).toThrow('the convolution gives [2, 6, 6, 6], the gradient by its output is [2, 6, 5, 5]');
  });
});

describe('pools', () => {
  for (const [title, window] of poolWindows) {
    test(title, () => {
      const x = randomTensor(5, [2, 3, 9, 7]);
      const [sums, maxima, winners]: [number[], number[], number[]] = [[], [], []];
      for (let map = 0; map < 6; map++) {
        const [n, c] = [Math.floor(map / 3), map % 3];
        for (const { tap } of places(x.shape, window)) {
          const inside = taps(window).flatMap(([i, j], k) => {
            const [row, column] = tap(i, j);
            return row < 0 || column < 0 || row >= 9 || column >= 7 ? [] : [{ k, item: at(x, n, c, row, column) }];
          });
          const largest = Math.max(...inside.map(({ item }) => item));
          sums.push(inside.reduce((sum, { item }) => sum + item, 0));
          maxima.push(largest);
          winners.push(inside.find(({ item }) => item === largest)!.k);
        }
      }
      expectClose(evaluateLeaves((b, v) => b.sumPool(v.x, window), { x }), sums, 1e-14);
      expect([...evaluateLeaves((b, v) => b.maxPool(v.x, window), { x })]).toEqual(maxima);
      expect([...evaluateLeaves((b, v) => b.maxPoolArg(v.x, window), { x })]).toEqual(winners);
    });
  }
  test('the first of equal maxima wins, and NaN wins over all', () => {
    const x = { shape: [1, 1, 2, 4], data: [3, 3, NaN, 1, 3, 0, 5, NaN] };
    expect([...evaluateLeaves((b, v) => b.maxPoolArg(v.x, window2d(2, 2)), { x })]).toEqual([0, 0]);
    expect([...evaluateLeaves((b, v) => b.maxPool(v.x, window2d(2, 2)), { x })]).toEqual([3, NaN]);
  });
  test('a window that would see only padding is refused', () => {
    const b = new Builder();
    expect(() => b.maxPool(b.input('x', [1, 1, 4, 4]), { ...window2d(2), padBefore: [2, 0] })).toThrow('place 0 of the window along spatial axis 0 (size 4) sees only padding');
  });
});

describe('reductions', () => {
  const x = randomTensor(4, [3, 5, 4]);
  test('sum, max, min over each choice of axes', () => {
    for (const axes of [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]) {
      const kept = [0, 1, 2].filter((axis) => !axes.includes(axis));
      const groups = new Map<string, number[]>();
      for (let i = 0; i < 60; i++) {
        const index = [Math.floor(i / 20), Math.floor(i / 4) % 5, i % 4];
        const key = kept.map((axis) => index[axis]).join();
        groups.set(key, [...(groups.get(key) ?? []), x.data[i]!]);
      }
      const naive = (of: (items: number[]) => number): number[] => [...groups.values()].map(of);
      expectClose(evaluateLeaves((b, v) => b.sum(v.x, axes), { x }), naive((items) => items.reduce((a, b) => a + b)), 1e-14);
      expect([...evaluateLeaves((b, v) => b.reduceMax(v.x, axes), { x })]).toEqual(naive((items) => Math.max(...items)));
      expect([...evaluateLeaves((b, v) => b.reduceMin(v.x, axes), { x })]).toEqual(naive((items) => Math.min(...items)));
    }
  });
  test('argmax gives the first largest, or the first NaN', () => {
    const rows = { shape: [4, 3], data: [1, 3, 3, -1, -5, -2, 4, NaN, NaN, -Infinity, -Infinity, -Infinity] };
    expect([...evaluateLeaves((b, v) => b.argmax(v.rows, 1), { rows })]).toEqual([1, 0, 1, 0]);
    expect([...evaluateLeaves((b, v) => b.argmax(v.rows, 0), { rows })]).toEqual([2, 2, 2]);
  });
  test('NaN wins in max and min', () => {
    const n = { shape: [3], data: [1, NaN, 2] };
    expect([evaluateLeaves((b, v) => b.reduceMax(v.n), { n })[0], evaluateLeaves((b, v) => b.reduceMin(v.n), { n })[0]]).toEqual([NaN, NaN]);
  });
});

describe('movement', () => {
  const x = { shape: [2, 3, 4], data: Array.from({ length: 24 }, (_, i) => i) };
  const index = (i: number, j: number, k: number): number => i * 12 + j * 4 + k;
  test('permute', () => {
    const out = evaluateLeaves((b, v) => b.permute(v.x, [2, 0, 1]), { x });
    for (let k = 0; k < 4; k++) for (let i = 0; i < 2; i++) for (let j = 0; j < 3; j++) expect(out[(k * 2 + i) * 3 + j]).toBe(index(i, j, k));
  });
  test('slice with a step, flip, expand', () => {
    expect([...evaluateLeaves((b, v) => b.slice(v.x, 2, 1, 4, 2), { x })]).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23]);
    expect([...evaluateLeaves((b, v) => b.slice(b.flip(v.x, [0, 2]), 1, 0, 1), { x })]).toEqual([15, 14, 13, 12, 3, 2, 1, 0]);
    expect([...evaluateLeaves((b, v) => b.expand(b.slice(b.slice(v.x, 0, 0, 1), 2, 0, 1), [2, 3, 2]), { x })]).toEqual([0, 0, 4, 4, 8, 8, 0, 0, 4, 4, 8, 8]);
  });
  test('pad and concat put parts where they belong', () => {
    const y = { shape: [2, 2], data: [1, 2, 3, 4] };
    expect([...evaluateLeaves((b, v) => b.pad(v.y, [1, 0], [0, 2], -1), { y })]).toEqual([-1, -1, -1, -1, 1, 2, -1, -1, 3, 4, -1, -1]);
    expect([...evaluateLeaves((b, v) => b.concat([v.y, b.neg(v.y), b.constant(9, [2, 1])], 1), { y })]).toEqual([1, 2, -1, -2, 9, 3, 4, -3, -4, 9]);
  });
  test('what does not fit is refused with the numbers', () => {
    const b = new Builder();
    const v = b.input('x', [2, 3, 4]);
    expect(() => b.reshape(v, [5, 5])).toThrow('reshape cannot turn [2, 3, 4] (24 elements) into [5, 5] (25 elements)');
    expect(() => b.permute(v, [0, 0, 1])).toThrow('[0, 0, 1] is not an order of the 3 axes of [2, 3, 4]');
    expect(() => b.expand(v, [2, 3, 5])).toThrow('expand cannot repeat [2, 3, 4] to [2, 3, 5]');
    expect(() => b.slice(v, 1, 2, 5)).toThrow('3 elements from 2 in steps of 1 do not lie inside axis 1 of size 3');
    expect(() => b.slice(v, 1, 0, 6, 2)).toThrow('3 elements from 0 in steps of 2');
    expect(() => b.slice(v, 1, 2, 2)).toThrow('every size must be a positive whole number');
    expect(() => b.pad(v, [0, -1, 0], [0, 0, 0])).toThrow('slice to remove elements');
    expect(() => b.concat([v, b.input('y', [2, 2, 4])], 2)).toThrow('f32[2, 2, 4] does not fit f32[2, 3, 4]');
    expect(() => b.input('huge', [65536, 65536])).toThrow(/4294967296 elements/);
  });
});

describe('indexing and leaves', () => {
  test('gather takes rows and clamps, scatterAdd adds repeated rows up', () => {
    const table = { shape: [3, 2], data: [0, 1, 10, 11, 20, 21] };
    const i = { shape: [2, 2], dtype: 'i32' as const, data: [2, 0, -7, 99] };
    expect([...evaluateLeaves((b, v) => b.gather(v.table, v.i), { table, i })]).toEqual([20, 21, 0, 1, 0, 1, 20, 21]);
    const updates = { shape: [2, 2, 1], data: [1, 2, 4, 8] };
    expect([...evaluateLeaves((b, v) => b.scatterAdd(v.i, v.updates, 3), { i, updates })]).toEqual([6, 0, 9]);
  });
  test('gather by a scalar index drops the axis', () => {
    expect([...evaluateLeaves((b, v) => b.gather(v.t, v.i), { t: { shape: [3], data: [5, 6, 7] }, i: randomIntegers(1, [], 1) })]).toEqual([5]);
  });
  test('iota counts along its axis', () => {
    expect([...evaluateLeaves((b) => b.iota([2, 3], 0), {})]).toEqual([0, 0, 0, 1, 1, 1]);
    expect([...evaluateLeaves((b) => b.iota([2, 3], -1), {})]).toEqual([0, 1, 2, 0, 1, 2]);
  });
  test('constants must be numbers of their type, literals must fill their shape', () => {
    const b = new Builder();
    expect(() => b.constant(0.5, [], 'i32')).toThrow('constant 0.5 is not a number of type i32');
    expect(() => b.literal(new Float32Array(3), [2, 2])).toThrow('literal of 3 numbers does not fill shape [2, 2]');
  });
});
