/** Kernels that walk the batch together: the right results, with any number of threads, and only where no sample needs another. */
import { describe, expect, test } from 'vitest';
import type { GroupedPlan } from '../../engine/backends/wasm/batch-groups.ts';
import { arrangePlan } from '../../engine/backends/wasm/plan-module.ts';
import { createWasmBackend } from '../../engine/backends/wasm/wasm.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { geluErf, normalize, softmax } from '../../engine/tensor/composites.ts';
import { type Program, type Value, elementCount } from '../../engine/tensor/ir.ts';
import { templatePlan } from '../support/template-plan.ts';
import { expectAgreement, numbers, outputs, run, withGradients } from '../support/wasm-agreement.ts';

const SAMPLES = 128;
const TOKENS = 41;
const WIDTH = 36;
const HEADS = 3;
const THREADS = [{ threads: 1 }, { threads: 2 }, { threads: 5 }] as const;

const arranged = (program: Program): GroupedPlan => arrangePlan(compileProgram(program), { winograd: true });
const kernelsIn = ({ kernels, groups }: GroupedPlan): string[][] => groups.map(({ first, end }) => kernels.slice(first, end).map(({ name }) => name));

/** x [samples, tokens, width] plus what its heads gather of it. */
function attention(b: Builder, x: Value, weights: Value): Value {
  const size = WIDTH / HEADS;
  const [samples = 1] = x.shape;
  const all = b.dot(b.reshape(x, [samples * TOKENS, WIDTH]), weights);
  const part = (i: number): Value => b.permute(b.reshape(b.slice(all, 1, i * WIDTH, (i + 1) * WIDTH), [samples, TOKENS, HEADS, size]), [0, 2, 1, 3]);
  const [q, k, v] = [part(0), part(1), part(2)];
  const weighed = softmax(b, b.mul(b.dot(q, b.permute(k, [0, 1, 3, 2])), size ** -0.5), 3);
  return b.add(x, b.reshape(b.permute(b.dot(weighed, v), [0, 2, 1, 3]), x.shape));
}

const encoder = (samples: number, hiddenWidth = 70): Program => withGradients((b) => {
  const x = b.input('x', [samples, TOKENS, WIDTH]);
  const [wide, up, bias, down] = [b.input('wide', [WIDTH, 3 * WIDTH]), b.input('up', [WIDTH, hiddenWidth]), b.input('bias', [hiddenWidth]), b.input('down', [hiddenWidth, WIDTH])];
  const attended = attention(b, normalize(b, x, [2], 1e-5), wide);
  const hidden = geluErf(b, b.add(b.dot(b.reshape(normalize(b, attended, [2], 1e-5), [samples * TOKENS, WIDTH]), up), b.expand(b.reshape(bias, [1, hiddenWidth]), [samples * TOKENS, hiddenWidth])));
  return { y: b.add(attended, b.reshape(b.dot(hidden, down), x.shape)), by: { x, wide, up, bias, down } };
});

describe('an encoder', () => {
  test('walks forth and back in groups, keeps scores to its threads, and sums its bias by part', () => {
    const plan = arranged(encoder(SAMPLES));
    expect(plan.groups.length).toBeGreaterThanOrEqual(2);
    for (const { parts } of plan.groups) expect(SAMPLES % parts).toBe(0);
    expect(plan.groups.every(({ own }) => own.size > 0)).toBe(true);
    const summed = plan.groups.flatMap(({ first, end }) => plan.kernels.slice(first, end)).filter(({ name }) => name.endsWith('by part'));
    expect(new Set(summed.map(({ kind }) => kind))).toEqual(new Set(['row', 'contract']));
  });
  test('whose weights sum up several parts in one place agrees, with the same bits for any number of threads', async () => {
    const program = encoder(SAMPLES, 260);
    const { groups } = arranged(program);
    expect(Math.max(...groups.map(({ inTurn }) => inTurn))).toBeGreaterThan(1);
    for (const { parts, inTurn } of groups) expect(parts % inTurn).toBe(0);
    await expectAgreement(program, 3e-5, [{ threads: 1 }]);
    const one = await run(program, { threads: 1 });
    for (const threads of [2, 3]) expect(await run(program, { threads })).toEqual(one);
  });
  test('of a number of samples that is no power of two sums up its weights by part, too', async () => {
    const program = encoder(100, 260);
    expect(arranged(program).groups.some(({ first, end }) => arranged(program).kernels.slice(first, end).some(({ kind, name }) => kind === 'contract' && name.endsWith('by part')))).toBe(true);
    await expectAgreement(program, 3e-5, THREADS);
  });
  test('computes the same in a second step, whatever the first has left in the places of its sums', async () => {
    const program = encoder(SAMPLES, 260);
    const backend = await createWasmBackend(nodePlatform, { threads: 2 });
    const executable = await backend.compile(compileProgram(program), new Map());
    const feeds = program.inputs.map(({ attrs, shape }, i) => [attrs.name, numbers(elementCount(shape), i + 1)] as const);
    const [first] = await executable.run([Object.fromEntries(feeds)]);
    await executable.run([Object.fromEntries(feeds.map(([name, values]) => [name, values.map((v) => (v > 0.9 ? NaN : v))]))]);
    const [again] = await executable.run([Object.fromEntries(feeds)]);
    await backend.dispose();
    expect(again).toEqual(first);
  });
  test('agrees with the reference', async () => {
    await expectAgreement(encoder(SAMPLES), 3e-5, THREADS);
  });
  test('gives the same bits with 1, 2, 3 and 7 threads', async () => {
    const program = encoder(SAMPLES);
    const one = await run(program, { threads: 1 });
    for (const threads of [2, 3, 7]) expect(await run(program, { threads })).toEqual(one);
  });
  test('gives the same bits with every register tile', async () => {
    const program = encoder(SAMPLES);
    const [first, ...others] = await Promise.all([
      { vectors: 2, rows: [8, 4, 3, 2], unroll: 1, joins: false }, { vectors: 4, rows: [8, 6, 3, 2], unroll: 1, joins: false }, { vectors: 4, rows: [8, 6, 4, 6], unroll: 1, joins: true },
    ].map((tuning) => run(program, { threads: 2, tuning })));
    for (const other of others) expect(other).toEqual(first);
  });
  test('of a number of samples that has no divisors agrees, too', async () => {
    await expectAgreement(encoder(113), 3e-5, THREADS);
  });
});

describe('what samples need of each other', () => {
  const product = (b: Builder, x: Value, name: string): Value => b.dot(x, b.input(name, [WIDTH, WIDTH]));
  test('as statistics of the batch divides groups', async () => {
    const b = new Builder();
    const x = b.input('x', [SAMPLES * 480, WIDTH]);
    const first = b.relu(product(b, product(b, x, 'a'), 'b'));
    const second = product(b, product(b, normalize(b, first, [0], 1e-5), 'c'), 'd');
    const program = outputs({ second });
    expect(kernelsIn(arranged(program))).toHaveLength(2);
    await expectAgreement(program, 1e-5, THREADS);
  });
  test('as a neighbour divides groups', async () => {
    const b = new Builder();
    const rows = SAMPLES * 480;
    const x = b.input('x', [rows, WIDTH]);
    const first = product(b, product(b, x, 'a'), 'b');
    // Each row reads the one after it; the last one finds zeros.
    const later = b.relu(b.pad(b.slice(first, 0, 1, rows), [0, 0], [1, 0]));
    const program = outputs({ y: product(b, product(b, later, 'c'), 'd') });
    expect(kernelsIn(arranged(program))).toHaveLength(2);
    await expectAgreement(program, 1e-5, THREADS);
  });
  test('in the opposite order divides groups', async () => {
    const b = new Builder();
    const x = b.input('x', [SAMPLES * 480, WIDTH]);
    const first = product(b, product(b, x, 'a'), 'b');
    const program = outputs({ y: product(b, product(b, b.flip(first, [0]), 'c'), 'd') });
    expect(kernelsIn(arranged(program))).toHaveLength(2);
    await expectAgreement(program, 1e-5, THREADS);
  });
  test('as numbers drawn by their place does not divide them', async () => {
    const b = new Builder();
    const x = b.input('x', [SAMPLES * 480, WIDTH]);
    const seed = b.input('seed', [], 'i32');
    const kept = b.mul(product(b, x, 'a'), b.less(b.random([SAMPLES * 480, WIDTH], 'uniform', 3, seed, b.input('step', [], 'i32')), 0.5));
    const program = outputs({ y: product(b, kept, 'b') });
    expect(kernelsIn(arranged(program))).toHaveLength(1);
    await expectAgreement(program, 1e-5, THREADS);
  });
});

test('a plan whose numbers stay in the caches anyway is walked kernel by kernel', () => {
  expect(arrangePlan(templatePlan('mnist-mlp'), { winograd: true }).groups).toEqual([]);
});

test.each(['mnist-vit', 'char-gpt'])('the arena of %s is smaller for it', (template) => {
  const plan = templatePlan(template);
  const { arenaBytes, buffers, groups } = arrangePlan(plan, { winograd: true });
  expect(groups.length).toBeGreaterThan(0);
  expect(arenaBytes).toBeLessThan(0.9 * plan.arenaBytes);
  for (const { id, role, offset, length } of buffers) if (role === 'temporary' && !groups.some(({ own }) => own.has(id))) expect(offset + length).toBeLessThanOrEqual(arenaBytes);
});
