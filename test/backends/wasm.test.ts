/** The CPU backend against the float64 reference where its code takes different ways: blocking, packing, minimal filtering, lanes, threads. */
import { describe, expect, test } from 'vitest';
import { createWasmBackend } from '../../engine/backends/wasm/wasm.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { softmax } from '../../engine/tensor/composites.ts';
import { type Shape, type Window, elementCount, makeProgram } from '../../engine/tensor/ir.ts';
import { expectAgreement, numbers, outputs, run, withGradients } from '../support/wasm-agreement.ts';

const window = (size: number, padding = 0, stride = 1, dilation = 1): Window => ({ size: [size, size], stride: [stride, stride], padBefore: [padding, padding], padAfter: [padding, padding], dilation: [dilation, dilation] });

describe('loops', () => {
  test('what fades away comes to nothing, and what is no number stays none', async () => {
    const b = new Builder();
    const steps = 130;
    const [x, h, w] = [b.input('x', [steps, 3, 9]), b.input('h', [3, 9]), b.input('w', [9, 9])];
    const halved = b.scan({ slices: [x], initial: [h] }, (body, { slices, carries }) => [body.add(body.mul(carries[0]!, 0.5), slices[0]!)]);
    const product = b.scan({ slices: [x], initial: [h], constants: [w] }, (body, { slices, carries, constants }) => [body.add(body.dot(carries[0]!, constants[0]!), body.mul(slices[0]!, 2))]);
    const program = outputs({ halved: halved.last(0), product: product.last(0), early: b.mul(b.slice(halved.stack(0), 0, 90, 91), 1) });
    const start = Float32Array.from({ length: 27 }, (_, i) => (i === 4 ? NaN : i - 13));
    const backend = await createWasmBackend(nodePlatform, { threads: 2 });
    const executable = await backend.compile(compileProgram(program), new Map());
    const [found] = await executable.run([{ x: new Float32Array(steps * 27), h: start, w: Float32Array.from({ length: 81 }, (_, i) => (i % 10 === 0 ? 0.5 : 0)) }]);
    await backend.dispose();
    // Halved 130 times they would be 1e-38 and less, and slow. 90 times is far from that.
    expect([...found!['halved']!]).toEqual([...start].map((_, i) => (i === 4 ? NaN : 0)));
    expect([...found!['product']!].slice(9)).toEqual(new Array(18).fill(0));
    expect([...found!['early']!]).toEqual([...start].map((value) => value * 2 ** -90));
  });
  test('a state that fades from step to step comes to nothing', async () => {
    const b = new Builder();
    const momentum = b.state('momentum', [21]);
    const program = makeProgram(new Map(), [{ state: momentum, value: b.mul(momentum, 0.5) }]);
    const backend = await createWasmBackend(nodePlatform, { threads: 2 });
    const state = backend.allocate('momentum', 'f32', 21);
    await backend.write(state, numbers(21, 1));
    const executable = await backend.compile(compileProgram(program), new Map([['momentum', state]]));
    await executable.run(new Array(90).fill({}));
    const early = [...(await backend.read(state))];
    await executable.run(new Array(40).fill({}));
    const late = [...(await backend.read(state))];
    await backend.dispose();
    expect(early).toEqual([...numbers(21, 1)].map((value) => value * 2 ** -90));
    expect(late).toEqual(new Array(21).fill(0));
  });
});

describe('reductions of rows that lie side by side', () => {
  // More rows than four vectors and more elements than a block: they go through memory block by block.
  test.each<[Shape, readonly number[]]>([[[700, 37], [0]], [[1031, 64], [0]], [[300, 20], [0]], [[3, 50, 9, 21], [1, 2]], [[20, 300, 18], [1]], [[5, 7, 11, 13, 40], [0, 1, 2, 3]]])('%j over %j', async (shape, axes) => {
    const b = new Builder();
    const x = b.input('x', shape);
    const mean = b.mean(x, axes, true);
    const difference = b.sub(x, mean);
    await expectAgreement(outputs({
      mean: b.mul(mean, 1), variance: b.mean(b.square(difference), axes), largest: b.reduceMax(x, axes), least: b.reduceMin(b.mul(x, 2), axes),
      both: b.add(b.sum(b.mul(x, b.input('y', shape)), axes), b.sum(b.abs(x), axes)),
    }));
  });
  test('results for every element on the way', async () => {
    const b = new Builder();
    await expectAgreement(outputs({ y: softmax(b, b.input('x', [300, 30]), 0), z: softmax(b, b.input('w', [2, 350, 22]), 1) }));
  });
});

describe('matrix products', () => {
  test.each<[number, number, number]>([[1, 1, 1], [1, 300, 17], [5, 3, 2], [4, 8, 8], [33, 1031, 9], [129, 64, 65], [7, 2100, 130], [300, 12, 24], [130, 513, 10]])('%i × %i × %i and its gradients', async (m, k, n) => {
    await expectAgreement(withGradients((b) => {
      const x = b.input('x', [m, k]);
      const w = b.input('w', [n, k]);
      return { y: b.dot(x, b.transpose(w)), by: { x, w } };
    }));
  });
  test('batched, with factors that are views', async () => {
    await expectAgreement(withGradients((b) => {
      const x = b.input('x', [3, 5, 2, 14]);
      const heads = b.permute(x, [0, 2, 1, 3]);
      return { y: b.dot(heads, b.transpose(heads)), by: { x } };
    }));
  });
  // The gradients by x read the weights across, panel by panel; of an image that was flattened they have columns along two axes.
  test.each([[1, 300], [5, 270], [8, 1031]])('%i rows of gradients by %i inputs, and by an image of 6×5 points and 19 channels', async (rows, inputs) => {
    await expectAgreement(withGradients((b) => {
      const [x, w] = [b.input('x', [rows, inputs]), b.input('w', [inputs, 45])];
      const [image, filter, v] = [b.input('image', [rows, 3, 6, 5]), b.input('filter', [19, 3, 1, 1]), b.input('v', [570, 45])];
      const flat = b.reshape(b.conv(image, filter, window(1)), [rows, 570]);
      return { y: b.add(b.dot(x, w), b.dot(flat, v)), by: { x, w, image, v } };
    }), 2e-6, [{ threads: 1 }, { threads: 2 }, { threads: 3 }]);
  });
  test('a weight that is read as a large unpacked factor', async () => {
    await expectAgreement(withGradients((b) => {
      const x = b.input('x', [24, 3000]);
      const w = b.input('w', [3000, 100]);
      return { y: b.relu(b.add(b.dot(x, w), b.input('bias', [100]))), by: { x, w } };
    }));
  });
  test.each([[12, 20], [301, 20]])('a flipped factor of %i × %i, whose steps run backwards', async (rows, depth) => {
    await expectAgreement(withGradients((b) => {
      const x = b.input('x', [rows, depth]);
      const w = b.input('w', [depth, 16]);
      return { y: b.dot(b.flip(x, [0, 1]), b.flip(w, [0])), by: { x, w } };
    }));
  });
});

describe('convolutions and their gradients', () => {
  const cases: { name: string; x: Shape; w: Shape; window: Window; groups?: number }[] = [
    { name: '5×5, stride 2', x: [3, 3, 17, 15], w: [6, 3, 5, 5], window: window(5, 2, 2) },
    { name: 'dilation 2', x: [2, 5, 13, 11], w: [7, 5, 3, 3], window: window(3, 2, 1, 2) },
    { name: 'groups of odd width', x: [2, 6, 9, 9], w: [9, 2, 3, 3], window: window(3, 1), groups: 3 },
    { name: 'depthwise', x: [2, 10, 9, 8], w: [10, 1, 3, 3], window: window(3, 1), groups: 10 },
    { name: 'stride 3 of 2×2: pixels that no tap reaches', x: [2, 4, 11, 10], w: [5, 4, 2, 2], window: window(2, 0, 3) },
    { name: 'deep: several depth blocks', x: [2, 150, 7, 7], w: [20, 150, 3, 3], window: window(3, 1) },
  ];
  test.each(cases)('$name', async ({ x: xs, w: ws, window: at, groups }) => {
    await expectAgreement(withGradients((b) => {
      const x = b.input('x', xs);
      const w = b.input('w', ws);
      return { y: b.conv(x, w, at, groups ?? 1), by: { x, w } };
    }), 1e-5);
  });
});

describe('minimal filtering', () => {
  const cases: [string, Shape, number, number, number][] = [
    ['whole tiles', [3, 8, 10, 10], 16, 3, 0],
    ['ragged edges and margins', [2, 12, 15, 13], 9, 3, 1],
    ['channels that fill no vector', [4, 11, 9, 14], 21, 3, 1],
    ['more tiles than a block', [20, 16, 14, 14], 24, 3, 0],
    ['gradients by the input as sums of tiles', [9, 8, 10, 14], 16, 3, 0],
    ['the same, images in groups, ragged, of channels that fill no vector', [17, 13, 11, 15], 21, 3, 0],
    ['the same, an image of several blocks', [8, 8, 38, 38], 12, 3, 0],
    ['the same, 5×5', [10, 16, 12, 10], 24, 5, 0],
    ['2×2', [3, 9, 16, 11], 20, 2, 0],
    ['4×4, with margins', [3, 9, 13, 12], 20, 4, 2],
    ['5×5, whole tiles', [3, 16, 12, 10], 24, 5, 0],
    ['5×5, ragged edges and margins', [2, 21, 9, 11], 35, 5, 2],
  ];
  test.each(cases)('%s', async (_name, xs, filters, taps, padding) => {
    const program = withGradients((b) => {
      const x = b.input('x', xs);
      const w = b.input('w', [filters, xs[1] ?? 1, taps, taps]);
      return { y: b.relu(b.add(b.conv(b.mul(x, 1.5), w, window(taps, padding)), b.input('bias', [filters, 1, 1]))), by: { x, w } };
    });
    // Its transforms add and subtract numbers of up to 25 times the result's size: 1e-4 instead of 1e-5.
    await expectAgreement(program, 1e-4, [{ threads: 1 }, { threads: 2 }, { threads: 1, relaxed: false }]);
    // It is really another way: its rounding is not that of direct sums, which stay closer.
    const [fast, direct] = [await run(program, { threads: 1 }), await run(program, { threads: 1, winograd: false })];
    expect(fast['y']).not.toEqual(direct['y']);
    await expectAgreement(program, 5e-6, [{ threads: 2, winograd: false }]);
  });
  test.each([[2, 4, 1], [2, 3, 1], [2, 5, 2], [3, 7, 3]])('of phases: the gradient by the input with steps of %i of %i taps', async (stride, taps, padding) => {
    const program = withGradients((b) => {
      const [x, w] = [b.input('x', [4, 16, 22, 19]), b.input('w', [24, 16, taps, taps])];
      return { y: b.conv(b.mul(x, 1.5), w, window(taps, padding, stride)), by: { x, w } };
    });
    await expectAgreement(program, 1e-4, [{ threads: 1 }, { threads: 2 }]);
    const [fast, direct] = [await run(program, { threads: 1 }), await run(program, { threads: 1, winograd: false })];
    expect(fast['by x']).not.toEqual(direct['by x']);
  });
});

describe('reductions, windows and indices', () => {
  test.each([[[5, 9], 1], [[3, 1203], 1], [[600, 7], 0], [[700, 40], 0]] as [Shape, number][])('largest and smallest of %j along axis %i let a NaN through, wherever it stands', async (shape, axis) => {
    const b = new Builder();
    const x = b.input('x', shape);
    const largest = b.reduce('max', x, [axis], true);
    // Read again in a later pass over the same rows.
    const program = outputs({ largest, smallest: b.reduce('min', x, [axis], true), above: b.sum(b.sub(x, largest), [axis]) });
    const data = numbers(elementCount(shape), 3);
    const at = (row: number, element: number): number => (axis === 1 ? row * (shape[1] ?? 1) + element : element * (shape[1] ?? 1) + row);
    const length = shape[axis] ?? 1;
    [0, length >> 1, length - 1].forEach((element, row) => void (data[at(row, element)] = NaN));
    const backend = await createWasmBackend(nodePlatform, { threads: 2 });
    const [found] = await (await backend.compile(compileProgram(program), new Map())).run([{ x: data }]);
    await backend.dispose();
    const rows = shape[1 - axis] ?? 1;
    for (let row = 0; row < rows; row++) {
      const elements = Array.from({ length }, (_, element) => data[at(row, element)] ?? 0);
      const has = elements.some(Number.isNaN);
      expect([found!['largest']![row], found!['smallest']![row], Number.isNaN(found!['above']![row])], `row ${row}`).toEqual([has ? NaN : Math.max(...elements), has ? NaN : Math.min(...elements), has]);
    }
  });
  test.each<[Shape, number[]]>([[[3, 5], [1]], [[700, 9], [0]], [[2, 3, 5, 7], [1, 3]], [[5000], [0]], [[70000], [0]], [[4, 37], [0]], [[6, 4, 5], [0, 2]]])('%j over axes %j', async (shape, axes) => {
    const b = new Builder();
    const x = b.input('x', shape);
    // Squares: a sum of both signs may be as small as its rounding.
    await expectAgreement(outputs({ sum: b.sum(b.mul(x, x), axes), largest: b.reduceMax(x, axes), smallest: b.reduceMin(x, axes), mean: b.mean(b.exp(x), axes) }), 3e-6);
  });
  test.each<[string, Window]>([['side by side', window(2, 0, 2)], ['overlapping', window(3, 1, 2)], ['with gaps', window(2, 0, 3)]])('pooling windows %s', async (_name, at) => {
    await expectAgreement(withGradients((b) => {
      const x = b.input('x', [3, 9, 11, 10]);
      return { y: b.add(b.maxPool(x, at), b.sumPool(b.mul(x, 0.25), at)), by: { x } };
    }));
  });
  test('softmax over rows that are no multiple of a vector', async () => {
    await expectAgreement(withGradients((b) => {
      const x = b.input('x', [9, 13]);
      const shifted = b.sub(x, b.detach(b.reduceMax(x, [1], true)));
      return { y: b.div(b.exp(shifted), b.sum(b.exp(shifted), [1], true)), by: { x } };
    }));
  });
  test('argmax takes the first of equals', async () => {
    const b = new Builder();
    const x = b.unary('floor', b.mul(b.input('x', [30, 11]), 2));
    const program = outputs({ along: b.argmax(x, 1), across: b.argmax(x, 0) });
    expect(await run(program, { threads: 2 })).toEqual(await run(program, 'reference'));
  });
  // Rows are asked for in groups of eight: more and fewer than a group, a thread's share that begins within one, rows longer and shorter than a cache line.
  test.each([[21, 77], [3, 130], [16, 35], [9, 5]] as const)('%i picked rows of %i bytes and of floats, some beyond the table', async (count, length) => {
    const b = new Builder();
    const [bytes, floats, rows] = [b.input('bytes', [50, length], 'u8'), b.input('floats', [50, length]), b.input('rows', [count], 'i32')];
    const program = outputs({ bytes: b.mul(b.toF32(b.gather(bytes, rows)), 0.5), both: b.add(b.mul(b.gather(floats, rows), 2), b.toF32(b.gather(bytes, rows))) });
    const feeds = { bytes: Uint8Array.from({ length: 50 * length }, (_, i) => (i * 31) % 251), floats: numbers(50 * length, 3), rows: Int32Array.from({ length: count }, (_, i) => ((i * 19) % 60) - 4) };
    const at = Array.from({ length: count * length }, (_, i) => Math.min(49, Math.max(0, feeds.rows[Math.floor(i / length)] ?? 0)) * length + (i % length));
    for (const threads of [1, 2, 3]) {
      const backend = await createWasmBackend(nodePlatform, { threads });
      const [result] = await (await backend.compile(compileProgram(program), new Map())).run([feeds]);
      await backend.dispose();
      expect(result).toEqual({
        bytes: Float32Array.from(at, (i) => (feeds.bytes[i] ?? NaN) * 0.5),
        both: Float32Array.from(at, (i) => Math.fround((feeds.floats[i] ?? NaN) * 2) + (feeds.bytes[i] ?? NaN)),
      });
    }
  });

  test('gather and scatter with repeated rows', async () => {
    await expectAgreement(withGradients((b) => {
      const table = b.input('table', [6, 7]);
      return { y: b.gather(table, b.input('rows', [4, 9], 'i32')), by: { table } };
    }));
  });
  test('transcendental functions over their ranges', async () => {
    const b = new Builder();
    const x = b.mul(b.input('x', [4003]), 9);
    const positive = b.exp(x);
    await expectAgreement(outputs({
      exp: b.exp(x), log: b.log(positive), tanh: b.tanh(x), sigmoid: b.sigmoid(x), erf: b.erf(b.mul(x, 0.4)), log1p: b.log1p(positive), expm1: b.expm1(b.mul(x, 0.1)),
      sin: b.unary('sin', x), cos: b.unary('cos', x), rsqrt: b.rsqrt(positive), pow: b.pow(b.abs(x), 1.7), tiny: b.tanh(b.mul(x, 1e-6)),
    }), 2e-6);
  });
});

test('the same bits with 1, 2, 3 and 4 threads', async () => {
  const program = withGradients((b) => {
    const x = b.input('x', [6, 9, 13, 12]);
    const w = b.input('w', [18, 9, 3, 3]);
    const v = b.input('v', [11, 18 * 36]);
    const y = b.maxPool(b.relu(b.conv(b.mul(x, 2), w, window(3, 1))), window(2, 0, 2));
    return { y: b.dot(b.reshape(y, [6, 18 * 36]), b.transpose(v)), by: { x, w, v } };
  });
  const one = await run(program, { threads: 1 });
  for (const threads of [2, 3, 4]) expect(await run(program, { threads })).toEqual(one);
});

test('the same bits with every register tile', async () => {
  const program = withGradients((b) => {
    const x = b.input('x', [6, 9, 13, 12]);
    const [w, wide] = [b.input('w', [24, 9, 3, 3]), b.input('wide', [21, 24, 5, 5])];
    const v = b.input('v', [35, 21 * 36]);
    const hidden = b.relu(b.conv(b.mul(x, 2), w, window(3, 1)));
    const y = b.maxPool(b.relu(b.conv(hidden, wide, window(5, 2))), window(2, 0, 2));
    return { y: b.dot(b.reshape(y, [6, 21 * 36]), b.transpose(v)), by: { x, w, wide, v } };
  });
  const [first, ...others] = await Promise.all([
    { vectors: 2, rows: [8, 4, 3, 2], unroll: 1, joins: false },
    { vectors: 2, rows: [8, 8, 4, 4], unroll: 1, joins: true },
    { vectors: 4, rows: [8, 6, 3, 2], unroll: 1, joins: false },
    { vectors: 4, rows: [8, 6, 4, 6], unroll: 1, joins: true },
  ].map((tuning) => run(program, { threads: 2, tuning })));
  for (const other of others) expect(other).toEqual(first);
  await expectAgreement(program, 1e-4);
});

test('states stay between steps, are shared by executables, and threads move from one to the other', async () => {
  const b = new Builder();
  const state = b.state('count', [5]);
  const add = makeProgram(new Map([['now', b.mul(state, 1)]]), [{ state, value: b.add(state, b.input('by', [])) }]);
  const c = new Builder();
  const read = outputs({ doubled: c.mul(c.state('count', [5]), 2) });
  const backend = await createWasmBackend(nodePlatform, { threads: 3 });
  const states = new Map([['count', backend.allocate('count', 'f32', 5)]]);
  const adder = await backend.compile(compileProgram(add), states);
  const reader = await backend.compile(compileProgram(read), states);
  for (let round = 1; round <= 3; round++) {
    const results = await adder.run([{ by: 1 }, { by: 2 }]);
    expect(results.map((r) => r['now']?.[0])).toEqual([3 * (round - 1), 3 * (round - 1) + 1]);
    expect((await reader.run([{}]))[0]?.['doubled']).toEqual(new Float32Array(5).fill(6 * round));
  }
  adder.dispose();
  await expect(backend.compile(compileProgram(read), new Map())).rejects.toThrow('"count"');
  await expect(backend.write(states.get('count') as never, new Float32Array(6))).rejects.toThrow('6 elements');
  await backend.dispose();
  // Its threads are gone: waiting for them would be for ever.
  await expect(reader.run([{}])).rejects.toThrow('disposed');
});
