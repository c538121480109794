/** Attention against a formula written plainly, place by place: masks, contexts, heads, sequences of one; and what it says when it does not fit. */
import { describe, expect, test } from 'vitest';
import { createReferenceBackend } from '../../engine/backends/reference/reference.ts';
import { type Leaf, expectClose, randomTensor } from '../support/oracle.ts';
import { runNode } from '../support/run-node.ts';
import { applyNode, image, shapeErrorOf, typeAndParams } from './apply.ts';

const leaf = (shape: readonly number[], data: readonly number[]): Leaf => ({ shape, data });
const row = (x: Leaf, n: number, t: number): number[] => {
  const [, length = 1, features = 1] = x.shape;
  return Array.from(x.data).slice((n * length + t) * features, (n * length + t + 1) * features);
};
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

interface Plain {
  readonly heads: number;
  readonly causal?: boolean;
  readonly isPadding?: (n: number, s: number) => boolean;
}
/** The mean of the values by the softmax of the scores, one place and one head at a time. */
function attended(q: Leaf, k: Leaf, v: Leaf, { heads, causal = false, isPadding = () => false }: Plain): number[] {
  const [samples = 1, places = 1, features = 1] = q.shape;
  const [, keys = 1] = k.shape;
  const width = features / heads;
  const wide = (v.shape[2] ?? 1) / heads;
  const out: number[] = [];
  for (let n = 0; n < samples; n++) for (let t = 0; t < places; t++) for (let h = 0; h < heads; h++) {
    const part = (x: Leaf, at: number, size: number): number[] => row(x, n, at).slice(h * size, (h + 1) * size);
    const seen = Array.from({ length: keys }, (_, s) => s).filter((s) => (!causal || s <= t) && !isPadding(n, s));
    // Where nothing may be seen, all are seen alike.
    const places_ = seen.length > 0 ? seen : Array.from({ length: keys }, (_, s) => s);
    const scores = places_.map((s) => (seen.length > 0 ? dot(part(q, t, width), part(k, s, width)) / Math.sqrt(width) : 0));
    const most = Math.max(...scores);
    const exps = scores.map((score) => Math.exp(score - most));
    const total = exps.reduce((a, b) => a + b, 0);
    for (let e = 0; e < wide; e++) out.push(places_.reduce((sum, s, i) => sum + ((exps[i] ?? 0) / total) * (part(v, s, wide)[e] ?? 0), 0));
  }
  return out;
}
/** x Wᵀ + b, with rows `from` up to `to` of the stacked weights. */
function projected(x: Leaf, weight: Leaf, bias: Leaf | undefined, from: number, to: number): Leaf {
  const [samples = 1, places = 1, features = 1] = x.shape;
  const data: number[] = [];
  for (let n = 0; n < samples; n++) for (let t = 0; t < places; t++) for (let o = from; o < to; o++) data.push(dot(row(x, n, t), Array.from(weight.data).slice(o * features, (o + 1) * features)) + (bias?.data[o] ?? 0));
  return leaf([samples, places, to - from], data);
}

describe('dot-product attention', () => {
  test.each([{ heads: 1, causal: false }, { heads: 2, causal: false }, { heads: 2, causal: true }])('%j', (params) => {
    const [q, k, v] = [randomTensor(1, [2, 5, 6]), randomTensor(2, [2, 4, 6]), randomTensor(3, [2, 4, 8])];
    expectClose(applyNode('ScaledDotProductAttention', params, [q, k, v]).data, attended(q, k, v, params), 1e-6);
  });
});

describe('multi-head attention', () => {
  const D = 6;
  const weights = { 'in_proj_weight': randomTensor(4, [3 * D, D]), 'in_proj_bias': randomTensor(5, [3 * D]), 'out_proj.weight': randomTensor(6, [D, D]), 'out_proj.bias': randomTensor(7, [D]) };
  const wanted = (x: Leaf, context: Leaf, plain: Plain): number[] => {
    const [q, k, v] = [projected(x, weights.in_proj_weight, weights.in_proj_bias, 0, D), projected(context, weights.in_proj_weight, weights.in_proj_bias, D, 2 * D), projected(context, weights.in_proj_weight, weights.in_proj_bias, 2 * D, 3 * D)];
    const mean = leaf(x.shape, attended(q, k, v, plain));
    return Array.from(projected(mean, weights['out_proj.weight'], weights['out_proj.bias'], 0, D).data);
  };
  const x = randomTensor(8, [2, 4, D]);
  const context = randomTensor(9, [2, 3, D]);
  /** The second sample ends after its second place. */
  const isPadding = (n: number, s: number): boolean => n === 1 && s >= 2;
  const padding = (length: number, dtype: 'f32' | 'i32'): Leaf => ({ ...leaf([2, length], Array.from({ length: 2 * length }, (_, i) => (isPadding(Math.floor(i / length), i % length) ? 1 : 0))), ...(dtype === 'i32' ? { dtype } : {}) });

  test('over itself, with three heads and the future masked', () => expectClose(applyNode('MultiHeadAttention', { heads: 3, causal: true }, [x], { weights }).data, wanted(x, x, { heads: 3, causal: true }), 1e-6));
  test('over a context', () => expectClose(applyNode('MultiHeadAttention', { heads: 2 }, [x, context], { weights }).data, wanted(x, context, { heads: 2 }), 1e-6));
  test.each(['f32', 'i32'] as const)('padding (%s) is not looked at, neither in itself nor in a context', (dtype) => {
    expectClose(applyNode('MultiHeadAttention', { heads: 2 }, [x, padding(4, dtype)], { weights }).data, wanted(x, x, { heads: 2, isPadding }), 1e-6);
    expectClose(applyNode('MultiHeadAttention', { heads: 2 }, [x, context, padding(3, dtype)], { weights }).data, wanted(x, context, { heads: 2, isPadding }), 1e-6);
  });
  test('a sample of padding alone gives numbers, and finite gradients', async () => {
    const all = leaf([2, 4], [0, 0, 0, 0, 1, 1, 1, 1]);
    expectClose(applyNode('MultiHeadAttention', { heads: 2 }, [x, all], { weights }).data, wanted(x, x, { heads: 2, isPadding: (n) => n === 1 }), 1e-6);
    const { type, values } = typeAndParams('MultiHeadAttention', { heads: 2 });
    const backend = createReferenceBackend();
    const { inputGradients, weightGradients } = await runNode(backend, {
      type, params: values, inputTypes: [image(4, D), image(4)], inputs: [x, all], weights, batch: 2, training: true, upstream: [randomTensor(10, [2, 4, D])],
    });
    for (const gradient of [inputGradients[0], ...Object.values(weightGradients)]) expect(gradient?.every(Number.isFinite)).toBe(true);
    await backend.dispose();
  });
  test('a sequence of one place looks at itself alone', () => {
    const one = randomTensor(11, [3, 1, D]);
    expectClose(applyNode('MultiHeadAttention', { heads: 6, causal: true }, [one], { weights }).data, wanted(one, one, { heads: 6 }), 1e-6);
  });
  test('dropout leaves attention weights out in training only', () => {
    const still = applyNode('MultiHeadAttention', { heads: 2, dropout: 0.5 }, [x], { weights }).data;
    expectClose(still, wanted(x, x, { heads: 2 }), 1e-6);
    const moved = applyNode('MultiHeadAttention', { heads: 2, dropout: 0.5 }, [x], { weights, training: true, seed: 1 }).data;
    expect(Math.max(...moved.map((value, i) => Math.abs(value - (still[i] ?? 0))))).toBeGreaterThan(0.05);
  });
  test.each<[object, Parameters<typeof shapeErrorOf>[2], string]>([
    [{ heads: 5 }, [image(4, 6)], "its 5 heads do not divide the 6 features at 'x'; use a number of heads that does: 1, 2, 3, 6"],
    [{ heads: 1 }, [image(6)], "needs a sequence [N, T, D] at 'x'"],
    [{ heads: 1 }, [image(3, 8, 8)], 'Permute that puts the channels last'],
    [{ heads: 1 }, [image(4, 6), image(3, 5)], 'the context has 5 features and x has 6'],
    [{ heads: 1 }, [image(4, 6), image(3)], 'it is [N, 4], but got [N, 3]'],
    [{ heads: 1 }, [image(4, 6), image(3, 6), image(4)], 'it is [N, 3], but got [N, 4]'],
  ])('%j %j', (params, inputs, part) => {
    const error = shapeErrorOf('MultiHeadAttention', { ...params }, inputs);
    expect(error.message).toContain(part);
    if (error.repair?.kind === 'set-param') expect(error.repair.value).toBe(6);
  });
  test.each<[Parameters<typeof shapeErrorOf>[2], string]>([
    [[image(4, 6), image(3, 5), image(3, 6)], 'queries have 6 features and keys 5'],
    [[image(4, 6), image(3, 6), image(2, 6)], 'there are 3 keys, but 2 values'],
  ])('dot-product attention, %j', (inputs, part) => expect(shapeErrorOf('ScaledDotProductAttention', {}, inputs).message).toContain(part));
});

test('RMS norm divides by the root of the mean square', () => {
  const x = randomTensor(12, [2, 3, 5]);
  const weight = randomTensor(13, [5]);
  const wanted = Array.from({ length: 6 }, (_, i) => Array.from(x.data).slice(i * 5, i * 5 + 5)).flatMap((values) => {
    const root = Math.sqrt(dot(values, values) / 5 + 0.01);
    return values.map((value, i) => (value / root) * (weight.data[i] ?? 0));
  });
  expectClose(applyNode('RMSNorm', { eps: 0.01 }, [x], { weights: { weight } }).data, wanted, 1e-6);
});

test('Detach passes numbers and no gradient', async () => {
  const { type, values } = typeAndParams('Detach', {});
  const x = randomTensor(14, [2, 3]);
  const backend = createReferenceBackend();
  const { outputs, inputGradients } = await runNode(backend, { type, params: values, inputTypes: [image(3)], inputs: [x], weights: {}, batch: 2, training: true, upstream: [randomTensor(15, [2, 3])] });
  expectClose(Float64Array.from(outputs[0]?.data ?? []), Array.from(x.data), 1e-7);
  expect(Array.from(inputGradients[0] ?? [])).toEqual([0, 0, 0, 0, 0, 0]);
  await backend.dispose();
});

test('Fill is one number everywhere, whatever comes in', async () => {
  const { type, values } = typeAndParams('Fill', { value: 0.9 });
  const backend = createReferenceBackend();
  const { outputs } = await runNode(backend, { type, params: values, inputTypes: [image(3)], inputs: [randomTensor(14, [2, 3])], weights: {}, batch: 2, training: true });
  expect(outputs[0]).toMatchObject({ shape: [2, 3] });
  expectClose(Float64Array.from(outputs[0]?.data ?? []), Array.from({ length: 6 }, () => 0.9), 1e-7);
  await backend.dispose();
});

describe('before attention', () => {
  test.each([{ length: 7, features: 6 }, { length: 3, features: 5 }])('sinusoidal encoding adds waves: %j', ({ length, features }) => {
    const x = randomTensor(16, [2, length, features]);
    const wanted = Array.from(x.data, (value, i) => {
      const place = Math.floor(i / features) % length;
      const pair = Math.floor((i % features) / 2);
      const angle = place * Math.exp((-2 * pair * Math.log(10_000)) / features);
      return value + ((i % features) % 2 === 0 ? Math.sin(angle) : Math.cos(angle));
    });
    expectClose(applyNode('PositionalEncoding', {}, [x]).data, wanted, 1e-6);
  });
  test('patches are what a convolution with their stride makes of an image, place by place', () => {
    const x = randomTensor(17, [2, 3, 4, 6]);
    const weights = { weight: randomTensor(18, [5, 3, 2, 2]), bias: randomTensor(19, [5]) };
    const { data: maps } = applyNode('Conv2D', { filters: 5, kernel: [2], stride: [2], padding: 'valid' }, [x], { weights });
    const { data, shape } = applyNode('PatchEmbedding', { patch: 2, dim: 5 }, [x], { weights });
    expect([...shape]).toEqual([2, 6, 5]);
    expectClose(data, Array.from({ length: 60 }, (_, i) => maps[(Math.floor(i / 30) * 5 + (i % 5)) * 6 + (Math.floor(i / 5) % 6)] ?? NaN), 1e-6);
  });
  test('an image that patches do not tile is refused with the sizes that do', () => {
    const error = shapeErrorOf('PatchEmbedding', { patch: 5, dim: 8 }, [image(1, 28, 28)]);
    expect(error.message).toContain('patches of 5 × 5 do not tile an image of 28 × 28; use a size that divides both: 1, 2, 4, 7, 14, 28');
    expect(error.repair).toMatchObject({ kind: 'set-param', param: 'patch', value: 4 });
  });
});
