/** What the WebGPU backend does to kernels before it writes WGSL, in plain loops and without a GPU: axes merged, operands exchanged, long rows cut, tiles chosen. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { axisGroups, collapseAxes, product } from '../../engine/backends/webgpu/axes.ts';
import { TILES, chooseTiling, tileM, tileN, tileThreads } from '../../engine/backends/webgpu/contract-tiles.ts';
import { contractionAsRows, orientContraction } from '../../engine/backends/webgpu/contract.ts';
import { gridOf } from '../../engine/backends/webgpu/code.ts';
import { chooseRowBlock } from '../../engine/backends/webgpu/row.ts';
import { splitRow } from '../../engine/backends/webgpu/split.ts';
import type { ContractKernel, Kernel, RowKernel } from '../../engine/compile/plan.ts';
import { accumulator, call, constant, load, someNumbers, store, within } from '../support/hand-plan.ts';
import { interpretKernel } from '../support/interpret-plan.ts';
import { expectClose } from '../support/oracle.ts';

/** Runs kernels over buffers 0 (random numbers) and 1 (the result), and over buffers made in between. */
function run(kernels: readonly Kernel[], inputs: number, outputs: number, extra: ReadonlyMap<number, Float64Array> = new Map()): Float64Array {
  const memory = new Map([...extra, [0, Float64Array.from(someNumbers(inputs))], [1, new Float64Array(outputs)]]);
  const bufferOf = (id: number): Float64Array => memory.get(id) ?? new Float64Array();
  for (const kernel of kernels) interpretKernel(kernel, bufferOf);
  return bufferOf(1);
}

test('axes that all accesses walk as one are merged, others are not', () => {
  const kernel: Kernel = {
    kind: 'map', name: 'copy', origins: [], axes: [3, 1, 4, 5],
    stores: [store(1, [20, 0, 5, 1], load(0, [24, 0, 6, 1], { guards: [within(3, [0, 0, 1, 0])], fill: 9 }))],
  };
  const collapsed = collapseAxes(kernel);
  expect(axisGroups(collapsed)).toEqual([[3, 4, 5]]);
  expect(run([collapsed], 100, 60)).toEqual(run([kernel], 100, 60));
  const dense: Kernel = { kind: 'map', name: 'copy', origins: [], axes: [3, 1, 4, 5], stores: [store(1, [20, 20, 5, 1], load(0, [0, 0, 0, 0]))] };
  expect(axisGroups(collapseAxes(dense))).toEqual([[60]]);
});

test('a contraction whose output is contiguous along m exchanges its operands', () => {
  // Groups | image, y | filter | channel, tap: as a convolution that writes channel by channel.
  const kernel: ContractKernel = {
    kind: 'contract', name: 'conv', origins: [], batchAxes: [2], mAxes: [3, 5], nAxes: [4], kAxes: [2, 3],
    a: load(0, [10, 20, 1, 0, 5, 1], { offset: -1, guards: [within(5, [0, 0, 1, 0, 0, 1], -1)] }),
    b: load(0, [24, 0, 0, 6, 3, 1], { offset: 60 }),
    stores: [store(1, [60, 20, 1, 5, 0, 0], accumulator())],
  };
  const oriented = orientContraction(kernel);
  expect([oriented.mAxes, oriented.nAxes]).toEqual([[4], [3, 5]]);
  // Tiles of `a` are loaded along m and k alone, those of `b` along n and k.
  expect(oriented.a).toMatchObject({ access: { strides: [24, 6, 0, 0, 3, 1] } });
  expect(oriented.b).toMatchObject({ access: { strides: [10, 0, 20, 1, 5, 1] } });
  const expected = run([kernel], 200, 120);
  expect(run([oriented], 200, 120)).toEqual(expected);
  expect(orientContraction(oriented)).toBe(oriented);
  expectClose(run([contractionAsRows(kernel)], 200, 120), expected, 1e-12);
});

test('rows cut into any number of slices give the same result', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 13 }), fc.integer({ min: 2, max: 6 }), (rows, outer, inner, slices) => {
      const elements = outer * inner;
      const value = load(0, [elements, inner, 1]);
      const centred = call('sub', [value, call('mul', [accumulator(0), constant(1 / elements)])]);
      const each = { kind: 'each' as const, store: store(1, [elements, inner, 1], call('add', [centred, accumulator(1)])) };
      const stages: RowKernel['stages'] = [
        { kind: 'reduce', fn: 'sum', index: 0, value },
        { kind: 'reduce', fn: 'max', index: 1, value: centred },
        each,
        { kind: 'reduce', fn: 'min', index: 2, value: call('add', [value, constant(5)]) },
      ];
      for (const chosen of [stages, stages.slice(0, 3)]) {
        const finish = chosen.flatMap((s) => (s.kind === 'reduce' ? [store(1, [3, 0, 0], accumulator(s.index), { offset: rows * elements + s.index })] : []));
        const kernel: RowKernel = { kind: 'row', name: 'norm', origins: [], rowAxes: [rows], elementAxes: [outer, inner], stages: chosen, finish };
        const extra = new Map<number, Float64Array>();
        const parts = splitRow(kernel, (_dtype, length) => {
          extra.set(extra.size + 2, new Float64Array(length));
          return extra.size + 1;
        }, Math.min(slices, Math.max(outer, inner)));
        const length = rows * elements + 3 * rows;
        expectClose(run(parts, rows * elements, length, extra), run([kernel], rows * elements, length), 1e-9);
      }
    }),
    { numRuns: 100, seed: 5 },
  );
});

test('tilings cover the whole of k and respect the limits of every WebGPU device', () => {
  for (const tile of TILES) {
    expect(tileThreads(tile)).toBeLessThanOrEqual(256);
    expect(16 * tile.k * (tileM(tile) / 4 + tileN(tile) / 4 + 2)).toBeLessThanOrEqual(16_384);
  }
  const size = fc.integer({ min: 1, max: 5000 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), size, size, size, (batch, m, n, k) => {
      const { tile, splits, chunk } = chooseTiling(batch, m, n, k);
      expect(chunk % tile.k).toBe(0);
      expect(splits * chunk).toBeGreaterThanOrEqual(k);
      expect((splits - 1) * chunk).toBeLessThan(k);
    }),
    { numRuns: 200, seed: 1 },
  );
  // A large square product takes large tiles whole; a weight gradient with a small result and a long k is split.
  expect(chooseTiling(1, 4096, 4096, 1024)).toMatchObject({ tile: { blocksM: 2, blocksN: 2 }, splits: 1 });
  expect(chooseTiling(1, 32, 27, 100_000).splits).toBeGreaterThan(8);
});

test('row blocks and grids stay within the limits of every WebGPU device', () => {
  const size = fc.integer({ min: 1, max: 10_000_000 });
  fc.assert(
    fc.property(size, size, fc.boolean(), (rows, elements, contiguous) => {
      const block = chooseRowBlock(rows, elements, contiguous);
      expect(block.rows * block.parts).toBeLessThanOrEqual(256);
      expect(Number.isInteger(Math.log2(block.parts)) && Number.isInteger(Math.log2(block.rows))).toBe(true);
    }),
    { numRuns: 300, seed: 2 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (groups) => {
      const grid = gridOf(groups);
      expect(Math.max(...grid)).toBeLessThanOrEqual(65_535);
      expect(product(grid)).toBeGreaterThanOrEqual(groups);
    }),
    { numRuns: 300, seed: 3 },
  );
});
