/** Reverse mode over whole graphs: shared values, intermediate targets, untouched branches, depth, origins. */
import { describe, expect, test } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { softmax } from '../../engine/tensor/composites.ts';
import { type Value, isOp, makeProgram } from '../../engine/tensor/ir.ts';
import { evaluateValue, expectGradientsMatch, expectGradientsOf, randomIntegers, randomTensor } from '../support/oracle.ts';

const program = (...values: Value[]): readonly Value[] => makeProgram(new Map(values.map((value, i) => [`${i}`, value]))).values;

describe('gradients', () => {
  test('contributions of every use add up', () => {
    const b = new Builder();
    const x = b.input('x', []);
    const y = b.add(b.mul(x, x), b.mul(b.exp(x), x));
    expect(evaluateValue(gradients(b, y, [x])[0]!, { x: 2 })[0]).toBeCloseTo(4 + 3 * Math.exp(2), 12);
  });
  test('a value that the loss does not use has a gradient of zeros in its shape', () => {
    const b = new Builder();
    const [x, unused] = [b.input('x', [2]), b.input('unused', [2, 3])];
    const later = b.exp(x);
    const [byUnused, byDetached, byLater] = gradients(b, b.sum(b.add(x, b.detach(x))), [unused, b.detach(x), later]);
    expect([...evaluateValue(byUnused!)]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...evaluateValue(byDetached!)]).toEqual([1, 1]);
    expect([...evaluateValue(byLater!)]).toEqual([0, 0]);
  });
  test('nothing flows through detach, integers and indices', () => {
    const b = new Builder();
    const x = b.input('x', [3]);
    const index = b.toI32(x);
    const loss = b.sum(b.mul(b.add(b.detach(b.square(x)), b.gather(b.square(x), index)), b.toF32(index)));
    const [slope] = gradients(b, loss, [x]);
    // The indices are 2, 0, 1, so that x² of elements 2, 0 and 1 is weighted by 2, 0 and 1.
    expect([...evaluateValue(slope!, { x: [2.5, 0.5, 1.5] })]).toEqual([0 * 2 * 2.5, 1 * 2 * 0.5, 2 * 2 * 1.5]);
  });
  test('targets may be intermediate, also one above another', () => {
    const b = new Builder();
    const x = b.input('x', []);
    const y = b.square(x);
    const z = b.exp(y);
    const feeds = { x: 0.5 };
    const found = gradients(b, b.mul(z, y), [x, y, z]).map((value) => evaluateValue(value, feeds)[0]!);
    const e = Math.exp(0.25);
    expect(found[2]).toBeCloseTo(0.25, 14);
    expect(found[1]).toBeCloseTo(0.25 * e + e, 14);
    expect(found[0]).toBeCloseTo(0.25 * e + e, 14);
  });
  test('of an arena only the slices that are asked for are walked, each flat', () => {
    const b = new Builder();
    const arena = b.state('weights.0', [20]);
    const [flatW, flatB] = [b.slice(arena, 0, 0, 12), b.slice(arena, 0, 12, 16)];
    const w = b.permute(b.reshape(flatW, [3, 4]), [1, 0]);
    const y = b.add(b.dot(b.input('x', [5, 3]), b.transpose(w)), flatB);
    const found = gradients(b, b.sum(b.square(b.tanh(y))), [flatW, flatB]);
    expect(found.map((value) => value.shape)).toEqual([[12], [4]]);
    // No slice's adjoint: nothing is padded up to the arena.
    expect(program(...found).some((value) => isOp(value, 'pad'))).toBe(false);
  });
  test('work on branches that reach no target is left out', () => {
    const b = new Builder();
    const [x, w, frozen] = [b.input('x', [4, 5]), b.state('w', [5, 3]), b.state('frozen', [7, 5])];
    const features = b.dot(b.tanh(b.dot(b.input('image', [4, 7]), frozen)), w);
    const found = gradients(b, b.sum(b.square(b.add(features, b.sum(x)))), [w]);
    const products = program(...found).filter((value) => isOp(value, 'dot'));
    // Two of the forward pass and the one weight gradient.
    expect(products).toHaveLength(3);
  });
  test('gradients carry the origin of the forward value', () => {
    const b = new Builder();
    const x = b.input('x', [2]);
    const y = b.at('layer1', () => b.exp(x));
    const loss = b.at('loss', () => b.sum(b.sigmoid(y)));
    const before = new Set(program(loss));
    const origins = program(gradients(b, loss, [x])[0]!).filter((value) => !before.has(value)).map((value) => value.origin);
    expect(origins.at(-1)).toBe('layer1');
    expect(new Set(origins)).toEqual(new Set(['layer1', 'loss', undefined]));
  });
  test('the same graph gives the same program', () => {
    const build = (): string => {
      const b = new Builder();
      const x = b.input('x', [3]);
      const y = b.mul(b.exp(x), b.add(b.sigmoid(x), b.tanh(x)));
      return program(gradients(b, b.sum(b.mul(y, x)), [x])[0]!).map((v) => `${v.op}${JSON.stringify(v.attrs)}${v.inputs.map((i) => i.id).join()}`).join('\n');
    };
    expect(build()).toBe(build());
  });
  test('3,000 layers neither overflow the stack nor take long', () => {
    const b = new Builder();
    const [x, w] = [b.input('x', [2, 2]), b.input('w', [2, 2])];
    let y: Value = x;
    for (let i = 0; i < 1000; i++) y = b.tanh(b.add(b.dot(y, w), x));
    const loss = b.sum(y);
    expect(program(loss).length).toBeGreaterThan(3000);
    const started = performance.now();
    const found = gradients(b, loss, [x, w]);
    expect(performance.now() - started).toBeLessThan(5000);
    expectGradientsOf(b, loss, [x, w], { x: [0.1, -0.2, 0.3, 0.4], w: [0.5, 0.1, -0.2, 0.4] }, new Map());
    expect(found).toHaveLength(2);
  });
  test('what is a function of one value, used more than once, passes on one factor', () => {
    const b = new Builder();
    const [x, upstream, w] = [b.input('x', [4]), b.input('upstream', [4]), b.input('w', [4])];
    const h = b.mul(x, w);
    const y = b.mul(h, b.sigmoid(h));
    const [byH] = gradients(b, b.sum(b.mul(y, upstream)), [h, upstream]);
    // ∂L/∂h = ∂L/∂y · f′(h): the factor on the right side does not depend on what comes from above.
    const factor = isOp(byH!, 'map') && byH.attrs.fn === 'mul' ? byH.inputs[1] : undefined;
    expect(program(factor!).some((value) => isOp(value, 'input') && value.attrs.name === 'upstream')).toBe(false);
    const feeds = { x: [-2, 0.5, 1, 3], w: [1, 2, -1, 0.5], upstream: [1, -2, 0.25, 3] };
    const at = feeds.x.map((v, i) => v * feeds.w[i]!);
    const s = at.map((v) => 1 / (1 + Math.exp(-v)));
    expect([...evaluateValue(byH!, feeds)].map((v) => v.toFixed(12))).toEqual(at.map((v, i) => (feeds.upstream[i]! * (s[i]! + v * s[i]! * (1 - s[i]!))).toFixed(12)));
  });
  test('a value on the way that is asked for or used elsewhere gets all of its gradient', () => {
    const b = new Builder();
    const x = b.input('x', [3]);
    const s = b.sigmoid(x);
    const y = b.mul(x, s);
    const grads = gradients(b, b.add(b.sum(y), b.sum(b.square(s))), [s, x]);
    const feeds = { x: [-1, 0.25, 2] };
    const sig = feeds.x.map((v) => 1 / (1 + Math.exp(-v)));
    const byS = feeds.x.map((v, i) => v + 2 * sig[i]!);
    expect([...evaluateValue(grads[0]!, feeds)].map((v) => v.toFixed(12))).toEqual(byS.map((v) => v.toFixed(12)));
    expect([...evaluateValue(grads[1]!, feeds)].map((v) => v.toFixed(12))).toEqual(byS.map((v, i) => (sig[i]! + v * sig[i]! * (1 - sig[i]!)).toFixed(12)));
  });
  test('a softmax passes its gradient on by its result alone', () => {
    const b = new Builder();
    const [x, w] = [b.input('x', [3, 4]), b.input('w', [3, 4])];
    const d = b.mul(x, 2);
    const y = softmax(b, d, 1);
    const [byD, byW] = gradients(b, b.sum(b.mul(y, w)), [d, w]);
    // Neither the exponentials nor their sum: with the result stored, no other function value is needed.
    const stored = new Set<Value>([y]);
    const reached = new Set<Value>();
    const walk = (value: Value): void => {
      if (stored.has(value) || reached.has(value)) return;
      reached.add(value);
      value.inputs.forEach(walk);
    };
    walk(byD!);
    expect([...reached].some((value) => isOp(value, 'map') && (value.attrs.fn === 'exp' || value.attrs.fn === 'div'))).toBe(false);
    expect(byW).toBeDefined();
    expectGradientsMatch((builder, leaves) => builder.mul(softmax(builder, leaves['x']!, 1), leaves['w']!), { x: randomTensor(5, [3, 4]), w: randomTensor(6, [3, 4]) });
  });
  test('a loss that is no scalar and targets that are no floats are refused', () => {
    const b = new Builder();
    const x = b.input('x', [2]);
    expect(() => gradients(b, x, [x])).toThrow('gradients need an f32 scalar as loss, got f32[2]; reduce it with sum or mean');
    expect(() => gradients(b, b.sum(x), [b.input('i', [2], 'i32')])).toThrow('there is no gradient by i32[2]');
  });
});

describe('whole networks against central differences', () => {
  test('a convolutional classifier with batch statistics, dropout and an embedding', () => {
    const labels = Int32Array.of(1, 0);
    expectGradientsMatch((b, v) => {
      const window = { size: [3, 3], stride: [1, 1], padBefore: [1, 1], padAfter: [1, 1], dilation: [1, 1] };
      const pool = { size: [2, 2], stride: [2, 2], padBefore: [0, 0], padAfter: [0, 0], dilation: [1, 1] };
      const h = b.conv(v.x!, v.filter!, window);
      const mean = b.mean(h, [0, 2, 3], true);
      const variance = b.mean(b.square(b.sub(h, mean)), [0, 2, 3], true);
      const normal = b.mul(b.sub(h, mean), b.rsqrt(b.add(variance, 1e-5)));
      const seed = b.constant(1, [], 'i32');
      const dropped = b.mul(normal, b.less(0.3, b.random(normal.shape, 'uniform', 2, seed, seed)));
      const flat = b.reshape(b.maxPool(b.tanh(dropped), pool), [2, 18]);
      const logits = b.add(b.dot(flat, v.w!), b.gather(v.table!, v.token!));
      const shifted = b.sub(logits, b.detach(b.reduceMax(logits, [1], true)));
      const logProbability = b.sub(shifted, b.log(b.sum(b.exp(shifted), [1], true)));
      return b.neg(b.mean(b.gather(b.reshape(logProbability, [4]), b.add(b.literal(labels, [2]), b.literal(Int32Array.of(0, 2), [2])))));
    }, {
      x: randomTensor(1, [2, 2, 6, 6]), filter: randomTensor(2, [2, 2, 3, 3]), w: randomTensor(3, [18, 2]),
      table: randomTensor(4, [5, 2]), token: randomIntegers(5, [2], 5),
    }, { elements: 20 });
  });
});
