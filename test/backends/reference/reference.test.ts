/** The reference backend as a backend: states, steps in order, i32, copies, refusals. Its numbers are tested by op. */
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../engine/compile/plan.ts';
import { evaluateProgram } from '../../../engine/backends/reference/evaluate.ts';
import { createReferenceBackend } from '../../../engine/backends/reference/reference.ts';
import { Builder } from '../../../engine/tensor/builder.ts';
import { type Program, makeProgram } from '../../../engine/tensor/ir.ts';

/** The reference reads nothing of a plan but its program. */
const planOf = (program: Program): Plan => ({ program, buffers: [], kernels: [], loops: [], arenaBytes: 0, clearedBytes: 0, outputs: new Map(), inputs: new Map(), states: new Map() });

/** w <- w + rate · x, which returns the old w and the new sum. */
function accumulator(): Program {
  const b = new Builder();
  const [w, x, rate] = [b.state('w', [3]), b.input('x', [3]), b.input('rate', [])];
  const next = b.add(w, b.mul(x, rate));
  return makeProgram(new Map([['before', w], ['sum', b.sum(next)]]), [{ state: w, value: next }]);
}

describe('steps', () => {
  test('run in order, each sees the states that the last one left, and outputs are copies', async () => {
    const backend = createReferenceBackend();
    const w = backend.allocate('w', 'f32', 3);
    await backend.write(w, Float32Array.of(1, 2, 3));
    const executable = await backend.compile(planOf(accumulator()), new Map([['w', w]]));
    const [first, second] = await executable.run([{ x: Float32Array.of(1, 1, 1), rate: 2 }, { x: Float32Array.of(0, 1, 0), rate: 10 }]);
    expect(first).toEqual({ before: Float32Array.of(1, 2, 3), sum: Float32Array.of(12) });
    expect(second).toEqual({ before: Float32Array.of(3, 4, 5), sum: Float32Array.of(22) });
    expect(await backend.read(w)).toEqual(Float32Array.of(3, 14, 5));
    expect(await backend.read(w, 1, 1)).toEqual(Float32Array.of(14));
  });
  test('two states may trade places in one step', async () => {
    const b = new Builder();
    const [p, q] = [b.state('p', [2]), b.state('q', [2])];
    const backend = createReferenceBackend();
    const states = new Map([['p', backend.allocate('p', 'f32', 2)], ['q', backend.allocate('q', 'f32', 2)]]);
    await backend.write(states.get('p')!, Float32Array.of(1, 2));
    const swap = await backend.compile(planOf(makeProgram(new Map(), [{ state: p, value: q }, { state: q, value: p }])), states);
    await swap.run([{}]);
    expect(await backend.read(states.get('q')!)).toEqual(Float32Array.of(1, 2));
    expect(await backend.read(states.get('p')!)).toEqual(Float32Array.of(0, 0));
  });
  test('states are float32 between steps, as a checkpoint keeps them, and float64 within one', async () => {
    const backend = createReferenceBackend();
    const w = backend.allocate('w', 'f32', 3);
    const executable = await backend.compile(planOf(accumulator()), new Map([['w', w]]));
    const thousands = Array.from({ length: 1000 }, () => ({ x: Float32Array.of(1, 1, 1), rate: 0.1 }));
    await executable.run(thousands);
    let sum = 0;
    for (let i = 0; i < 1000; i++) sum = Math.fround(sum + 0.1);
    expect(await backend.read(w)).toEqual(Float32Array.of(sum, sum, sum));
    // So what is read and written back changes nothing.
    const other = backend.allocate('w', 'f32', 3);
    await backend.write(other, await backend.read(w));
    const resumed = await backend.compile(planOf(accumulator()), new Map([['w', other]]));
    await executable.run(thousands);
    await resumed.run(thousands);
    expect(await backend.read(other)).toEqual(await backend.read(w));
  });
  test('u8 data and i32 indices keep their types', async () => {
    const b = new Builder();
    const data = b.state('data', [4, 2], 'u8');
    const index = b.input('index', [3], 'i32');
    const backend = createReferenceBackend();
    const state = backend.allocate('data', 'u8', 8);
    await backend.write(state, Uint8Array.of(0, 1, 10, 11, 20, 21, 255, 254));
    const batch = b.gather(data, index);
    const executable = await backend.compile(planOf(makeProgram(new Map([['raw', batch], ['x', b.mul(b.toF32(batch), 0.5)]]))), new Map([['data', state]]));
    const [step] = await executable.run([{ index: Int32Array.of(3, 0, 1) }]);
    expect(step).toEqual({ raw: Int32Array.of(255, 254, 0, 1, 10, 11), x: Float32Array.of(127.5, 127, 0, 0.5, 5, 5.5) });
    expect(await backend.read(state, 6)).toEqual(Uint8Array.of(255, 254));
  });
});

describe('refusals', () => {
  test('missing and misfitting states and inputs are named', async () => {
    const backend = createReferenceBackend();
    const plan = planOf(accumulator());
    await expect(backend.compile(plan, new Map())).rejects.toThrow("the plan needs the state 'w', which is not bound");
    await expect(backend.compile(plan, new Map([['w', backend.allocate('w', 'f32', 4)]]))).rejects.toThrow("the plan needs the state 'w' as f32 × 3, it is f32 × 4");
    const w = backend.allocate('w', 'f32', 3);
    const executable = await backend.compile(plan, new Map([['w', w]]));
    await expect(executable.run([{ rate: 1 }])).rejects.toThrow("input 'x' of 3 elements is missing");
    await expect(executable.run([{ x: Float32Array.of(1), rate: 1 }])).rejects.toThrow("input 'x' needs 3 elements, got 1");
    await expect(backend.write(w, Float32Array.of(1, 2), 2)).rejects.toThrow("state 'w' has 3 elements; 2 from 2 do not fit");
    await expect(backend.read(w, 2, 2)).rejects.toThrow("state 'w' has 3 elements; it has no 2 from 2");
  });
  test('a program without a plan: a missing state is named, and nothing that is passed in changes', () => {
    expect(() => evaluateProgram(accumulator(), { x: [1, 1, 1], rate: 1 })).toThrow("state 'w' of 3 elements is missing");
    const w = Float64Array.of(1, 2, 3);
    const { states } = evaluateProgram(accumulator(), { x: [1, 1, 1], rate: 1 }, new Map([['w', w]]));
    expect([...states.get('w')!]).toEqual([2, 3, 4]);
    expect([...w]).toEqual([1, 2, 3]);
  });
});
