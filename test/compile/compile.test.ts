/** What the compiler promises beyond right numbers: few kernels, no needless copies, little memory, safe updates, speed on deep graphs. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import { ALIGNMENT, placeLifetimes } from '../../engine/compile/memory.ts';
import type { Plan } from '../../engine/compile/plan.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { geluErf } from '../../engine/tensor/composites.ts';
import { type Value, type Window, makeProgram } from '../../engine/tensor/ir.ts';
import { interpretPlan } from '../support/interpret-plan.ts';
import { expectClose, randomTensor } from '../support/oracle.ts';
import { templatePlan } from '../support/template-plan.ts';

const kinds = (plan: Plan): Record<string, number> => plan.kernels.reduce<Record<string, number>>((count, { kind }) => ({ ...count, [kind]: (count[kind] ?? 0) + 1 }), {});

describe('kernels of the templates', () => {
  test('an MLP is its products, its loss and one update', () => {
    const plan = templatePlan('mnist-mlp', 128);
    // Five products (two forward, two by weights, one by the hidden layer); batch, loss, its mean, two bias sums, Adam.
    expect(kinds(plan)['contract']).toBe(5);
    expect(plan.kernels.length).toBeLessThanOrEqual(11);
  });
  test('a CNN has no kernel for a bias, an activation, a mask or a copy', () => {
    const plan = templatePlan('mnist-cnn', 128);
    expect(kinds(plan)['contract']).toBe(11);
    expect(plan.kernels.length).toBeLessThanOrEqual(21);
    expect(plan.kernels.filter((k) => k.kind === 'map').map((k) => k.name).filter((name) => /^(relu|flatten)\d*\.|copy|concat/.test(name))).toEqual([]);
  });
  test('a product with GELU keeps its result and its slope, nothing else', () => {
    const b = new Builder();
    const [x, w, v] = [b.input('x', [40, 12]), b.input('w', [12, 32]), b.input('v', [32, 5])];
    const h = b.add(b.dot(x, w), b.expand(b.input('bias', [32]), [40, 32]));
    const loss = b.sum(b.square(b.dot(geluErf(b, h), v)));
    const plan = compileProgram(makeProgram(new Map(gradients(b, loss, [w, v]).map((g, i) => [`g${i}`, g]))));
    const first = plan.kernels.find((kernel) => kernel.kind === 'contract' && kernel.kAxes.join() === '12');
    expect(first?.kind === 'contract' ? first.stores.length : undefined).toBe(2);
    // Behind it no exponential is computed again.
    const functions = JSON.stringify(plan.kernels.filter((kernel) => kernel !== first));
    expect(functions).not.toMatch(/"(exp|erf)"/);
  });
  test('convolutions read margins of zeros instead of testing every index', () => {
    const b = new Builder();
    const pad: Window = { size: [3, 3], stride: [1, 1], padBefore: [1, 1], padAfter: [1, 1], dilation: [1, 1] };
    const x = b.relu(b.input('x', [2, 4, 5, 6]));
    const plan = compileProgram(makeProgram(new Map([['y', b.conv(x, b.input('w', [3, 4, 3, 3]), pad)]])));
    const conv = plan.kernels.find((k) => k.kind === 'contract');
    expect(conv?.kind === 'contract' && conv.a.kind === 'load' ? conv.a.access.guards : undefined).toEqual([]);
    expect(plan.clearedBytes).toBeGreaterThanOrEqual(2 * 4 * 7 * 8 * 4);
  });
  test('a concatenation that a padded convolution reads has the margins too', () => {
    const b = new Builder();
    const pad: Window = { size: [3, 3], stride: [1, 1], padBefore: [1, 1], padAfter: [1, 1], dilation: [1, 1] };
    const [x, w, v] = [b.input('x', [2, 3, 4, 5]), b.input('w', [2, 3, 1, 1]), b.input('v', [4, 5, 3, 3])];
    const none: Window = { size: [1, 1], stride: [1, 1], padBefore: [0, 0], padAfter: [0, 0], dilation: [1, 1] };
    const program = makeProgram(new Map([['y', b.conv(b.concat([x, b.relu(b.conv(x, w, none))], 1), v, pad)]]));
    const plan = compileProgram(program);
    for (const kernel of plan.kernels) if (kernel.kind === 'contract') expect([kernel.a, kernel.b].map((factor) => (factor.kind === 'load' ? factor.access.guards : undefined))).toEqual([[], []]);
    const feeds = { x: randomTensor(1, [2, 3, 4, 5]).data, w: randomTensor(2, [2, 3, 1, 1]).data, v: randomTensor(3, [4, 5, 3, 3]).data };
    const wanted = evaluateProgram(program, Object.fromEntries(Object.entries(feeds).map(([name, data]) => [name, Float64Array.from(data)])), new Map());
    expectClose(interpretPlan(plan, new Map()).step(feeds)['y'] ?? [], wanted.outputs.get('y')?.data ?? [], 1e-12, 'y');
  });
  test('windows that overlap again and again are not written out as one expression', () => {
    const b = new Builder();
    const x = b.input('x', [2200]);
    let y: Value = x;
    // Each round reads the one before at three places, ever further apart: written out, the last would take 3^7 of them.
    for (let apart = 1; apart < 3 ** 7; apart *= 3) {
      const n = y.shape[0] ?? 0;
      y = b.add(b.add(b.mul(b.slice(y, 0, 0, n - 2 * apart), 0.25), b.mul(b.slice(y, 0, apart, n - apart), 0.5)), b.mul(b.slice(y, 0, 2 * apart, n), 0.25));
    }
    const program = makeProgram(new Map([['y', y]]));
    const plan = compileProgram(program);
    expect(plan.kernels.length).toBeLessThanOrEqual(4);
    expect(JSON.stringify(plan.kernels).length).toBeLessThan(100_000);
    const data = Float64Array.from(randomTensor(1, [2200]).data);
    expectClose(interpretPlan(plan, new Map()).step({ x: data })['y'] ?? [], evaluateProgram(program, { x: data }).outputs.get('y')?.data ?? [], 1e-12, 'y');
  });
  test('an optimizer over several states is one kernel', () => {
    const b = new Builder();
    const [w, m, v, g] = [b.state('w', [100]), b.state('m', [100]), b.state('v', [100]), b.input('g', [100])];
    const [m2, v2] = [b.add(b.mul(m, 0.9), b.mul(g, 0.1)), b.add(b.mul(v, 0.99), b.mul(b.mul(g, g), 0.01))];
    const plan = compileProgram(makeProgram(new Map(), [{ state: w, value: b.sub(w, b.div(m2, b.sqrt(v2))) }, { state: m, value: m2 }, { state: v, value: v2 }]));
    expect(plan.kernels.map((k) => k.kind)).toEqual(['map']);
    expect(plan.arenaBytes).toBe(0);
  });
});

describe('updates', () => {
  const step = (updates: (b: Builder, s: Value<'state'>, t: Value<'state'>) => { state: Value<'state'>; value: Value }[]): { plan: Plan; wanted: ReadonlyMap<string, Float64Array> } => {
    const b = new Builder();
    const [s, t] = [b.state('s', [4, 3]), b.state('t', [4, 3])];
    const program = makeProgram(new Map([['old', b.sum(s, [1])]]), updates(b, s, t));
    const states = new Map([['s', Float64Array.from(randomTensor(1, [4, 3]).data)], ['t', Float64Array.from(randomTensor(2, [4, 3]).data)]]);
    return { plan: compileProgram(program), wanted: evaluateProgram(program, {}, states).states };
  };
  const expectStates = ({ plan, wanted }: ReturnType<typeof step>): void => {
    const states = new Map([['s', Float64Array.from(randomTensor(1, [4, 3]).data)], ['t', Float64Array.from(randomTensor(2, [4, 3]).data)]]);
    interpretPlan(plan, states).step({});
    for (const [name, data] of wanted) expectClose(states.get(name) ?? [], data, 1e-12, name);
  };
  test('two states change places', () => expectStates(step((b, s, t) => [{ state: s, value: b.mul(t, 1) }, { state: t, value: b.mul(s, 1) }])));
  test('a state is read elsewhere than where it is written', () => expectStates(step((b, s) => [{ state: s, value: b.flip(s, [0]) }])));
  test('a state is normalized by itself', () => expectStates(step((b, s) => [{ state: s, value: b.div(s, b.add(b.sum(b.mul(s, s)), 1)) }])));
  test('rows of a state are reduced and written back', () => expectStates(step((b, s) => [{ state: s, value: b.sub(s, b.mean(s, [1], true)) }])));
  test('one value for two states', () => expectStates(step((b, s, t) => {
    const sum = b.add(s, t);
    return [{ state: s, value: sum }, { state: t, value: sum }];
  })));
  test('a state takes pieces of itself and of another', () => expectStates(step((b, s, t) => [{ state: s, value: b.concat([b.slice(t, 0, 0, 2), b.slice(s, 0, 0, 2)], 0) }])));
});

describe('memory', () => {
  test('buffers that live at the same time never overlap', () => {
    const life = fc.tuple(fc.integer({ min: 1, max: 500 }), fc.nat({ max: 20 }), fc.nat({ max: 10 })).map(([bytes, from, span]) => ({ bytes, from, to: from + span }));
    fc.assert(fc.property(fc.array(life, { maxLength: 40 }), (lives) => {
      const { offsets, bytes } = placeLifetimes(lives);
      lives.forEach((a, i) => {
        const start = offsets[i] ?? -1;
        expect(start % ALIGNMENT).toBe(0);
        expect(start + a.bytes).toBeLessThanOrEqual(bytes);
        lives.slice(i + 1).forEach((other, j) => {
          const at = offsets[i + 1 + j] ?? -1;
          if (a.from <= other.to && other.from <= a.to) expect(start + a.bytes <= at || at + other.bytes <= start).toBe(true);
        });
      });
    }), { seed: 7 });
  });
  test('a chain of layers needs two buffers, however long it is', () => {
    const chain = (layers: number): Plan => {
      const b = new Builder();
      let x: Value = b.input('x', [32, 64]);
      for (let i = 0; i < layers; i++) x = b.relu(b.dot(x, b.input(`w${i}`, [64, 64])));
      return compileProgram(makeProgram(new Map([['y', x]])));
    };
    expect(chain(20).arenaBytes).toBe(2 * 32 * 64 * 4);
    expect(chain(40).arenaBytes).toBe(chain(20).arenaBytes);
  });
});

test('the same program gives the same plan, and a network of 200 layers compiles in seconds', () => {
  const build = (): Plan => {
    const b = new Builder();
    const weights = b.state('weights', [200 * 16 * 16]);
    const slices = Array.from({ length: 200 }, (_, i) => b.slice(weights, 0, i * 256, (i + 1) * 256));
    let x: Value = b.input('x', [8, 16]);
    for (const slice of slices) x = b.tanh(b.dot(x, b.reshape(slice, [16, 16])));
    const gradient = b.concat(gradients(b, b.mean(b.mul(x, x)), slices), 0);
    return compileProgram(makeProgram(new Map(), [{ state: weights, value: b.sub(weights, b.mul(gradient, 0.1)) }]));
  };
  const start = performance.now();
  const plan = build();
  // Half a second on an idle machine; the bound is for one that is busy, and against quadratic growth.
  expect(performance.now() - start).toBeLessThan(10_000);
  expect(plan.kernels.length).toBeLessThan(4 * 200 + 10);
  expect(JSON.stringify(build().kernels)).toBe(JSON.stringify(plan.kernels));
});

test('a concatenation of images is channels-last like its parts, which are written straight into it', () => {
  const b = new Builder();
  const valid: Window = { size: [3, 3], stride: [1, 1], padBefore: [0, 0], padAfter: [0, 0], dilation: [1, 1] };
  const x = b.input('x', [2, 4, 8, 8]);
  const both = b.concat([b.relu(b.conv(x, b.input('v', [8, 4, 3, 3]), valid)), b.tanh(b.conv(x, b.input('w', [12, 4, 3, 3]), valid))], 1);
  const plan = compileProgram(makeProgram(new Map([['y', b.conv(both, b.input('u', [16, 20, 3, 3]), valid)]])));
  expect(plan.kernels.map((k) => k.kind)).toEqual(['contract', 'contract', 'contract']);
  const last = plan.kernels.at(-1);
  // Minimal filtering needs contiguous channels: it is on offer.
  expect(last?.kind === 'contract' && last.sliding?.kind).toBe('filter');
});

describe('scans', () => {
  /** h ← tanh(x + h·W), the gradient of the sum of all states by everything. */
  const recurrence = (steps: number): Plan => {
    const b = new Builder();
    const [x, h, w] = [b.input('x', [steps, 8, 16]), b.input('h', [8, 16]), b.state('w', [16, 16])];
    const scan = b.scan({ slices: [x], initial: [h], constants: [w] }, (body, { slices, carries, constants }) => [body.tanh(body.add(slices[0]!, body.dot(carries[0]!, constants[0]!)))]);
    const loss = b.sum(b.square(scan.last(0)));
    const found = gradients(b, loss, [x, h, w]);
    return compileProgram(makeProgram(new Map([['loss', loss], ...found.map((value, i) => [`g${i}`, value] as const)])));
  };

  test('take as many kernels for 2,800 steps as for 28', () => {
    const [short, long] = [recurrence(28), recurrence(2800)];
    expect(long.kernels.length).toBe(short.kernels.length);
    expect(long.buffers.length).toBe(short.buffers.length);
    expect(long.loops.map(({ count }) => count)).toEqual([2800, 2800]);
    // One product with its function forward, one with the function's slope backward.
    for (const { first, end } of short.loops) expect(end - first).toBeLessThanOrEqual(2);
  });

  test('a step of an LSTM is its product and its gates, forward and backward', () => {
    const { loops } = templatePlan('mnist-lstm', 8);
    expect(loops.map(({ first, end }) => end - first)).toEqual([2, 2]);
  });

  test('the gradient of a weight is one product over all steps, outside of the loop', () => {
    const plan = recurrence(28);
    const inLoops = (i: number): boolean => plan.loops.some(({ first, end }) => first <= i && i < end);
    const products = plan.kernels.map((kernel, i) => [kernel.kind, inLoops(i)] as const).filter(([kind]) => kind === 'contract');
    expect(products).toEqual([['contract', true], ['contract', true], ['contract', false]]);
  });

  test('a tensor that a scan reads and a convolution pads is stored for both', () => {
    const b = new Builder();
    const x = b.unary('cos', b.input('x', [3, 2, 4, 4]));
    const window = { size: [3, 3], stride: [1, 1], padBefore: [1, 1], padAfter: [1, 1], dilation: [1, 1] };
    const y = b.conv(x, b.state('w', [2, 2, 3, 3]), window);
    const z = b.scan({ slices: [x], initial: [b.constant(0, [2, 4, 4])] }, (body, { slices, carries }) => [body.add(slices[0]!, carries[0]!)]).last(0);
    const program = makeProgram(new Map([['y', y], ['z', z]]));
    const feeds = { x: randomTensor(1, [3, 2, 4, 4]).data };
    const w = Float64Array.from(randomTensor(2, [2, 2, 3, 3]).data);
    const wanted = evaluateProgram(program, feeds, new Map([['w', w]])).outputs;
    const found = interpretPlan(compileProgram(program), new Map([['w', w]])).step(feeds);
    for (const [name, { data }] of wanted) expectClose(found[name]!, data, 1e-6, name);
  });
});
