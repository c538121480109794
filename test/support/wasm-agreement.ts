/** Runs a program on the CPU backend and compares with the float64 reference. */
import { expect } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import type { Feeds, TypedData } from '../../engine/backends/backend.ts';
import { createReferenceBackend } from '../../engine/backends/reference/reference.ts';
import { type WasmOptions, createWasmBackend } from '../../engine/backends/wasm/wasm.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type Program, type Value, elementCount, makeProgram } from '../../engine/tensor/ir.ts';

export function numbers(count: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** `change`: may write into an input before the step. */
export async function run(program: Program, options: WasmOptions | 'reference', change: (name: string, data: TypedData) => void = () => {}): Promise<Record<string, TypedData>> {
  const backend = options === 'reference' ? createReferenceBackend() : await createWasmBackend(nodePlatform, options);
  try {
    const executable = await backend.compile(compileProgram(program), new Map());
    const feeds: Feeds = Object.fromEntries(program.inputs.map((v, i) => [v.attrs.name, v.dtype === 'i32' ? Int32Array.from({ length: elementCount(v.shape) }, (_, k) => (k * 7 + i) % 5) : numbers(elementCount(v.shape), i + 1)]));
    for (const [name, data] of Object.entries(feeds)) if (typeof data !== 'number') change(name, data);
    const [outputs] = await executable.run([feeds]);
    return { ...outputs };
  } finally {
    await backend.dispose();
  }
}

/** Largest difference relative to the reference's largest magnitude. */
export function difference(actual: TypedData, expected: TypedData): number {
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs((actual[i] ?? NaN) - (expected[i] ?? NaN));
    if (!(error <= worst)) worst = error;
    largest = Math.max(largest, Math.abs(expected[i] ?? 0));
  }
  return worst / Math.max(largest, 1e-30);
}

export async function expectAgreement(program: Program, tolerance = 2e-6, options: readonly WasmOptions[] = [{ threads: 1 }, { threads: 2 }]): Promise<void> {
  const expected = await run(program, 'reference');
  for (const option of options) {
    const actual = await run(program, option);
    for (const [name, values] of Object.entries(expected)) expect(difference(actual[name] as TypedData, values), `${name}, ${JSON.stringify(option)}`).toBeLessThan(tolerance);
  }
}

export const outputs = (values: Record<string, Value>): Program => makeProgram(new Map(Object.entries(values)));

/** A function's value and its gradients by all inputs under a fixed upstream gradient. */
export function withGradients(make: (b: Builder) => { y: Value; by: Record<string, Value> }): Program {
  const b = new Builder();
  const { y, by } = make(b);
  const loss = b.sum(b.mul(y, b.input('upstream', y.shape)));
  const grads = gradients(b, loss, Object.values(by));
  return outputs({ y, ...Object.fromEntries(Object.keys(by).map((name, i) => [`by ${name}`, grads[i] as Value])) });
}
