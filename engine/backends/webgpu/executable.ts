/**
 * A compiled plan on the GPU. Pipelines, bind groups and the arena are made once; a call of `run` writes the
 * feeds of all of its steps in one go, encodes the steps into one submission, and maps their outputs once.
 */
import { walkPlan } from '../../compile/plan.ts';
import type { Executable, Feeds, StepOutputs } from '../backend.ts';
import type { Binding } from './code.ts';
import { type GpuDevice, Usage, megabytes } from './device.ts';
import { type Field, packedWords } from './layout.ts';
import type { Command, GpuProgram } from './wgsl.ts';

interface OutputCopy {
  readonly source: GPUBuffer;
  readonly sourceBytes: number;
  readonly slotBytes: number;
  readonly bytes: number;
}

type Step =
  | { readonly kind: 'dispatch'; readonly pipeline: GPUComputePipeline; readonly bindGroup: GPUBindGroup; readonly groups: readonly [number, number, number]; readonly iterates: boolean }
  | { readonly kind: 'copy'; readonly from: GPUBuffer; readonly fromBytes: number; readonly to: GPUBuffer; readonly toBytes: number; readonly bytes: number };

export async function createExecutable(gpu: GpuDevice, program: GpuProgram, stateBuffers: ReadonlyMap<string, GPUBuffer>, onDispose: () => void): Promise<Executable> {
  const arenaBytes = program.arenaWords * 4;
  const arena = gpu.createBuffer(`the arena of this plan (${megabytes(arenaBytes)} of activations and gradients)`, arenaBytes, Usage.STORAGE | Usage.COPY_SRC | Usage.COPY_DST);
  const halfBytes = program.halves * 2;
  const halves = halfBytes === 0 ? undefined : gpu.createBuffer(`the arena of halves of this plan (${megabytes(halfBytes)} of activations)`, halfBytes, Usage.STORAGE);
  try {
    await arena.ready;
    await halves?.ready;
    const counter = await createIterationCounter(gpu, program);
    const steps = await prepareSteps(gpu, program, arena.buffer, halves?.buffer, stateBuffers);
    for (const literal of program.layout.literals) gpu.device.queue.writeBuffer(arena.buffer, literal.first * 4, literal.data.buffer as ArrayBuffer, literal.data.byteOffset, literal.data.byteLength);
    return new GpuExecutable(gpu, program, { arena: arena.buffer, halves: halves?.buffer }, steps, counter, stateBuffers, onDispose);
  } catch (error) {
    arena.buffer.destroy();
    halves?.buffer.destroy();
    throw error;
  }
}

/** WebGPU's guaranteed distance of places in a uniform buffer. */
const ITERATION_BYTES = 256;

interface IterationCounter {
  readonly buffer: GPUBuffer;
  readonly bindGroup: GPUBindGroup;
}

/** All numbers that an iteration can have, each at a place of its own: bind groups stay as they are while loops run. */
async function createIterationCounter(gpu: GpuDevice, { loops }: GpuProgram): Promise<IterationCounter | undefined> {
  const count = loops.reduce((most, loop) => Math.max(most, loop.count), 0);
  if (count === 0) return undefined;
  const { buffer, ready } = gpu.createBuffer(`the counter of ${count} iterations`, count * ITERATION_BYTES, Usage.UNIFORM | Usage.COPY_DST);
  await ready;
  const numbers = new Int32Array((count * ITERATION_BYTES) / 4);
  for (let i = 0; i < count; i++) numbers[(i * ITERATION_BYTES) / 4] = i;
  gpu.device.queue.writeBuffer(buffer, 0, numbers);
  return { buffer, bindGroup: gpu.device.createBindGroup({ layout: gpu.iterationLayout, entries: [{ binding: 0, resource: { buffer, size: 16 } }] }) };
}

async function prepareSteps(gpu: GpuDevice, program: GpuProgram, arena: GPUBuffer, halves: GPUBuffer | undefined, states: ReadonlyMap<string, GPUBuffer>): Promise<Step[]> {
  const stateBuffer = (state: string): GPUBuffer => {
    const buffer = states.get(state);
    if (buffer === undefined) throw new Error(`no state '${state}' is bound`);
    return buffer;
  };
  const bufferOf = ({ of }: Binding): GPUBuffer => {
    if (of === 'arena') return arena;
    if (of !== 'halves') return stateBuffer(of.state);
    if (halves === undefined) throw new Error('the plan has no arena of halves');
    return halves;
  };
  const bindGroups = new Map<string, GPUBindGroup>();
  const bindGroup = (command: Command & { kind: 'dispatch' }): GPUBindGroup => {
    const key = JSON.stringify(command.bindings);
    let group = bindGroups.get(key);
    if (group === undefined) {
      group = gpu.device.createBindGroup({
        layout: gpu.bindGroupLayout(command),
        entries: command.bindings.map((b, binding) => ({ binding, resource: { buffer: bufferOf(b) } })),
      });
      bindGroups.set(key, group);
    }
    return group;
  };
  // All compile at the same time; the driver uses as many threads as it likes.
  const pipelines = await Promise.all(program.commands.map((c) => (c.kind === 'dispatch' ? gpu.pipeline(c) : undefined)));
  return gpu.checked('binding the buffers of a plan', () =>
    program.commands.map((command, i): Step => {
      if (command.kind === 'dispatch') {
        const pipeline = pipelines[i];
        if (pipeline === undefined) throw new Error(`kernel '${command.name}' has no pipeline`);
        return { kind: 'dispatch', pipeline, bindGroup: bindGroup(command), groups: command.groups, iterates: command.iterates };
      }
      const state = stateBuffer(command.state);
      const [bytes, first] = [command.words * 4, command.first * 4];
      return command.toArena
        ? { kind: 'copy', from: state, fromBytes: 0, to: arena, toBytes: first, bytes }
        : { kind: 'copy', from: arena, fromBytes: first, to: state, toBytes: 0, bytes };
    }),
  );
}

class GpuExecutable implements Executable {
  readonly stats: Executable['stats'];
  readonly #gpu: GpuDevice;
  readonly #program: GpuProgram;
  readonly #arena: GPUBuffer;
  readonly #halves: GPUBuffer | undefined;
  readonly #steps: readonly Step[];
  readonly #counter: IterationCounter | undefined;
  readonly #onDispose: () => void;
  readonly #outputs: readonly (Field & { readonly slotWords: number })[];
  readonly #outputCopies: readonly OutputCopy[];
  readonly #outputBytes: number;
  /** Feeds of a submission, step after step. The queue is in order, so that one buffer serves all submissions. */
  #upload: GPUBuffer | undefined;
  /** Readback buffers that no submission uses just now. */
  readonly #idleReadbacks: GPUBuffer[] = [];
  #disposed = false;

  constructor(gpu: GpuDevice, program: GpuProgram, { arena, halves }: { readonly arena: GPUBuffer; readonly halves: GPUBuffer | undefined }, steps: readonly Step[], counter: IterationCounter | undefined, states: ReadonlyMap<string, GPUBuffer>, onDispose: () => void) {
    this.#gpu = gpu;
    this.#program = program;
    this.#arena = arena;
    this.#halves = halves;
    this.#steps = steps;
    this.#counter = counter;
    this.#onDispose = onDispose;
    const modules = new Set(program.commands.flatMap((c) => (c.kind === 'dispatch' ? [c.wgsl] : [])));
    this.stats = {
      kernels: program.commands.filter((c) => c.kind === 'dispatch').length,
      arenaBytes: program.arenaWords * 4 + program.halves * 2,
      codeBytes: [...modules].reduce((sum, wgsl) => sum + wgsl.length, 0),
    };
    // Outputs that are neighbours in the arena keep their distances in the slot, and travel in one copy.
    let slotWords = 0;
    const outputs: (Field & { slotWords: number })[] = [];
    const copies: OutputCopy[] = [];
    for (const field of [...program.layout.outputs].sort((a, b) => a.place.words - b.place.words)) {
      const words = field.place.format === 'u8' ? packedWords('u8', field.length) : field.length;
      const source = field.place.state === undefined ? arena : states.get(field.place.state);
      if (source === undefined) throw new Error(`output '${field.name}' is the state '${field.place.state ?? ''}', which is not bound`);
      outputs.push({ ...field, slotWords });
      const [sourceBytes, slotBytes, bytes] = [field.place.words * 4, slotWords * 4, words * 4];
      const before = copies[copies.length - 1];
      if (before !== undefined && before.source === source && sourceBytes - before.sourceBytes === slotBytes - before.slotBytes) copies[copies.length - 1] = { ...before, bytes: slotBytes + bytes - before.slotBytes };
      else copies.push({ source, sourceBytes, slotBytes, bytes });
      slotWords += Math.ceil(words / 4) * 4;
    }
    this.#outputs = outputs;
    this.#outputCopies = copies.filter((c) => c.bytes > 0);
    this.#outputBytes = slotWords * 4;
  }

  async run(steps: readonly Feeds[]): Promise<readonly StepOutputs[]> {
    if (this.#disposed) throw new Error('this executable was disposed');
    if (steps.length === 0) return [];
    const feeds = this.#packFeeds(steps);
    return this.#gpu.queue.add(async () => {
      const what = `running ${steps.length} step${steps.length === 1 ? '' : 's'} on the GPU`;
      const readback = this.#takeReadback(steps.length * this.#outputBytes);
      const upload = this.#uploadBuffer(feeds.byteLength);
      // Not awaited before the map below: both are answers to the same submission.
      const checked = this.#gpu.checked(what, () => {
        if (upload !== undefined) this.#gpu.device.queue.writeBuffer(upload, 0, feeds);
        this.#gpu.device.queue.submit([this.#encode(steps.length, upload, readback)]);
      });
      const mapped = this.#gpu.download(what, readback, steps.length * this.#outputBytes || 4);
      // The cause first: a failed map only follows from a failed submission.
      mapped.catch(() => undefined);
      await checked;
      const bytes = await mapped;
      this.#idleReadbacks.push(readback);
      return steps.map((_, i) => this.#unpackOutputs(bytes, i * this.#outputBytes));
    });
  }

  /** The words of all feeds, step after step in the order of the arena's input region. */
  #packFeeds(steps: readonly Feeds[]): ArrayBuffer {
    const { inputRegion, inputs } = this.#program.layout;
    const bytes = new ArrayBuffer(steps.length * inputRegion.words * 4);
    steps.forEach((feeds, step) => {
      for (const field of inputs) {
        const fed = feeds[field.name];
        if (fed === undefined) throw new Error(`input '${field.name}' is not fed in step ${step} of this run`);
        const values = typeof fed === 'number' ? [fed] : fed;
        if (values.length !== field.length) throw new RangeError(`input '${field.name}' takes ${field.length} elements, and got ${values.length}`);
        const at = (step * inputRegion.words + field.place.words - inputRegion.first) * 4;
        const view = field.dtype === 'f32' ? new Float32Array(bytes, at, field.length) : field.dtype === 'i32' ? new Int32Array(bytes, at, field.length) : new Uint8Array(bytes, at, field.length);
        view.set(values);
      }
    });
    return bytes;
  }

  #encode(count: number, upload: GPUBuffer | undefined, readback: GPUBuffer): GPUCommandBuffer {
    const { inputRegion } = this.#program.layout;
    const encoder = this.#gpu.device.createCommandEncoder();
    for (let step = 0; step < count; step++) {
      const inputBytes = inputRegion.words * 4;
      if (upload !== undefined) encoder.copyBufferToBuffer(upload, step * inputBytes, this.#arena, inputRegion.first * 4, inputBytes);
      let pass: GPUComputePassEncoder | undefined;
      for (const { kernel, iteration } of walkPlan({ kernels: this.#steps, loops: this.#program.loops })) {
        const command = this.#steps[kernel] as Step;
        if (command.kind === 'copy') {
          pass?.end();
          pass = undefined;
          encoder.copyBufferToBuffer(command.from, command.fromBytes, command.to, command.toBytes, command.bytes);
          continue;
        }
        pass ??= encoder.beginComputePass();
        pass.setPipeline(command.pipeline);
        pass.setBindGroup(0, command.bindGroup);
        if (command.iterates && this.#counter !== undefined) pass.setBindGroup(1, this.#counter.bindGroup, [iteration * ITERATION_BYTES]);
        pass.dispatchWorkgroups(...command.groups);
      }
      pass?.end();
      for (const copy of this.#outputCopies) encoder.copyBufferToBuffer(copy.source, copy.sourceBytes, readback, step * this.#outputBytes + copy.slotBytes, copy.bytes);
    }
    return encoder.finish();
  }

  #unpackOutputs(bytes: ArrayBuffer, slot: number): StepOutputs {
    const outputs: Record<string, Float32Array | Int32Array> = {};
    for (const field of this.#outputs) {
      const at = slot + field.slotWords * 4;
      outputs[field.name] =
        field.place.format === 'f32' ? new Float32Array(bytes, at, field.length).slice()
        : field.place.format === 'u8' ? Int32Array.from(new Uint8Array(bytes, at, field.length))
        : new Int32Array(bytes, at, field.length).slice();
    }
    return outputs;
  }

  #uploadBuffer(bytes: number): GPUBuffer | undefined {
    if (bytes === 0) return undefined;
    if (this.#upload === undefined || this.#upload.size < bytes) {
      // Submissions that still read the old one keep it alive.
      this.#upload?.destroy();
      this.#upload = this.#gpu.createBuffer('the feeds of a submission', bytes, Usage.COPY_SRC | Usage.COPY_DST).buffer;
    }
    return this.#upload;
  }

  #takeReadback(bytes: number): GPUBuffer {
    const idle = this.#idleReadbacks.pop();
    if (idle !== undefined && idle.size >= bytes) return idle;
    idle?.destroy();
    return this.#gpu.createBuffer('the outputs of a submission', bytes, Usage.MAP_READ | Usage.COPY_DST).buffer;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#arena.destroy();
    this.#halves?.destroy();
    this.#counter?.buffer.destroy();
    this.#upload?.destroy();
    for (const buffer of this.#idleReadbacks) buffer.destroy();
    this.#onDispose();
  }
}
