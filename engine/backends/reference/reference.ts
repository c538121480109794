/**
 * The reference backend: the contract of every backend over the float64 interpreter. It takes the
 * plan's program and ignores its kernels, so that it shares no error with the compiler.
 */
import type { Plan } from '../../compile/plan.ts';
import { type DType, elementCount } from '../../tensor/ir.ts';
import type { RefTensor } from '../../tensor/ops/op-def.ts';
import type { Backend, DeviceState, Executable, Feeds, StepOutputs, TypedData } from '../backend.ts';
import { evaluateProgram } from './evaluate.ts';

/**
 * Computed in float64, kept as what its dtype can hold: a run that is resumed from a checkpoint, which
 * holds float32, must go on from the very same numbers.
 */
class ReferenceState implements DeviceState {
  readonly name: string;
  readonly dtype: DType;
  readonly length: number;
  readonly data: Float64Array;

  constructor(name: string, dtype: DType, length: number) {
    this.name = name;
    this.dtype = dtype;
    this.length = length;
    this.data = new Float64Array(length);
  }
}

export function createReferenceBackend(): Backend {
  return {
    name: 'reference',
    device: 'CPU · float64 reference',
    lost: new Promise<never>(() => {}),
    allocate: (name, dtype, length) => new ReferenceState(name, dtype, length),
    write: async (state, data, offset = 0) => {
      const { name, length, data: kept } = own(state);
      if (offset < 0 || offset + data.length > length) throw new RangeError(`state '${name}' has ${length} elements; ${data.length} from ${offset} do not fit`);
      kept.set(data, offset);
    },
    read: async (state, offset = 0, length = state.length - offset) => {
      const { name, dtype, data } = own(state);
      if (offset < 0 || length < 0 || offset + length > data.length) throw new RangeError(`state '${name}' has ${data.length} elements; it has no ${length} from ${offset}`);
      return rounded(dtype, data.subarray(offset, offset + length));
    },
    compile: async (plan, states) => compileReference(plan, states),
    dispose: async () => {},
  };
}

function own(state: DeviceState): ReferenceState {
  if (!(state instanceof ReferenceState)) throw new TypeError(`state '${state.name}' belongs to another backend`);
  return state;
}

function rounded(dtype: DType, data: Float64Array): TypedData {
  return dtype === 'f32' ? Float32Array.from(data) : dtype === 'i32' ? Int32Array.from(data) : Uint8Array.from(data);
}

function compileReference({ program }: Plan, states: ReadonlyMap<string, DeviceState>): Executable {
  const bound = new Map<string, ReferenceState>();
  for (const { attrs: { name }, shape, dtype } of program.states) {
    const state = states.get(name);
    if (state === undefined) throw new Error(`the plan needs the state '${name}', which is not bound`);
    if (state.length !== elementCount(shape) || state.dtype !== dtype) {
      throw new RangeError(`the plan needs the state '${name}' as ${dtype} × ${elementCount(shape)}, it is ${state.dtype} × ${state.length}`);
    }
    bound.set(name, own(state));
  }
  const stateData = new Map([...bound].map(([name, state]) => [name, state.data]));

  const step = (feeds: Feeds): StepOutputs => {
    const { outputs, states: updated } = evaluateProgram(program, feeds, stateData);
    // Results may be views of states: copy all of them before any state changes.
    const returned = Object.fromEntries([...outputs].map(([name, tensor]) => [name, copyOut(tensor, program.outputs.get(name)?.dtype)]));
    const written = [...updated].map(([name, data]) => [name, rounded(bound.get(name)?.dtype ?? 'f32', data)] as const);
    for (const [name, data] of written) bound.get(name)?.data.set(data);
    return returned;
  };
  return {
    run: async (steps) => steps.map(step),
    stats: { kernels: program.values.length, arenaBytes: 0, codeBytes: 0 },
    dispose: () => {},
  };
}

function copyOut(tensor: RefTensor, dtype: DType | undefined): Float32Array | Int32Array {
  return dtype === 'f32' ? Float32Array.from(tensor.data) : Int32Array.from(tensor.data);
}
