/**
 * The CPU backend: emits WebAssembly for each plan and runs it on all threads over one memory.
 * States, arenas and inputs are addresses in that memory; nothing is allocated while steps run.
 */
import { TextError } from '../../text.ts';
import type { Kernel, Plan, PlanBuffer } from '../../compile/plan.ts';
import type { PlanThread, Platform } from '../../platform/platform.ts';
import { type DType, bytesPerElement } from '../../tensor/ir.ts';
import { kernelWork } from '../kernel-work.ts';
import { ChoiceBook } from '../choices.ts';
import type { Backend, DeviceState, Executable, Feeds, KernelTime, StepOutputs, TypedData } from '../backend.ts';
import { FunctionBuilder, assembleModule } from './assembler.ts';
import type { GroupedPlan } from './batch-groups.ts';
import { writeConstants } from './constants.ts';
import type { Tuning } from './contract-tile.ts';
import { LinearMemory, type Region } from './linear-memory.ts';
import { chooseConvolutions, convolutionKey } from './measure-convolution.ts';
import { measuredTuning } from './measure-tuning.ts';
import { COMMAND, CONTROL, type ModuleOptions, arrangePlan, buildPlanModule, scratchBytes } from './plan-module.ts';
import { CLOCK, TimeSheet, clock, timesBytes } from './stopwatch.ts';
import { ThreadTrial } from './thread-trial.ts';
import { warmUp } from './warm-up.ts';
import type { WinogradShape } from './winograd-shape.ts';

export interface WasmOptions {
  /** Threads of the plan, this one included; 1 where memory cannot be shared. */
  readonly threads: number;
  /** Fused multiply-add; found out when left out. */
  readonly relaxed?: boolean;
  /** Register tile; measured when left out. */
  readonly tuning?: Tuning;
  /** Minimal filtering for convolutions of 2×2 to 5×5 (default: yes). Off, their error is that of direct sums. */
  readonly winograd?: boolean;
  /** What was chosen between variants, and is to be; without it the rules choose. */
  readonly choices?: ChoiceBook;
  /** Time every kernel, on all threads: `Executable.profile` tells. */
  readonly profile?: boolean;
}

/** Whether the runtime takes relaxed SIMD instructions. */
export function hasRelaxedSimd(): boolean {
  const f = new FunctionBuilder('probe', ['v128', 'v128', 'v128'], ['v128']);
  f.get(0).get(1).get(2).simd('f32x4RelaxedMadd');
  return WebAssembly.validate(assembleModule([f], [f], { shared: false, maximumPages: 1 }));
}

interface Exports {
  run(thread: number, threads: number): void;
  step?(threads: number): void;
  warm(index: number, calls: number): void;
}

export async function createWasmBackend(platform: Platform, options: WasmOptions): Promise<Backend> {
  const threads = platform.canShareMemory && platform.canBlock ? Math.max(1, Math.floor(options.threads)) : 1;
  const memory = new LinearMemory(threads > 1);
  const relaxed = options.relaxed ?? hasRelaxedSimd();
  const choices = options.choices ?? new ChoiceBook();
  const winograd = options.winograd ?? ((shape: WinogradShape): boolean => choices.find('convolutions', convolutionKey(shape)) !== 'direct');
  const backend = new WasmBackend(memory, threads, { relaxed, tuning: options.tuning ?? tileOf(choices, relaxed), winograd, isTimed: options.profile === true }, choices, platform.tieringBudget);
  backend.start(platform);
  return backend;
}

function tileOf(choices: ChoiceBook, relaxed: boolean): Tuning {
  const key = relaxed ? 'fused multiply-add' : 'multiply and add';
  const known = choices.find('tiles', key);
  if (known !== undefined) return known;
  const tuning = measuredTuning(relaxed);
  choices.decide('tiles', key, tuning);
  return tuning;
}

/** How every plan of a backend is written. */
type CodeOptions = Pick<ModuleOptions, 'relaxed' | 'tuning' | 'winograd'> & { readonly isTimed: boolean };

interface WasmState extends DeviceState {
  readonly region: Region;
}

class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly device: string;
  readonly threads: number;
  /** A CPU is not lost. */
  readonly lost = new Promise<never>(() => undefined);
  readonly #memory: LinearMemory;
  readonly choices: ChoiceBook;
  readonly #code: CodeOptions;
  readonly #tieringBudget: number;
  #started: Promise<void> = Promise.resolve();
  #workers: PlanThread[] = [];
  #active: WasmExecutable | undefined;
  #nextId = 1;
  /** Arenas are scratch between steps, so executables of one backend share them. */
  #arenas: Region[] = [];
  #broken: string | undefined;
  #closed = false;

  constructor(memory: LinearMemory, threads: number, code: CodeOptions, choices: ChoiceBook, tieringBudget: number) {
    this.#memory = memory;
    this.threads = threads;
    this.#code = code;
    this.choices = choices;
    this.#tieringBudget = tieringBudget;
    this.device = `CPU · ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  }

  /** A thread takes 50 ms to start: meanwhile plans are compiled. */
  start(platform: Platform): void {
    this.#started = Promise.all(Array.from({ length: this.threads - 1 }, (_, i) => platform.spawnPlanThread(this.#memory.memory, i + 1, (reason) => {
      this.#broken = reason;
    }))).then((workers) => {
      this.#workers = workers;
    });
    // Told to whoever compiles.
    this.#started.catch(() => {});
  }

  allocate(name: string, dtype: DType, length: number): DeviceState {
    const region = this.#memory.allocateCleared(Math.max(length, 1) * bytesPerElement(dtype));
    return { name, dtype, length, region } satisfies WasmState as DeviceState;
  }
  async write(state: DeviceState, data: TypedData, offset = 0): Promise<void> {
    const { region, dtype, length } = state as WasmState;
    if (offset < 0 || offset + data.length > length) throw new RangeError(`write of ${data.length} elements at ${offset} does not fit state "${state.name}" of ${length}`);
    this.#memory.view(dtype, region.address, length).set(data, offset);
  }
  async read(state: DeviceState, offset = 0, length = state.length - offset): Promise<TypedData> {
    const { region, dtype } = state as WasmState;
    if (offset < 0 || offset + length > state.length) throw new RangeError(`read of ${length} elements at ${offset} is outside state "${state.name}" of ${state.length}`);
    return this.#memory.view(dtype, region.address, state.length).slice(offset, offset + length);
  }

  async compile(given: Plan, states: ReadonlyMap<string, DeviceState>): Promise<Executable> {
    const own: Region[] = [];
    const place = (bytes: number): Region => {
      const region = this.#memory.allocateCleared(bytes);
      own.push(region);
      return region;
    };
    if (typeof this.#code.winograd !== 'boolean') await chooseConvolutions(given, this.choices, { ...this.#code, tieringBudget: this.#tieringBudget });
    const plan = arrangePlan(given, this.#code);
    const cleared = place(plan.clearedBytes);
    const scratch = scratchBytes(plan, this.#code, this.threads);
    const arenaBytes = plan.arenaBytes - plan.clearedBytes;
    const arena = this.#arena(arenaBytes + scratch);
    const addresses = plan.buffers.map((buffer): number => {
      switch (buffer.role) {
        case 'state': return bound(buffer, states).region.address;
        case 'temporary': return buffer.offset < plan.clearedBytes ? cleared.address + buffer.offset : arena.address + buffer.offset - plan.clearedBytes;
        // Its kernels find it from the buffer that it is a part of.
        case 'window': return 0;
        case 'input': case 'output': case 'literal': return place(buffer.length * bytesPerElement(buffer.dtype)).address;
      }
    });
    for (const buffer of plan.buffers) if (buffer.data !== undefined) this.#memory.view(buffer.dtype, addresses[buffer.id] as number, buffer.length).set(buffer.data);
    const times = this.#code.isTimed ? place(timesBytes(plan.kernels.length, this.threads)) : undefined;
    const { bytes, warmSizes, work } = buildPlanModule(plan, { address: (buffer) => addresses[buffer.id] as number, scratch: arena.address + arenaBytes }, {
      ...this.#code, ...(times === undefined ? {} : { times: times.address }), memory: { shared: this.threads > 1, maximumPages: this.#memory.maximumPages },
    });
    writeConstants(this.#memory.memory);
    const module = await WebAssembly.compile(bytes);
    const instance = new WebAssembly.Instance(module, { env: { memory: this.#memory.memory, [CLOCK]: clock } });
    const exports = instance.exports as unknown as Exports;
    warmUp(exports.warm, warmSizes, this.#tieringBudget);
    await Promise.all([this.#started, this.choices.save()]);
    const id = this.#nextId++;
    const trial = new ThreadTrial(this.threads, work, this.choices);
    const sheet = times === undefined ? undefined : new TimeSheet(this.#memory, times, plan.kernels.length, this.threads);
    return new WasmExecutable(plan, addresses, this.#memory, bytes.length, sheet, {
      run: (executable) => {
        if (sheet === undefined) trial.run((threads) => this.#run(executable, id, module, exports, threads));
        else {
          this.#run(executable, id, module, exports, this.threads);
          sheet.collect();
        }
      },
      dispose: (executable) => {
        if (this.#active === executable) this.#leave();
        for (const worker of this.#workers) worker.forget(id);
        for (const region of own) this.#memory.free(region);
      },
    });
  }

  #arena(bytes: number): Region {
    const known = this.#arenas.find((region) => region.bytes >= bytes);
    if (known !== undefined) return known;
    const region = this.#memory.allocate(bytes);
    this.#arenas.push(region);
    return region;
  }

  #run(executable: WasmExecutable, id: number, module: WebAssembly.Module, exports: Exports, threads: number): void {
    // A step would wait for threads that are no more.
    if (this.#closed) throw new Error('a step was asked of a CPU backend that has been disposed');
    if (this.#broken !== undefined) throw new TextError({ en: `the CPU backend has lost a thread and must be started anew: ${this.#broken}`, zh: `CPU 后端失去了一个线程，必须重新启动：${this.#broken}` });
    if (threads === 1 || exports.step === undefined) {
      exports.run(0, 1);
      return;
    }
    if (this.#active !== executable) {
      this.#leave();
      // The threads count announcements from 0 when they enter.
      this.#memory.control(CONTROL.go, 0);
      this.#memory.control(CONTROL.command, COMMAND.run);
      for (const worker of this.#workers) worker.enter(id, module, this.threads);
      this.#active = executable;
    }
    try {
      exports.step(this.threads);
    } catch (error) {
      this.#broken = error instanceof Error ? error.message : String(error);
      throw new TextError({ en: `a step on the CPU broke off: ${this.#broken}`, zh: `CPU 上的一步计算中断：${this.#broken}` }, { cause: error });
    }
  }

  /** Call the threads out of the plan that they walk. */
  #leave(): void {
    if (this.#active === undefined) return;
    this.#memory.control(CONTROL.command, COMMAND.leave);
    this.#memory.control(CONTROL.done, 0);
    this.#memory.announce(CONTROL.go);
    this.#memory.waitFor(CONTROL.done, this.#workers.length);
    this.#active = undefined;
  }

  async dispose(): Promise<void> {
    await this.choices.save();
    await this.#started.catch(() => {});
    // Threads that are lost cannot leave; they are only ended.
    if (this.#broken === undefined) this.#leave();
    this.#closed = true;
    for (const worker of this.#workers) worker.terminate();
    this.#workers = [];
  }
}

function bound(buffer: PlanBuffer, states: ReadonlyMap<string, DeviceState>): WasmState {
  const state = states.get(buffer.name);
  if (state === undefined) throw new Error(`the plan reads the state "${buffer.name}", which is not bound`);
  if (state.length !== buffer.length || state.dtype !== buffer.dtype) throw new Error(`state "${buffer.name}" is ${state.dtype}[${state.length}], the plan wants ${buffer.dtype}[${buffer.length}]`);
  return state as WasmState;
}

interface Runner {
  run(executable: WasmExecutable): void;
  dispose(executable: WasmExecutable): void;
}

/** Views of a plan's inputs and outputs, by name. */
interface Ends {
  readonly of: ArrayBuffer | SharedArrayBuffer;
  readonly inputs: readonly (readonly [string, TypedData])[];
  readonly outputs: readonly (readonly [string, TypedData])[];
}

class WasmExecutable implements Executable {
  readonly stats: Executable['stats'];
  readonly #plan: GroupedPlan;
  readonly #addresses: readonly number[];
  readonly #memory: LinearMemory;
  readonly #sheet: TimeSheet | undefined;
  readonly #runner: Runner;

  constructor(plan: GroupedPlan, addresses: readonly number[], memory: LinearMemory, codeBytes: number, sheet: TimeSheet | undefined, runner: Runner) {
    this.#plan = plan;
    this.#addresses = addresses;
    this.#memory = memory;
    this.#sheet = sheet;
    this.#runner = runner;
    this.stats = { kernels: plan.kernels.length, arenaBytes: plan.arenaBytes, codeBytes };
  }

  /** Empty unless the backend was made to time kernels. */
  profile(): KernelTime[] {
    return (this.#sheet?.take() ?? []).map((times, i) => {
      const { name, origins } = this.#plan.kernels[i] as Kernel;
      return { name, origins, ...times, ...kernelWork(this.#plan, i) };
    });
  }

  #view(id: number): TypedData {
    const buffer = this.#plan.buffers[id] as PlanBuffer;
    return this.#memory.view(buffer.dtype, this.#addresses[id] as number, buffer.length);
  }

  #views: Ends | undefined;
  /** Made anew only when the memory has grown: small steps take no longer than making them. */
  #ends(): Ends {
    const of = this.#memory.memory.buffer;
    if (this.#views?.of === of) return this.#views;
    const views = (ids: ReadonlyMap<string, number>): [string, TypedData][] => [...ids].map(([name, id]) => [name, this.#view(id)]);
    return (this.#views = { of, inputs: views(this.#plan.inputs), outputs: views(this.#plan.outputs) });
  }

  async run(steps: readonly Feeds[]): Promise<readonly StepOutputs[]> {
    const results: StepOutputs[] = [];
    // Memory grows between runs only.
    const { inputs, outputs: ends } = this.#ends();
    for (const feeds of steps) {
      for (const [name, view] of inputs) {
        const value = feeds[name];
        if (value === undefined) throw new Error(`the plan wants the input "${name}"`);
        if (typeof value === 'number') view[0] = value;
        else if (value.length !== view.length) throw new RangeError(`input "${name}" has ${value.length} elements, the plan wants ${view.length}`);
        else view.set(value);
      }
      this.#runner.run(this);
      const outputs: Record<string, Float32Array | Int32Array> = {};
      for (const [name, view] of ends) outputs[name] = view.slice() as Float32Array | Int32Array;
      results.push(outputs);
    }
    return results;
  }

  dispose(): void {
    this.#runner.dispose(this);
  }
}
