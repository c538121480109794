/** Runs a program op by op in float64, unfused and unoptimized: the oracle that every plan is held against. */
import { type Program, type Value, elementCount, isOp } from '../../tensor/ir.ts';
import type { RefTensor } from '../../tensor/ops/op-def.ts';
import { opDef } from '../../tensor/ops/index.ts';

export type NumberArray = { readonly length: number; readonly [index: number]: number };

export interface Evaluation {
  /** By output name, in float64; i32 outputs hold whole numbers. */
  readonly outputs: ReadonlyMap<string, RefTensor>;
  /** What each updated state becomes, by name. */
  readonly states: ReadonlyMap<string, Float64Array>;
}

/**
 * Evaluate `program` for these inputs and states, by name; nothing that is passed in is changed,
 * and results may share memory with it. Scalars may be given as numbers. `watch` sees every value
 * as it is computed. Throws when an input or a state is missing or of another size.
 */
export function evaluateProgram(
  program: Program,
  feeds: Readonly<Record<string, number | NumberArray>> = {},
  states: ReadonlyMap<string, Float64Array> = new Map(),
  watch?: (value: Value, tensor: RefTensor) => void,
): Evaluation {
  const tensors = new Map<Value, RefTensor>();
  const kept = new Set<Value>([...program.outputs.values(), ...program.updates.map((update) => update.value)]);
  const usesLeft = new Map<Value, number>();
  for (const value of program.values) {
    for (const input of value.inputs) usesLeft.set(input, (usesLeft.get(input) ?? 0) + 1);
  }
  const resultOf = (value: Value): RefTensor => {
    const tensor = tensors.get(value);
    if (tensor === undefined) throw new Error(`the program uses ${value.op} before it is computed`);
    return tensor;
  };
  for (const value of program.values) {
    const tensor = { shape: value.shape, data: compute(value, value.inputs.map(resultOf), feeds, states) };
    tensors.set(value, tensor);
    watch?.(value, tensor);
    // Let go of what no later value reads: float64 activations of a whole network are large.
    for (const input of value.inputs) {
      const left = usesLeft.get(input)! - 1;
      usesLeft.set(input, left);
      if (left === 0 && !kept.has(input)) tensors.delete(input);
    }
  }
  return {
    outputs: new Map([...program.outputs].map(([name, value]) => [name, resultOf(value)])),
    states: new Map(program.updates.map(({ state, value }) => [state.attrs.name, resultOf(value).data])),
  };
}

function compute(value: Value, inputs: readonly RefTensor[], feeds: Readonly<Record<string, number | NumberArray>>, states: ReadonlyMap<string, Float64Array>): Float64Array {
  if (isOp(value, 'input')) return fed(value, feeds);
  if (isOp(value, 'state')) {
    const data = states.get(value.attrs.name);
    expectLength('state', value.attrs.name, elementCount(value.shape), data?.length);
    return data!;
  }
  return opDef(value.op).evaluate(inputs, value.attrs, value);
}

function fed(value: Value<'input'>, feeds: Readonly<Record<string, number | NumberArray>>): Float64Array {
  const { name } = value.attrs;
  const given = Object.hasOwn(feeds, name) ? feeds[name] : undefined;
  const list = typeof given === 'number' ? [given] : given;
  expectLength('input', name, elementCount(value.shape), list?.length);
  // Integers wrap as they do when they are written into an Int32Array for the other backends.
  return Float64Array.from(list!, value.dtype === 'f32' ? (n) => n : (n) => n | 0);
}

function expectLength(what: string, name: string, wanted: number, got: number | undefined): void {
  if (got === undefined) throw new Error(`${what} '${name}' of ${wanted} elements is missing`);
  if (got !== wanted) throw new RangeError(`${what} '${name}' needs ${wanted} elements, got ${got}`);
}
