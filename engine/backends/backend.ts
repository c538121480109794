/** The contract of a backend: keep states, compile plans, run steps. Small, so that a new one is a day's work. */
import type { Text } from '../text.ts';
import type { Plan } from '../compile/plan.ts';
import type { DType } from '../tensor/ir.ts';
import type { ChoiceBook } from './choices.ts';
import type { KernelWork } from './kernel-work.ts';

export type TypedData = Float32Array | Int32Array | Uint8Array;

/** A state on the device, shared by every executable that names it (training, last batch, evaluation). */
export interface DeviceState {
  readonly name: string;
  readonly dtype: DType;
  /** Elements. */
  readonly length: number;
}

/** What one step is fed, by input name: numbers for scalars, arrays row-major. What the plan has no input for is left aside. */
export type Feeds = Readonly<Record<string, number | TypedData>>;
/** What one step returned, by output name; copies, safe to keep. */
export type StepOutputs = Readonly<Record<string, Float32Array | Int32Array>>;

export interface KernelTime extends KernelWork {
  readonly name: string;
  /** Document nodes that it computes for. */
  readonly origins: readonly string[];
  /** From when all threads begin it to when the last has done its share. */
  readonly milliseconds: number;
  /** Of all threads together, what was spent waiting for the last. */
  readonly waited: number;
}

export interface Executable {
  /** Run the plan once per entry, in order, as one submission. Several calls may be in flight; they complete in order. */
  run(steps: readonly Feeds[]): Promise<readonly StepOutputs[]>;
  /** Kernel launches per step and what was generated, for explain and the benchmark's counts. */
  readonly stats: { readonly kernels: number; readonly arenaBytes: number; readonly codeBytes: number };
  /** Each kernel of the plan with its mean time over the shortest steps since the last call, where the backend was made to time them. */
  profile?(): readonly KernelTime[];
  dispose(): void;
}

export interface Backend {
  readonly name: 'reference' | 'wasm' | 'webgpu';
  /** For people: "CPU · 2 threads", "WebGPU · NVIDIA RTX 3060". */
  readonly device: string;
  /** CPU threads, where those compute. */
  readonly threads?: number;
  /** What it chose between variants, where it has any. */
  readonly choices?: ChoiceBook;
  /** Zero-filled. */
  allocate(name: string, dtype: DType, length: number): DeviceState;
  write(state: DeviceState, data: TypedData, offset?: number): Promise<void>;
  /** A copy of `length` elements from `offset` (default: all). */
  read(state: DeviceState, offset?: number, length?: number): Promise<TypedData>;
  /** `states` binds every state that the plan names. Throws when one is missing or of another size. */
  compile(plan: Plan, states: ReadonlyMap<string, DeviceState>): Promise<Executable>;
  /** Resolves with the reason if the device is lost; never on the CPU. */
  readonly lost: Promise<Text>;
  dispose(): Promise<void>;
}
