/** Hand-made IR as ONNX: each op that inference may use, with an open batch, against the float64 reference; and those that it may not. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { FormatError } from '../../engine/interop/format-error.ts';
import { EXPORT_BATCHES, type Triple } from '../../engine/interop/onnx/emission.ts';
import { writeLowered } from '../../engine/interop/onnx/from-ir.ts';
import { GraphWriter } from '../../engine/interop/onnx/graph-writer.ts';
import { extentsOf } from '../../engine/interop/onnx/infer.ts';
import { IR_VERSION, OPSET_VERSION, onnxCodec } from '../../engine/interop/onnx/schema.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type DType, type UnaryFn, type Value, type Window, makeProgram } from '../../engine/tensor/ir.ts';
import { randomIntegers, randomTensor } from '../support/oracle.ts';
import { buildRandomGraph, graphRecipes } from '../support/random-graphs.ts';
import { largestDifference } from './agreement.ts';
import { modelProblems } from './onnx-check.ts';
import { openModel } from './onnx-session.ts';

interface Leaf {
  readonly shape: readonly (number | 'N')[];
  readonly dtype?: DType;
  readonly low?: number;
  readonly high?: number;
}
interface Case {
  readonly ins: readonly Leaf[];
  /** N is the batch. */
  build(b: Builder, ins: readonly Value[], batch: number): Value;
}

const sizes = (leaf: Leaf, batch: number): number[] => leaf.shape.map((dim) => (dim === 'N' ? batch : dim));

function lower({ ins, build }: Case, batch: number): Value {
  const b = new Builder();
  return build(b, ins.map((leaf, i) => b.input(`x${i}`, sizes(leaf, batch), leaf.dtype ?? 'f32')), batch);
}

/** The case as a model. Integer results become floats, which is what the session of the tests reads. */
function modelOf(ir: Case): Uint8Array {
  const writer = new GraphWriter();
  ir.ins.forEach((leaf, i) => writer.addInput(`x${i}`, leaf.dtype ?? 'f32', extentsOf(leaf.shape), ''));
  const result = writer.reserve('y');
  const [a, b, c] = EXPORT_BATCHES.map((batch) => lower(ir, batch));
  if (a === undefined || b === undefined || c === undefined) throw new Error('three batch sizes are wanted');
  const root: Triple = [a, b, c];
  const [tensor = ''] = writeLowered(writer, { author: { id: 'n', doc: 'hand-made' }, who: { en: "Node 'n' (Test)", zh: '节点“n”（Test）' }, leaf: (value) => value.attrs.name }, [root]);
  writer.addOutput(result, tensor, '');
  return onnxCodec.encode('ModelProto', {
    irVersion: IR_VERSION, opsetImport: [{ domain: '', version: OPSET_VERSION }], producerName: 'Netloom', metadataProps: [], graph: writer.finish('test', ''),
  });
}

async function expectSame(ir: Case, options: { readonly batchFirst?: boolean; readonly batches?: readonly number[] } = {}): Promise<Uint8Array> {
  const bytes = modelOf(ir);
  expect(modelProblems(bytes).filter((problem) => options.batchFirst !== false || !problem.startsWith('the batch of '))).toEqual([]);
  const model = await openModel(bytes);
  try {
    for (const batch of options.batches ?? [2, 5]) {
      const leaves = ir.ins.map((leaf, i) => {
        const shape = sizes(leaf, batch);
        return leaf.dtype === 'i32' ? { shape, data: Int32Array.from(randomIntegers(i + 1, shape, leaf.high ?? 4).data as Float64Array, (n) => n + (leaf.low ?? 0)) }
          : { shape, data: Float32Array.from(randomTensor(i + 1, shape, leaf.low ?? -2, leaf.high ?? 2).data as Float64Array) };
      });
      const value = lower(ir, batch);
      const wanted = evaluateProgram(makeProgram(new Map([['y', value]])), Object.fromEntries(leaves.map(({ data }, i) => [`x${i}`, data]))).outputs.get('y');
      const found = (await model.run(Object.fromEntries(leaves.map((leaf, i) => [`x${i}`, leaf]))))['y'];
      expect(found?.shape).toEqual(wanted?.shape);
      expect(largestDifference(found?.data ?? [], wanted?.data ?? [])).toBeLessThan(1e-5);
    }
  } finally {
    await model.close();
  }
  return bytes;
}

const only = (value: Value | undefined): Value => {
  if (value === undefined) throw new Error('the case has too few inputs');
  return value;
};
const unaryCase = (fn: UnaryFn, low: number, high: number): Case => ({ ins: [{ shape: ['N', 7], low, high }], build: (b, [x]) => b.unary(fn, only(x)) });
const window = (size: number[], more: Partial<Window> = {}): Window => ({ size, stride: size.map(() => 1), padBefore: size.map(() => 0), padAfter: size.map(() => 0), dilation: size.map(() => 1), ...more });
const image: Leaf = { shape: ['N', 4, 7, 6] };
const pair: readonly Leaf[] = [{ shape: ['N', 3, 5] }, { shape: ['N', 3, 5] }];

describe('scalar functions', () => {
  const ranges = {
    neg: [-3, 3], abs: [-3, 3], sign: [-3, 3], floor: [-3, 3], round: [-3, 3], exp: [-3, 3], expm1: [-3, 1], log: [0.1, 3], log1p: [-0.9, 3], sqrt: [0, 3], rsqrt: [0.1, 3],
    sin: [-3, 3], cos: [-3, 3], tanh: [-3, 3], sigmoid: [-30, 30], erf: [-3, 3], relu: [-3, 3], toF32: [-3, 3], detach: [-3, 3],
  } as const satisfies Readonly<Record<Exclude<UnaryFn, 'toI32'>, readonly [number, number]>>;
  test.each(Object.entries(ranges))('%s', async (fn, [low, high]) => {
    await expectSame(unaryCase(fn as UnaryFn, low, high));
  });
  test('round: halves to the even neighbour', async () => {
    await expectSame({ ins: [{ shape: ['N', 1], low: 0, high: 0 }], build: (b, [x]) => b.unary('round', b.add(only(x), b.literal(Float32Array.of(-1.5, -0.5, 0.5, 1.5, 2.5), [1, 5]))) });
  });
  test('toI32: towards zero, and back', async () => {
    await expectSame({ ins: [{ shape: ['N', 9] }], build: (b, [x]) => b.toF32(b.toI32(only(x))) });
  });
  test.each(['add', 'sub', 'mul', 'div', 'max', 'min', 'less', 'lessEqual', 'equal'] as const)('%s', async (fn) => {
    await expectSame({ ins: pair, build: (b, [x, y]) => b.binary(fn, only(x), only(y)) });
  });
  test('pow', async () => {
    await expectSame({ ins: [{ shape: ['N', 5], low: 0, high: 3 }, { shape: ['N', 5] }], build: (b, [x, y]) => b.pow(b.add(only(x), 0.1), only(y)) });
  });
  test('equal tells equal numbers', async () => {
    await expectSame({ ins: [{ shape: ['N', 9], dtype: 'i32' }, { shape: ['N', 9], dtype: 'i32' }], build: (b, [x, y]) => b.equal(only(x), only(y)) });
  });
  test('whole numbers', async () => {
    await expectSame({
      ins: [{ shape: ['N', 9], dtype: 'i32', low: -4, high: 9 }, { shape: ['N', 9], dtype: 'i32', low: -4, high: 9 }],
      build: (b, [x, y]) => b.toF32(b.sub(b.max(b.mul(only(x), only(y)), b.neg(only(y))), b.add(b.abs(only(x)), b.sign(b.min(only(x), 3))))),
    });
  });
  test('select by a comparison, by any number, and by a repeated condition', async () => {
    await expectSame({ ins: pair, build: (b, [x, y]) => b.select(b.less(only(x), only(y)), b.mul(only(x), 2), -1) });
    await expectSame({ ins: pair, build: (b, [x, y]) => b.select(b.relu(only(x)), only(y), 7) });
    await expectSame({ ins: [{ shape: ['N', 1] }, { shape: ['N', 6] }], build: (b, [x, y]) => b.select(b.less(only(x), 0), only(y), 0) });
    await expectSame({ ins: pair, build: (b, [x, y]) => { const c = b.less(only(x), only(y)); return b.add(c, b.select(c, only(x), only(y))); } });
  });
  test('select keeps out the branch that is not taken', async () => {
    await expectSame({ ins: [{ shape: ['N', 8] }], build: (b, [x]) => b.select(b.less(0, only(x)), b.log(only(x)), 0) });
  });
});

describe('operands of different shapes', () => {
  test('broadcast without copies', async () => {
    const bytes = await expectSame({ ins: [{ shape: ['N', 3, 5] }, { shape: ['N', 1, 5] }], build: (b, [x, y]) => b.add(b.mul(only(x), 3), only(y)) });
    const operators = onnxCodec.decode('ModelProto', bytes).graph?.node.map((node) => node.opType);
    expect(operators).toEqual(['Mul', 'Add']);
  });
  test('none of which has the full shape', async () => {
    await expectSame({ ins: [{ shape: ['N', 1, 5] }, { shape: ['N', 3, 1] }], build: (b, [x, y]) => b.sub(only(x), only(y)) });
    await expectSame({ ins: [{ shape: ['N', 5] }], build: (b, [x], batch) => b.add(b.mul(b.expand(b.reshape(b.reduceMax(only(x), [0], true), [1, 1, 5]), [batch, 2, 5]), 2), 1) });
  });
});

describe('movement', () => {
  const cases: Readonly<Record<string, Case>> = {
    'reshape into the batch': { ins: [{ shape: ['N', 4, 6] }], build: (b, [x], batch) => b.reshape(only(x), [batch * 4, 6]) },
    'reshape twice': { ins: [{ shape: ['N', 4, 6] }], build: (b, [x], batch) => b.reshape(b.relu(b.reshape(only(x), [batch * 2, 12])), [batch, 3, 8]) },
    permute: { ins: [{ shape: ['N', 4, 6, 2] }], build: (b, [x]) => b.permute(only(x), [0, 3, 1, 2]) },
    'expand, batch too': { ins: [{ shape: ['N', 4] }], build: (b, [x], batch) => b.expand(b.sum(only(x), [0, 1], true), [batch, 3]) },
    'expand a row': { ins: [{ shape: ['N', 1, 6] }], build: (b, [x], batch) => b.relu(b.expand(only(x), [batch, 4, 6])) },
    'slice with steps': { ins: [{ shape: ['N', 9, 6] }], build: (b, [x]) => b.slice(b.slice(only(x), 1, 1, 8, 3), 2, 2, 5) },
    'slice along the batch': { ins: [{ shape: ['N', 3] }], build: (b, [x], batch) => b.sub(b.slice(only(x), 0, 1, batch), b.slice(only(x), 0, 0, batch - 1)) },
    flip: { ins: [{ shape: ['N', 3, 5] }], build: (b, [x]) => b.flip(only(x), [1, 2]) },
    'flip of one axis': { ins: [{ shape: ['N', 3, 5] }], build: (b, [x]) => b.flip(only(x), [1]) },
    pad: { ins: [{ shape: ['N', 3, 5] }], build: (b, [x]) => b.pad(only(x), [0, 1, 2], [0, 3, 0], -1.5) },
    'pad to the batch\'s double': { ins: [{ shape: ['N', 3] }], build: (b, [x], batch) => b.pad(only(x), [0, 0], [batch, 0]) },
    concat: { ins: pair, build: (b, [x, y]) => b.concat([only(x), only(y), b.neg(only(x))], 2) },
    'concat along the batch': { ins: pair, build: (b, [x, y]) => b.concat([only(x), only(y)], 0) },
    'two sizes that depend on the batch': { ins: [{ shape: ['N', 3] }], build: (b, [x], batch) => b.reshape(b.reshape(b.sum(b.expand(b.reshape(only(x), [batch, 1, 3]), [batch, 2, 3]), [2]), [batch, 2]), [1, batch, 2]) },
  };
  test.each(Object.entries(cases))('%s', async (name, ir) => {
    await expectSame(ir, { batchFirst: !/slice along the batch|double|two sizes|into the batch|concat along the batch/.test(name) });
  });
});

describe('leaves', () => {
  test('literals and constants', async () => {
    await expectSame({ ins: [{ shape: ['N', 3] }], build: (b, [x]) => b.add(b.mul(only(x), b.literal(Float32Array.of(1, -2, 0.5), [1, 3])), b.constant(0.25, [3])) });
    await expectSame({ ins: [{ shape: ['N', 3], dtype: 'i32' }], build: (b, [x]) => b.toF32(b.add(only(x), b.literal(Int32Array.of(1, -2, 5), [1, 3]))) });
  });
  test('infinite constants', async () => {
    await expectSame({ ins: [{ shape: ['N', 4] }], build: (b, [x]) => b.select(b.less(only(x), 0), only(x), -Infinity) });
  });
  test('iota along a fixed axis and along the batch', async () => {
    await expectSame({ ins: [{ shape: ['N', 4] }], build: (b, [x], batch) => b.add(only(x), b.toF32(b.iota([batch, 4], 1))) });
    await expectSame({ ins: [{ shape: ['N', 4] }], build: (b, [x], batch) => b.add(only(x), b.toF32(b.iota([batch, 4], 0))) });
    await expectSame({ ins: [{ shape: ['N', 4] }], build: (b, [x], batch) => b.add(b.toF32(b.iota([batch, 3], 0)), b.sum(only(x), [1], true)) });
  });
});

describe('reductions and products', () => {
  test.each(['sum', 'max', 'min'] as const)('%s', async (fn) => {
    await expectSame({ ins: [{ shape: ['N', 3, 5] }], build: (b, [x]) => b.reduce(fn, only(x), [1, 2]) });
    await expectSame({ ins: [{ shape: ['N', 3, 5] }], build: (b, [x]) => b.sub(only(x), b.reduce(fn, only(x), [0, 2], true)) });
  });
  test('argmax: the first of equal ones', async () => {
    await expectSame({ ins: [{ shape: ['N', 9] }], build: (b, [x]) => b.toF32(b.argmax(b.unary('round', only(x)), 1)) });
  });
  test('dot of matrices, of batches, and with a repeated operand', async () => {
    await expectSame({ ins: [{ shape: ['N', 4] }], build: (b, [x]) => b.dot(only(x), b.literal(Float32Array.from({ length: 12 }, (_, i) => i - 5), [4, 3])) });
    await expectSame({ ins: [{ shape: ['N', 2, 3, 4] }, { shape: ['N', 2, 4, 5] }], build: (b, [x, y]) => b.dot(only(x), only(y)) });
    const bytes = await expectSame({ ins: [{ shape: ['N', 3, 4] }], build: (b, [x]) => b.dot(only(x), b.reshape(b.literal(Float32Array.from({ length: 8 }, (_, i) => i - 3), [4, 2]), [1, 4, 2])) });
    expect(onnxCodec.decode('ModelProto', bytes).graph?.node.map((node) => node.opType)).not.toContain('Expand');
  });
  test('gather: rows of a table; an index outside is clamped', async () => {
    const table = Float32Array.from({ length: 12 }, (_, i) => i / 2);
    await expectSame({ ins: [{ shape: ['N', 6], dtype: 'i32', low: -2, high: 9 }], build: (b, [i]) => b.gather(b.literal(table, [4, 3]), only(i)) });
  });
});

describe('windows', () => {
  const w = (b: Builder, shape: number[]): Value => b.literal(Float32Array.from(randomTensor(5, shape).data as Float64Array), shape);
  const strided = window([3, 2], { stride: [2, 1], padBefore: [1, 0], padAfter: [0, 2], dilation: [1, 2] });
  const cases: Readonly<Record<string, Case>> = {
    'conv, plain': { ins: [image], build: (b, [x]) => b.conv(only(x), w(b, [3, 4, 3, 2]), window([3, 2])) },
    'conv, strided, padded, dilated, grouped': { ins: [image], build: (b, [x]) => b.conv(only(x), w(b, [6, 2, 3, 2]), strided, 2) },
    'conv of one axis': { ins: [{ shape: ['N', 4, 9] }], build: (b, [x]) => b.conv(only(x), w(b, [3, 4, 3]), window([3], { stride: [2] })) },
    'convInputGrad with cells that the window does not reach': {
      ins: [{ shape: ['N', 6, 3, 6] }], build: (b, [dy], batch) => b.convInputGrad(only(dy), w(b, [6, 2, 3, 2]), strided, 2, [batch, 4, 7, 6]),
    },
    maxPool: { ins: [image], build: (b, [x]) => b.maxPool(only(x), window([3, 2], { stride: [2, 2], padBefore: [1, 1], padAfter: [1, 0] })) },
    'maxPool, dilated': { ins: [image], build: (b, [x]) => b.maxPool(only(x), window([2, 2], { dilation: [3, 2] })) },
    'maxPool, more padding than window': { ins: [image], build: (b, [x]) => b.maxPool(only(x), window([2, 2], { dilation: [3, 1], padBefore: [2, 0], padAfter: [2, 1] })) },
    sumPool: { ins: [image], build: (b, [x]) => b.sumPool(only(x), window([3, 2], { stride: [2, 2], padBefore: [1, 1], padAfter: [1, 0] })) },
    'sumPool, dilated': { ins: [image], build: (b, [x]) => b.sumPool(only(x), window([2, 2], { dilation: [3, 2], padAfter: [2, 0] })) },
  };
  test.each(Object.entries(cases))('%s', async (_name, ir) => {
    await expectSame(ir);
  });
});

describe('what cannot be exported says so, with the node', () => {
  const cases: Readonly<Record<string, readonly [Case, string]>> = {
    'random numbers': [{ ins: [{ shape: ['N', 3] }], build: (b, [x], batch) => b.add(only(x), b.random([batch, 3], 'uniform', 1, b.constant(1, [], 'i32'), b.constant(1, [], 'i32'))) }, "lowers to 'random', which only training has"],
    'a gradient': [{ ins: [image], build: (b, [x], batch) => b.sumPoolGrad(only(x), window([2, 2]), [batch, 4, 8, 7]) }, "lowers to 'sumPoolGrad'"],
    'the mean over the batch': [{ ins: [{ shape: ['N', 3] }], build: (b, [x]) => b.sub(only(x), b.mean(only(x), [0], true)) }, 'computes with the batch size itself'],
    'sizes that are no line': [{ ins: [{ shape: ['N', 4] }], build: (b, [x], batch) => b.slice(b.relu(only(x)), 0, 0, Math.ceil(batch / 4)) }, 'no linear function of the batch'],
    'a computation that changes': [{ ins: [{ shape: ['N', 4] }], build: (b, [x], batch) => (batch === 1013 ? b.relu(only(x)) : b.reshape(only(x), [1, batch, 4])) }, 'the batch size'],
    'a look-up of samples': [{ ins: [{ shape: ['N', 4] }, { shape: ['N'], dtype: 'i32' }], build: (b, [x, i]) => b.gather(only(x), only(i)) }, 'looks up samples of the batch'],
  };
  test.each(Object.entries(cases))('%s', (_name, [ir, message]) => {
    expect(() => modelOf(ir)).toThrow(FormatError);
    expect(() => modelOf(ir)).toThrow(message);
    expect(() => modelOf(ir)).toThrow("Node 'n' (Test)");
  });
});

test('random compositions give the same', async () => {
  await fc.assert(fc.asyncProperty(graphRecipes, async (recipe) => {
    const ir: Case = { ins: [{ shape: [2, 3], low: -1, high: 1 }, { shape: [4], low: -1, high: 1 }, { shape: [1, 2, 2], low: -1, high: 1 }], build: (b, ins) => buildRandomGraph(b, ins, recipe) };
    // Only training scatters, and a step that repeats has no form of its own.
    fc.pre(!makeProgram(new Map([['y', lower(ir, 1)]])).values.some((value) => value.op === 'scatterAdd' || value.op === 'scan'));
    await expectSame(ir, { batchFirst: false, batches: [1] });
  }), { numRuns: 60 });
});
