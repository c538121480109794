/**
 * What the backend asks of WebGPU, with its errors made into exceptions that say the kernel, the line and the
 * numbers. Also the order of work: everything that touches device memory passes one queue here.
 */
import { type Text, TextError } from '../../text.ts';
import type { Dispatch } from './code.ts';

/** WebGPU's flag values. The platform need not offer their global names (Node has none). */
export const Usage = { MAP_READ: 0x1, COPY_SRC: 0x4, COPY_DST: 0x8, UNIFORM: 0x40, STORAGE: 0x80 } as const;
const MAP_MODE_READ = 0x1;
const STAGE_COMPUTE = 0x4;

export const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

export class GpuDevice {
  readonly device: GPUDevice;
  /** For people. */
  readonly description: string;
  /** Resolves with the reason, unless we gave the device up ourselves. */
  readonly lost: Promise<Text>;
  readonly queue = new SubmissionQueue();
  // Dawn stops when the entry point is collected.
  readonly gpu: GPU;
  #lostReason: Text | undefined;
  #closing = false;
  #uncaptured: string | undefined;
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

  constructor(gpu: GPU, device: GPUDevice, description: string) {
    this.gpu = gpu;
    this.device = device;
    this.description = description;
    this.lost = new Promise((resolve) => {
      void device.lost.then((info) => {
        const isDestroyed = info.reason === 'destroyed';
        this.#lostReason = {
          en: `${isDestroyed ? 'it was destroyed' : 'the driver gave it up'}${info.message === '' ? '' : ` (${info.message})`}`,
          zh: `${isDestroyed ? '它被销毁了' : '驱动程序放弃了它'}${info.message === '' ? '' : `（${info.message}）`}`,
        };
        if (!this.#closing) resolve(this.#lostReason);
      });
    });
    device.addEventListener('uncapturederror', (event) => {
      this.#uncaptured ??= event.error.message;
    });
  }

  close(): void {
    this.#closing = true;
    this.device.destroy();
  }

  /** Runs `work` and throws what WebGPU has to say about it. `what` begins the message. */
  async checked<T>(what: string, work: () => T): Promise<T> {
    this.device.pushErrorScope('validation');
    this.device.pushErrorScope('out-of-memory');
    this.device.pushErrorScope('internal');
    let result: T;
    let scopes: Promise<GPUError | null>[];
    try {
      result = work();
    } finally {
      scopes = [this.device.popErrorScope(), this.device.popErrorScope(), this.device.popErrorScope()];
    }
    const errors = await Promise.all(scopes.map((scope) => scope.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))));
    this.throwIfLost(what);
    const message = errors.find((error) => error !== null)?.message ?? this.#uncaptured;
    this.#uncaptured = undefined;
    if (message !== undefined) throw new Error(`${what}: ${message}`);
    return result;
  }

  throwIfLost(what: string): void {
    if (this.#lostReason !== undefined) throw new TextError({ en: `${what}: the GPU ${this.description} was lost: ${this.#lostReason.en}`, zh: `${what}：GPU ${this.description} 已丢失：${this.#lostReason.zh}` });
  }

  /** A zero-filled buffer. Throws at once when it is larger than the device allows; `ready` rejects when memory is out. */
  createBuffer(what: string, bytes: number, usage: number): { readonly buffer: GPUBuffer; readonly ready: Promise<void> } {
    const limits = this.device.limits;
    const limit = usage & Usage.STORAGE ? Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize) : limits.maxBufferSize;
    const size = Math.max(16, Math.ceil(bytes / 4) * 4);
    if (size > limit) throw new TextError({
      en: `${what} needs ${size} bytes (${megabytes(size)}) on the GPU, which gives at most ${limit} (${megabytes(limit)}) in one piece; a smaller batch size helps`,
      zh: `${what} 在 GPU 上需要 ${size} 字节（${megabytes(size)}），而 GPU 一次最多提供 ${limit} 字节（${megabytes(limit)}）；请减小批次大小`,
    });
    this.device.pushErrorScope('validation');
    this.device.pushErrorScope('out-of-memory');
    const buffer = this.device.createBuffer({ label: what, size, usage });
    const scopes = Promise.all([this.device.popErrorScope(), this.device.popErrorScope()]);
    const ready = scopes.then((errors) => {
      if (errors[0] !== null) throw new TextError({ en: `out of GPU memory: ${what} wants ${size} bytes (${megabytes(size)}); a smaller batch size helps`, zh: `GPU 内存不足：${what} 需要 ${size} 字节（${megabytes(size)}）；请减小批次大小` });
      if (errors[1] !== null) throw new Error(`${what}: ${errors[1].message}`);
    });
    // Whoever uses the buffer awaits `ready`; nobody may, when the backend is given up first.
    ready.catch(() => undefined);
    return { buffer, ready };
  }

  /** Layouts are shared by all kernels that bind alike. */
  bindGroupLayout(dispatch: Dispatch): GPUBindGroupLayout {
    const key = dispatch.bindings.map((b) => (b.writable ? 'w' : 'r')).join('');
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      layout = this.device.createBindGroupLayout({
        entries: dispatch.bindings.map((b, binding) => ({ binding, visibility: STAGE_COMPUTE, buffer: { type: b.writable ? 'storage' : 'read-only-storage' } })),
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  /** Of bind group 1: the number of a loop's iteration, at an offset that each dispatch names. */
  get iterationLayout(): GPUBindGroupLayout {
    return (this.#iterationLayout ??= this.device.createBindGroupLayout({ entries: [{ binding: 0, visibility: STAGE_COMPUTE, buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: 16 } }] }));
  }
  #iterationLayout: GPUBindGroupLayout | undefined;

  /** The compiled kernel; equal WGSL is compiled once per device. */
  pipeline(dispatch: Dispatch): Promise<GPUComputePipeline> {
    let pipeline = this.#pipelines.get(dispatch.wgsl);
    if (pipeline === undefined) {
      pipeline = this.#createPipeline(dispatch);
      this.#pipelines.set(dispatch.wgsl, pipeline);
    }
    return pipeline;
  }

  async #createPipeline(dispatch: Dispatch): Promise<GPUComputePipeline> {
    const what = `kernel '${dispatch.name}' does not compile for ${this.description}`;
    const { device } = this;
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ label: dispatch.name, code: dispatch.wgsl });
    const invalid = device.popErrorScope();
    const pipeline = device.createComputePipelineAsync({
      label: dispatch.name,
      layout: device.createPipelineLayout({ bindGroupLayouts: [this.bindGroupLayout(dispatch), ...(dispatch.iterates ? [this.iterationLayout] : [])] }),
      compute: { module, entryPoint: 'main' },
    });
    try {
      return await pipeline;
    } catch (error) {
      this.throwIfLost(what);
      await invalid;
      const { messages } = await module.getCompilationInfo();
      const lines = dispatch.wgsl.split('\n');
      const first = messages.find((m) => m.type === 'error');
      const where = first === undefined ? '' : ` At line ${first.lineNum}: ${first.message}: ${(lines[first.lineNum - 1] ?? '').trim()}`;
      throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}${where}`);
    }
  }

  /** The mapped content of a buffer, copied. */
  async download(what: string, buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    try {
      await buffer.mapAsync(MAP_MODE_READ, 0, bytes);
    } catch (error) {
      this.throwIfLost(what);
      throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
    const copy = buffer.getMappedRange(0, bytes).slice(0);
    buffer.unmap();
    return copy;
  }
}

/** Submissions that may wait on the GPU at once: one runs while the next is prepared, and results stay fresh. */
const MAX_IN_FLIGHT = 2;

/** Starts work strictly in the order of the calls, with at most two submissions unfinished. */
export class SubmissionQueue {
  #tail: Promise<unknown> = Promise.resolve();
  readonly #inFlight = new Set<Promise<unknown>>();

  /** `work` submits to the GPU before its first await, and finishes when its results are there. */
  async add<T>(work: () => Promise<T>): Promise<T> {
    const started = this.#tail.then(async () => {
      while (this.#inFlight.size >= MAX_IN_FLIGHT) await Promise.race(this.#inFlight);
      const done = work();
      const settled: Promise<unknown> = done.then(() => undefined, () => undefined).then(() => this.#inFlight.delete(settled));
      this.#inFlight.add(settled);
      return { done };
    });
    this.#tail = started.catch(() => undefined);
    return (await started).done;
  }

  /** Resolves when everything that was added so far has finished. */
  async idle(): Promise<void> {
    await this.#tail;
    await Promise.all(this.#inFlight);
  }
}
