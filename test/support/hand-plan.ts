/** Plans written by hand, to test backends kernel by kernel without a compiler between. */
import type { Access, Affine, Guard, Kernel, Plan, PlanBuffer, ScalarExpr, Store } from '../../engine/compile/plan.ts';
import { type BinaryFn, type DType, type TernaryFn, type UnaryFn, makeProgram } from '../../engine/tensor/ir.ts';
import type { TypedData } from '../../engine/backends/backend.ts';

export class HandPlan {
  readonly buffers: PlanBuffer[] = [];
  readonly kernels: Kernel[] = [];
  readonly inputs = new Map<string, number>();
  readonly outputs = new Map<string, number>();
  readonly states = new Map<string, number>();
  #arenaBytes = 0;

  buffer(role: PlanBuffer['role'], name: string, dtype: DType, length: number, data?: Float32Array | Int32Array): number {
    const id = this.buffers.length;
    const offset = this.#arenaBytes;
    if (role === 'temporary') this.#arenaBytes += Math.ceil((length * (dtype === 'u8' ? 1 : 4)) / 64) * 64;
    this.buffers.push({ id, dtype, length, role, name, offset: role === 'temporary' ? offset : 0, label: name, ...(data === undefined ? {} : { data }) });
    if (role === 'input') this.inputs.set(name, id);
    if (role === 'output') this.outputs.set(name, id);
    if (role === 'state') this.states.set(name, id);
    return id;
  }

  finish(): Plan {
    return { program: makeProgram(new Map()), buffers: this.buffers, kernels: this.kernels, loops: [], arenaBytes: this.#arenaBytes, clearedBytes: 0, inputs: this.inputs, outputs: this.outputs, states: this.states };
  }
}

export const at = (strides: readonly number[], offset = 0): Affine => ({ strides, offset });
export const within = (extent: number, strides: readonly number[], offset = 0): Guard => ({ strides, offset, extent });
export const access = (buffer: number, strides: readonly number[], more: Partial<Access> = {}): Access => ({ buffer, offset: 0, strides, guards: [], fill: 0, ...more });
export const load = (buffer: number, strides: readonly number[], more: Partial<Access> = {}, dtype: DType = 'f32'): ScalarExpr => ({ kind: 'load', dtype, access: access(buffer, strides, more) });
export const constant = (value: number, dtype: DType = 'f32'): ScalarExpr => ({ kind: 'const', value, dtype });
export const accumulator = (index = 0, dtype: DType = 'f32'): ScalarExpr => ({ kind: 'accumulator', index, dtype });
export const call = (fn: UnaryFn | BinaryFn | TernaryFn, args: readonly ScalarExpr[], dtype: DType = 'f32'): ScalarExpr => ({ kind: 'call', fn, args, dtype });
export const store = (buffer: number, strides: readonly number[], value: ScalarExpr, more: Partial<Access> = {}, dtype: DType = 'f32'): Store => ({ to: access(buffer, strides, more), value, dtype });

/** Repeatable numbers in [-1, 1), not all alike. */
export function someNumbers(count: number, seed = 1): Float32Array {
  let x = (seed * 2_654_435_761) >>> 0;
  return Float32Array.from({ length: count }, () => {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    return x / 2 ** 31 - 1;
  });
}
export const someIndices = (count: number, below: number, seed = 1): Int32Array => Int32Array.from(someNumbers(count, seed), (x) => Math.floor(((x + 1) / 2) * below));
export const someBytes = (count: number, seed = 1): Uint8Array => Uint8Array.from(someIndices(count, 256, seed));

/** What a plan is run on: feeds of each step, and the states' first content. */
export interface Run {
  readonly feeds: readonly Readonly<Record<string, TypedData | number>>[];
  readonly states?: Readonly<Record<string, TypedData>>;
}
