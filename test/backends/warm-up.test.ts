/** Calls that have V8 optimise the large kernels: they must leave no trace in memory, and must be enough. */
import { describe, expect, test } from 'vitest';
import { arrangePlan, buildPlanModule } from '../../engine/backends/wasm/plan-module.ts';
import { warmUp } from '../../engine/backends/wasm/warm-up.ts';
import { templatePlan } from '../support/template-plan.ts';

type Warm = (index: number, calls: number) => void;

describe('calls without a share of the work', () => {
  test.each(['char-gpt', 'lenet-5', 'mnist-cnn', 'mnist-gan', 'mnist-lstm', 'mobilenet', 'resnet'])('of %s read and write nothing', (template) => {
    const ways = { tuning: { vectors: 4, rows: [8, 4, 3, 2], unroll: 1, joins: false }, winograd: true };
    const { bytes, warmSizes } = buildPlanModule(arrangePlan(templatePlan(template, 64), ways), { address: () => 0, scratch: 0 }, { ...ways, relaxed: false, memory: { shared: false, maximumPages: 1 } });
    expect(warmSizes.length).toBeGreaterThan(3);
    // One page: what reached for its data would trap.
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const before = Uint8Array.from({ length: memory.buffer.byteLength }, (_, i) => (i * 37) % 251);
    new Uint8Array(memory.buffer).set(before);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    warmSizes.forEach((_, i) => (exports['warm'] as Warm)(i, 2));
    expect(new Uint8Array(memory.buffer)).toEqual(before);
  });

  test('are as many as the runtime counts code, and few for large functions', () => {
    const calls = [0, 0, 0];
    warmUp((index, count) => (calls[index] = (calls[index] ?? 0) + count), [100_000, 1000, 1], 1_000_000);
    expect(calls).toEqual([10, 1000, 8192]);
  });
});
