/** Pooling within convolutions: the same bits as with both apart, and no image between them. */
import { describe, expect, test } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import type { TypedData } from '../../engine/backends/backend.ts';
import { kernelWork } from '../../engine/backends/kernel-work.ts';
import { fusePooling } from '../../engine/backends/wasm/fuse-pooling.ts';
import { analyzeWinograd } from '../../engine/backends/wasm/winograd-shape.ts';
import { accessesOf } from '../../engine/compile/accesses.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import type { Plan } from '../../engine/compile/plan.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type Program, type Shape, type Value, type Window, bytesPerElement, makeProgram } from '../../engine/tensor/ir.ts';
import { templatePlan } from '../support/template-plan.ts';
import { difference, run } from '../support/wasm-agreement.ts';

const window = (size: number, stride = 1, padding = 0): Window => ({ size: [size, size], stride: [stride, stride], padBefore: [padding, padding], padAfter: [padding, padding], dilation: [1, 1] });

interface Case {
  readonly x: Shape;
  readonly filters: number;
  readonly taps: number;
  readonly padding?: number;
  /** Left out: ReLU. */
  readonly activation?: 'none';
  readonly pool: (b: Builder, image: Value) => Value;
  /** Kernels that disappear: pooling, and its gradient. */
  readonly fewer: number;
}

const max = (size: number, stride = size, padding = 0) => (b: Builder, image: Value): Value => b.maxPool(image, window(size, stride, padding));
const mean = (size: number) => (b: Builder, image: Value): Value => b.mul(b.sumPool(image, window(size, size)), 1 / size ** 2);

const cases: Record<string, Case> = {
  'no padding': { x: [3, 8, 14, 14], filters: 16, taps: 3, pool: max(2), fewer: 2 },
  'padding, so that windows lie across tiles': { x: [3, 8, 12, 8], filters: 16, taps: 3, padding: 1, pool: max(2), fewer: 2 },
  'tiles that hang over': { x: [2, 8, 16, 20], filters: 16, taps: 3, padding: 1, pool: max(2), fewer: 2 },
  'channels that fill no vector': { x: [4, 11, 12, 14], filters: 21, taps: 3, pool: max(2), fewer: 2 },
  'one image': { x: [1, 8, 26, 26], filters: 16, taps: 3, pool: max(2), fewer: 2 },
  'more tiles than a block': { x: [20, 16, 14, 14], filters: 24, taps: 3, pool: max(2), fewer: 2 },
  'windows of four': { x: [3, 8, 18, 14], filters: 16, taps: 3, pool: max(4), fewer: 2 },
  '5×5': { x: [3, 16, 12, 16], filters: 24, taps: 5, padding: 2, pool: max(2), fewer: 2 },
  'means, whose gradient the bias reads as an image: only forwards': { x: [3, 8, 14, 14], filters: 16, taps: 3, activation: 'none', pool: mean(2), fewer: 1 },
  'a row and a column that no window has: only forwards': { x: [3, 8, 15, 17], filters: 16, taps: 3, pool: max(2), fewer: 1 },
  'windows that overlap: not at all': { x: [3, 8, 15, 17], filters: 16, taps: 3, pool: max(3, 2), fewer: 0 },
  'windows that no tile holds: not at all': { x: [3, 8, 14, 14], filters: 16, taps: 3, pool: max(3), fewer: 0 },
  'windows with a margin: not at all': { x: [3, 8, 14, 14], filters: 16, taps: 3, pool: max(2, 2, 1), fewer: 0 },
};

/** Convolution, bias, ReLU, pooling, and a second convolution with padding that reads it; with all gradients. `shows`: the image between is asked for, too, and so must be in memory. */
function network({ x: xs, filters, taps, padding = 0, activation, pool }: Case, shows: boolean): Program {
  const b = new Builder();
  const [x, w, bias, w2] = [b.input('x', xs), b.input('w', [filters, xs[1] ?? 1, taps, taps]), b.input('bias', [filters, 1, 1]), b.input('w2', [8, filters, 3, 3])];
  const image = b.add(b.conv(b.mul(x, 1.5), w, window(taps, 1, padding)), bias);
  const pooled = pool(b, activation === 'none' ? image : b.relu(image));
  const y = b.conv(pooled, w2, window(3, 1, 1));
  const grads = gradients(b, b.sum(b.mul(y, b.input('weight', y.shape))), [x, w, bias, w2]);
  return makeProgram(new Map([['y', y], ...grads.map((grad, i): [string, Value] => [`grad${i}`, grad]), ...(shows ? [['image', b.mul(image, 1)] as [string, Value]] : [])]));
}

const filtered = { winograd: true } as const;
const fusedPlan = (plan: Plan): Plan => fusePooling(plan, (kernel) => (kernel.kind === 'contract' ? analyzeWinograd(kernel) : undefined));
const kernelsSaved = (program: Program): number => {
  const plan = compileProgram(program);
  return plan.kernels.length - fusedPlan(plan).kernels.length;
};

describe('pooling within a convolution', () => {
  test.each(Object.entries(cases))('%s', async (_name, each) => {
    const program = network(each, false);
    expect(kernelsSaved(program)).toBe(each.fewer);
    const expected = await run(program, 'reference');
    const apart = network(each, true);
    // The image is an output: pooling reads it where it is.
    expect(kernelsSaved(apart)).toBeLessThan(Math.max(each.fewer, 1));
    const [alone, both] = [await run(apart, { threads: 1, ...filtered }), await run(program, { threads: 1, ...filtered })];
    const threads = await run(program, { threads: 2, ...filtered });
    for (const [name, want] of Object.entries(expected)) {
      const got = both[name]!;
      expect(difference(got, want), name).toBeLessThanOrEqual(1e-4);
      expect(got, name).toEqual(alone[name]);
      expect(threads[name], `${name}, 2 threads`).toEqual(got);
    }
  });
  test('a NaN stays one', async () => {
    const each = cases['no padding']!;
    const poison = (name: string, data: TypedData): void => {
      if (name === 'x') data.fill(NaN, 100, 103);
    };
    const [alone, both] = [await run(network(each, true), { threads: 1, ...filtered }, poison), await run(network(each, false), { threads: 1, ...filtered }, poison)];
    expect([...both['y']!].some(Number.isNaN)).toBe(true);
    for (const [name, got] of Object.entries(both)) expect(got, name).toEqual(alone[name]);
  });
});

test.each(['mnist-cnn', 'vgg', 'lenet-5', 'resnet', 'mnist-gan'])('in the arena of %s nothing overlaps that lives at the same time', (template) => {
  const plan = templatePlan(template);
  const fused = fusedPlan(plan);
  expect(fused.arenaBytes).toBeLessThanOrEqual(plan.arenaBytes);
  const lives = new Map<number, { from: number; to: number }>();
  fused.kernels.forEach((kernel, i) => {
    for (const { access: { buffer } } of accessesOf(kernel)) lives.set(buffer, { from: lives.get(buffer)?.from ?? i, to: i });
  });
  const placed = fused.buffers.filter(({ id, role }) => role === 'temporary' && lives.has(id)).map((buffer) => ({ ...lives.get(buffer.id)!, at: buffer.offset, end: buffer.offset + buffer.length * bytesPerElement(buffer.dtype) }));
  for (const a of placed) {
    expect(a.end).toBeLessThanOrEqual(fused.arenaBytes);
    for (const b of placed) if (a !== b && a.from <= b.to && b.from <= a.to) expect(a.end <= b.at || b.end <= a.at).toBe(true);
  }
});

test('the MNIST CNN keeps neither its largest image nor the gradient of that', () => {
  const plan = templatePlan('mnist-cnn');
  const fused = fusedPlan(plan);
  expect(plan.kernels.length - fused.kernels.length).toBe(2);
  // 128 images of 24 × 24 × 64 numbers are neither written nor read.
  const bytes = (which: typeof plan): number => which.kernels.reduce((sum, _, i) => sum + kernelWork(which, i).bytes, 0);
  expect(bytes(plan) - bytes(fused)).toBeGreaterThan(4 * 128 * 24 * 24 * 64 * 4);
});
