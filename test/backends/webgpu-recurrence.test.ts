/** Loops on WebGPU: those whose samples do not see each other are one dispatch; all of them equal the reference, forward and backward. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import type { Backend } from '../../engine/backends/backend.ts';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { createWebGpuBackend } from '../../engine/backends/webgpu/webgpu.ts';
import { generate } from '../../engine/backends/webgpu/wgsl.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type Program, type Value, makeProgram } from '../../engine/tensor/ir.ts';
import { testGpu } from '../support/gpu.ts';
import { expectClose, randomTensor } from '../support/oracle.ts';
import { type ScanCase, scanCases } from '../tensor/scans.ts';

const gpu = await testGpu();
const skipped = 'unavailable' in gpu ? gpu.unavailable : undefined;

/** The case's value and its gradients by all leaves. */
function programOf({ leaves, build }: ScanCase): Program {
  const b = new Builder();
  const inputs = Object.entries(leaves).map(([name, { shape }]) => b.input(name, shape));
  const value = build(b, ...inputs);
  const given = gradients(b, b.sum(b.mul(value, 1 / value.shape.reduce((n, m) => n * m, 1))), inputs);
  return makeProgram(new Map([['value', value], ...given.map((gradient, i): [string, Value] => [`gradient${i}`, gradient])]));
}
const loopsOf = (program: Program): number => generate(compileProgram(program)).loops.length;

function gated(steps: number, samples: number, width: number, features: number): ScanCase {
  return {
    title: `${steps} steps of ${samples} samples, four gates of ${width} units`,
    leaves: { x: randomTensor(1, [steps, samples, features]), h: randomTensor(2, [samples, width]), c: randomTensor(3, [samples, width]), w: randomTensor(4, [4 * width, features]), u: randomTensor(5, [4 * width, width]), o: randomTensor(6, [4 * width]) },
    build: (b, x, h, c, w, u, o) => {
      const inputs = b.reshape(b.dot(b.reshape(x!, [steps * samples, features]), b.transpose(w!)), [steps, samples, 4 * width]);
      const scan = b.scan({ slices: [inputs], initial: [h!, c!], constants: [b.transpose(u!), o!] }, (body, { slices, carries, constants }) => {
        const gates = body.add(body.add(slices[0]!, body.dot(carries[0]!, constants[0]!)), constants[1]!);
        const [i, f, g, out] = [0, 1, 2, 3].map((n) => body.slice(gates, 1, n * width, (n + 1) * width)) as [Value, Value, Value, Value];
        const cell = body.add(body.mul(body.sigmoid(f), carries[1]!), body.mul(body.sigmoid(i), body.tanh(g)));
        return [body.mul(body.sigmoid(out), body.tanh(cell)), cell];
      });
      return b.add(b.sum(b.square(scan.stack(0))), b.sum(scan.last(1)));
    },
  };
}

/** Every unit is divided by the root of the sum of squares of its sample's units. */
const normed: ScanCase = {
  title: 'sums over the units of a sample', leaves: { x: randomTensor(1, [4, 6, 40]), h: randomTensor(2, [6, 40]) },
  build: (b, x, h) => b.square(b.scan({ slices: [x!], initial: [h!] }, (body, { slices, carries }) => {
    const sum = body.add(slices[0]!, carries[0]!);
    return [body.div(sum, body.sqrt(body.add(body.sum(body.square(sum), [1], true), 0.5)))];
  }).stack(0)),
};
/** A left operand that does not fit into workgroup memory at once. */
const wide: ScanCase = {
  title: 'a long sum', leaves: { x: randomTensor(1, [3, 5, 6]), h: randomTensor(2, [5, 6]), w: randomTensor(3, [6, 1100]), v: randomTensor(4, [1100, 6]) },
  build: (b, x, h, w, v) => b.square(b.scan({ slices: [x!], initial: [h!], constants: [w!, v!] }, (body, { slices, carries, constants }) => [
    body.tanh(body.add(slices[0]!, body.mul(body.dot(body.tanh(body.dot(carries[0]!, constants[0]!)), constants[1]!), 0.03))),
  ]).last(0)),
};
/** Each sample takes the mean over all samples: they see each other. */
const mixed = (samples: number, width: number): ScanCase => ({
  title: `a mean over ${samples} samples of ${width}`, leaves: { x: randomTensor(1, [4, samples, width]), h: randomTensor(2, [samples, width]) },
  build: (b, x, h) => b.square(b.scan({ slices: [x!], initial: [h!] }, (body, { slices, carries }) => [body.tanh(body.add(slices[0]!, body.sub(carries[0]!, body.mean(carries[0]!, [0]))))]).last(0)),
});

test('samples that do not see each other make one dispatch of a loop, forward and backward', () => {
  for (const apart of [gated(5, 7, 9, 4), gated(28, 128, 64, 28), gated(4, 1, 33, 6), normed, wide]) expect(loopsOf(programOf(apart)), apart.title).toBe(0);
  // What one workgroup does in no time may see all of itself.
  expect(loopsOf(programOf(mixed(6, 8)))).toBe(0);
  expect(loopsOf(programOf(mixed(64, 2000)))).toBe(2);
  // So large a product is read faster by the whole GPU than by each workgroup.
  expect(loopsOf(programOf(gated(2, 128, 1024, 8)))).toBe(2);
});

describe.skipIf(skipped !== undefined)(`loops on WebGPU equal the reference${skipped === undefined ? '' : ` [skipped: ${skipped}]`}`, () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createWebGpuBackend(gpu as GPU, { workgroupMemory: true });
  });
  afterAll(() => backend.dispose());

  // Each takes the software GPU seconds to compile: what 'all of its results at once' asks for too is left out.
  const cases = scanCases.filter(({ title }) => !/^(the last state|all states)/.test(title));
  test.each([...cases, gated(5, 7, 9, 4), gated(3, 2, 70, 5), gated(4, 1, 33, 6), normed, wide, mixed(6, 8), mixed(64, 2000)].map((each) => ({ ...each })))('$title', async (each) => {
    const program = programOf(each);
    const feeds = Object.fromEntries(Object.entries(each.leaves).map(([name, { data }]) => [name, Float32Array.from(data)]));
    const executable = await backend.compile(compileProgram(program), new Map());
    // Twice: what a step leaves in memory must not reach the next one.
    const results = await executable.run([feeds, feeds]);
    executable.dispose();
    for (const [name, { data }] of evaluateProgram(program, feeds).outputs) {
      for (const outputs of results) expectClose(outputs[name] ?? [], data, 1e-4, name);
    }
    expect(results[1]).toEqual(results[0]);
  }, 120_000);
});
