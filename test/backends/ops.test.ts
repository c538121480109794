/** Every backend against the float64 reference: each op's cases, value and gradients, in odd sizes, strides, paddings, dilations and groups. */
import { afterAll, beforeAll, test } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import type { Backend, TypedData } from '../../engine/backends/backend.ts';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type Value, makeProgram } from '../../engine/tensor/ir.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose, randomTensor } from '../support/oracle.ts';
import { opCases } from '../tensor/op-cases.ts';

const TOLERANCE = 1e-5;
/** A software GPU takes a good part of a second to build the pipelines of one case, so there only each op's first two are run. */
const casesOn = (name: string): number => (name === 'webgpu' ? 2 : Infinity);
/** Two threads are one and four with the work cut otherwise; the random graphs run on them too. */
const LEFT_OUT = ['reference', 'wasm, 2 threads'];

await describeOnBackends('ops', (each) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await each.create();
  });
  afterAll(() => backend.dispose());

  for (const [op, cases] of Object.entries(opCases)) {
    for (const { title, leaves, build } of cases.slice(0, casesOn(each.name))) {
      test(`${op}: ${title}`, async () => {
        const b = new Builder();
        const names = Object.keys(leaves);
        const values: Record<string, Value> = Object.fromEntries(names.map((name) => [name, b.input(name, leaves[name]!.shape, leaves[name]!.dtype ?? 'f32')]));
        const y = build(b, values);
        const weights = b.literal(Float32Array.from(randomTensor(0xface, y.shape, 0.5, 1.5).data), y.shape);
        const trained = names.filter((name) => values[name]!.dtype === 'f32');
        const found = gradients(b, b.sum(b.mul(y, weights)), trained.map((name) => values[name]!));
        const program = makeProgram(new Map([['value', y], ...trained.map((name, i) => [`gradient by ${name}`, found[i]!] as const)]));
        const feeds: Record<string, TypedData> = Object.fromEntries(names.map((name) => [name, leaves[name]!.dtype === 'i32' ? Int32Array.from(leaves[name]!.data) : Float32Array.from(leaves[name]!.data)]));
        const executable = await backend.compile(compileProgram(program), new Map());
        const [step] = await executable.run([feeds]);
        executable.dispose();
        for (const [name, { data }] of evaluateProgram(program, feeds).outputs) expectClose(step![name]!, data, TOLERANCE, name);
      });
    }
  }
}, (name) => !LEFT_OUT.includes(name));
