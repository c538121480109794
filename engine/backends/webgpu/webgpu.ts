/**
 * The WebGPU backend: plans as compute shaders, in a browser or through Dawn in Node. States have GPU buffers
 * of their own; everything else of a plan lies in its arena. See `wgsl.ts` for the code, `executable.ts` for the run.
 */
import { type Text, TextError } from '../../text.ts';
import type { Plan } from '../../compile/plan.ts';
import type { DType } from '../../tensor/ir.ts';
import type { Backend, DeviceState, Executable, TypedData } from '../backend.ts';
import { adapterName, isSoftware } from './adapter.ts';
import { GpuDevice, Usage } from './device.ts';
import { createExecutable } from './executable.ts';
import { type GpuFeature, grantedFeatures, usableSubgroups } from './features.ts';
import { packedWords } from './layout.ts';
import { type GenerateOptions, generate } from './wgsl.ts';

export { emitWgsl } from './wgsl.ts';

export interface WebGpuOptions extends Omit<GenerateOptions, 'subgroups' | 'halves'> {
  readonly powerPreference?: GPUPowerPreference;
  /** What it may use where the adapter has it (default: nothing). */
  readonly features?: readonly GpuFeature[];
}

/** Bytes of one write or read at most: staging memory of the browser is not without end. */
const CHUNK_BYTES = 64 * 2 ** 20;

/** Throws an Error that says why when there is no adapter or no device. */
export async function createWebGpuBackend(gpu: GPU, { powerPreference = 'high-performance', features: wishes = [], ...options }: WebGpuOptions = {}): Promise<Backend> {
  const adapter = await gpu.requestAdapter({ powerPreference });
  if (adapter === null) throw new TextError({ en: 'WebGPU found no adapter: there is no GPU, or its driver is missing or blocked', zh: 'WebGPU 没有找到适配器：没有 GPU，或其驱动缺失或被屏蔽' });
  // The default limits are those of the weakest devices; large batches need what this one has.
  const { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage } = adapter.limits;
  const granted = wishes.length === 0 ? new Map<GpuFeature, GPUFeatureName>() : grantedFeatures(adapter, wishes);
  const device = await adapter.requestDevice({ requiredFeatures: [...granted.values()], requiredLimits: { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage } });
  const name = adapterName(adapter.info);
  const opened = new GpuDevice(gpu, device, name);
  const subgroups = granted.has('subgroups') ? await usableSubgroups(opened, adapter.info.subgroupMinSize) : undefined;
  const used = [...(subgroups === undefined ? [] : ['subgroups']), ...(granted.has('f16') ? ['f16'] : [])];
  return new WebGpuBackend(opened, [name, ...used].join(' · '), {
    storageBuffers: maxStorageBuffersPerShaderStage, workgroupMemory: !isSoftware(adapter.info), halves: granted.has('f16'), ...(subgroups === undefined ? {} : { subgroups }), ...options,
  });
}

interface StateBuffer {
  readonly buffer: GPUBuffer;
  readonly ready: Promise<void>;
}

class WebGpuBackend implements Backend {
  readonly name = 'webgpu';
  readonly device: string;
  readonly lost: Promise<Text>;
  readonly #gpu: GpuDevice;
  readonly #options: GenerateOptions;
  readonly #states = new Map<DeviceState, StateBuffer>();
  readonly #executables = new Set<Executable>();

  constructor(gpu: GpuDevice, device: string, options: GenerateOptions) {
    this.#gpu = gpu;
    this.#options = options;
    this.device = `WebGPU · ${device}`;
    this.lost = gpu.lost;
  }

  allocate(name: string, dtype: DType, length: number): DeviceState {
    const state: DeviceState = { name, dtype, length };
    this.#states.set(state, this.#gpu.createBuffer(`the state '${name}' (${length} × ${dtype})`, packedWords(dtype, length) * 4, Usage.STORAGE | Usage.COPY_SRC | Usage.COPY_DST));
    return state;
  }

  async #bufferOf(state: DeviceState): Promise<GPUBuffer> {
    const found = this.#states.get(state);
    if (found === undefined) throw new Error(`the state '${state.name}' was not allocated by this backend`);
    await found.ready;
    return found.buffer;
  }

  async write(state: DeviceState, data: TypedData, offset = 0): Promise<void> {
    checkRange(state, offset, data.length);
    const buffer = await this.#bufferOf(state);
    const size = state.dtype === 'u8' ? 1 : 4;
    const values = converted(state.dtype, data);
    let bytes = new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
    let first = offset * size;
    // Bytes go in whole words: what shares a word with them is read first.
    const [before, end] = [first % 4, first + bytes.length];
    if (before !== 0 || (end % 4 !== 0 && end !== state.length)) {
      const wordEnd = Math.min(Math.ceil(end / 4) * 4, state.length);
      const around = await this.read(state, first - before, wordEnd - first + before);
      const merged = Uint8Array.from(around);
      merged.set(bytes, before);
      bytes = merged;
      first -= before;
    }
    await this.#gpu.queue.add(() =>
      this.#gpu.checked(`writing the state '${state.name}'`, () => {
        for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
          const chunk = bytes.subarray(at, at + CHUNK_BYTES);
          const padded = chunk.length % 4 === 0 ? chunk : new Uint8Array(Math.ceil(chunk.length / 4) * 4);
          if (padded !== chunk) padded.set(chunk);
          this.#gpu.device.queue.writeBuffer(buffer, first + at, padded);
        }
      }),
    );
  }

  async read(state: DeviceState, offset = 0, length = state.length - offset): Promise<TypedData> {
    checkRange(state, offset, length);
    const buffer = await this.#bufferOf(state);
    const size = state.dtype === 'u8' ? 1 : 4;
    const first = Math.floor((offset * size) / 4) * 4;
    const end = Math.ceil(((offset + length) * size) / 4) * 4;
    const result = new Uint8Array(end - first);
    for (let at = first; at < end; at += CHUNK_BYTES) {
      const bytes = Math.min(CHUNK_BYTES, end - at);
      result.set(new Uint8Array(await this.#readBytes(state, buffer, at, bytes)), at - first);
    }
    const skipped = offset * size - first;
    if (state.dtype === 'u8') return result.slice(skipped, skipped + length);
    return state.dtype === 'f32' ? new Float32Array(result.buffer) : new Int32Array(result.buffer);
  }

  #readBytes(state: DeviceState, buffer: GPUBuffer, at: number, bytes: number): Promise<ArrayBuffer> {
    return this.#gpu.queue.add(async () => {
      const what = `reading the state '${state.name}'`;
      const staging = this.#gpu.createBuffer(what, bytes, Usage.MAP_READ | Usage.COPY_DST);
      try {
        const checked = this.#gpu.checked(what, () => {
          const encoder = this.#gpu.device.createCommandEncoder();
          encoder.copyBufferToBuffer(buffer, at, staging.buffer, 0, bytes);
          this.#gpu.device.queue.submit([encoder.finish()]);
        });
        const mapped = this.#gpu.download(what, staging.buffer, bytes);
        mapped.catch(() => undefined);
        await staging.ready;
        await checked;
        return await mapped;
      } finally {
        staging.buffer.destroy();
      }
    });
  }

  async compile(plan: Plan, states: ReadonlyMap<string, DeviceState>): Promise<Executable> {
    const buffers = new Map<string, GPUBuffer>();
    for (const buffer of plan.buffers) {
      if (buffer.role !== 'state') continue;
      const state = states.get(buffer.name);
      if (state === undefined) throw new Error(`the plan uses the state '${buffer.name}', which is not bound`);
      if (state.dtype !== buffer.dtype || state.length !== buffer.length) {
        throw new Error(`the state '${buffer.name}' is ${state.length} × ${state.dtype}, and the plan wants ${buffer.length} × ${buffer.dtype}`);
      }
      buffers.set(buffer.name, await this.#bufferOf(state));
    }
    const executable: Executable = await createExecutable(this.#gpu, generate(plan, this.#options), buffers, () => this.#executables.delete(executable));
    this.#executables.add(executable);
    return executable;
  }

  async dispose(): Promise<void> {
    await this.#gpu.queue.idle();
    for (const executable of this.#executables) executable.dispose();
    for (const { buffer } of this.#states.values()) buffer.destroy();
    this.#states.clear();
    this.#gpu.close();
  }
}

function checkRange(state: DeviceState, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > state.length) {
    throw new RangeError(`elements ${offset} to ${offset + length} are not within the state '${state.name}' of ${state.length}`);
  }
}

function converted(dtype: DType, data: TypedData): TypedData {
  switch (dtype) {
    case 'f32':
      return data instanceof Float32Array ? data : Float32Array.from(data);
    case 'i32':
      return data instanceof Int32Array ? data : Int32Array.from(data);
    case 'u8':
      return data instanceof Uint8Array ? data : Uint8Array.from(data);
  }
}
