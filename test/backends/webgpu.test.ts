/** The WebGPU backend around its kernels: states, the order of work, limits, errors that say what is wrong, and the loss of the GPU. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import { isSoftware } from '../../engine/backends/webgpu/adapter.ts';
import { GpuDevice } from '../../engine/backends/webgpu/device.ts';
import { createWebGpuBackend, emitWgsl } from '../../engine/backends/webgpu/webgpu.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import { testGpu } from '../support/gpu.ts';
import { HandPlan, call, constant, load, someBytes, someNumbers, store } from '../support/hand-plan.ts';
import { SMALL, trainingCase } from '../support/training-program.ts';

const gpu = await testGpu();
const skipped = 'unavailable' in gpu ? gpu.unavailable : undefined;

/** state `w` += input `by`, which is also output as `w`. */
function counterPlan(length: number): HandPlan {
  const plan = new HandPlan();
  const w = plan.buffer('state', 'w', 'f32', length);
  const by = plan.buffer('input', 'by', 'f32', 1);
  const out = plan.buffer('output', 'out', 'f32', length);
  const sum = call('add', [load(w, [1]), load(by, [0])]);
  plan.kernels.push({ kind: 'map', name: 'count', origins: [], axes: [length], stores: [store(w, [1], sum), store(out, [1], sum)] });
  return plan;
}

test('software adapters are known by name', () => {
  const info = (vendor: string, description: string): GPUAdapterInfo => ({ __brand: 'GPUAdapterInfo', vendor, architecture: '', device: '', description, isFallbackAdapter: false, subgroupMinSize: 4, subgroupMaxSize: 128 });
  expect(isSoftware(info('google', 'SwiftShader driver 5.0.0'))).toBe(true);
  expect(isSoftware(info('mesa', 'llvmpipe (LLVM 19.1.7, 256 bits)'))).toBe(true);
  expect(isSoftware(info('microsoft', 'Microsoft Basic Render Driver'))).toBe(true);
  expect(isSoftware(info('nvidia', 'NVIDIA GeForce RTX 3060'))).toBe(false);
  expect(isSoftware({ ...info('acme', 'Rasterizer'), isFallbackAdapter: true })).toBe(true);
});

test('the WGSL of a plan can be printed without a GPU', () => {
  const [kernel] = emitWgsl(counterPlan(3).finish());
  expect(kernel?.kernel).toBe('count');
  expect(kernel?.wgsl).toContain('@compute');
});

describe.skipIf(skipped !== undefined)(`WebGPU backend${skipped === undefined ? '' : ` [skipped: ${skipped}]`}`, () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createWebGpuBackend(gpu as GPU);
  });
  afterAll(() => backend.dispose());

  test('states begin as zeros, and keep what is written at any offset', async () => {
    const floats = backend.allocate('floats', 'f32', 7);
    expect([...(await backend.read(floats))]).toEqual([0, 0, 0, 0, 0, 0, 0]);
    await backend.write(floats, Float32Array.of(1.5, -2), 3);
    expect([...(await backend.read(floats))]).toEqual([0, 0, 0, 1.5, -2, 0, 0]);
    expect([...(await backend.read(floats, 4, 2))]).toEqual([-2, 0]);
    const whole = backend.allocate('whole', 'i32', 3);
    await backend.write(whole, Int32Array.of(-7, 2 ** 31 - 1, 5));
    expect(await backend.read(whole)).toEqual(Int32Array.of(-7, 2 ** 31 - 1, 5));
    await expect(backend.write(floats, new Float32Array(5), 3)).rejects.toThrow(/3 to 8.*'floats' of 7/);
  });

  test('bytes are written and read at offsets that are not those of words', async () => {
    const length = 23;
    const state = backend.allocate('bytes', 'u8', length);
    const expected = new Uint8Array(length);
    for (const [offset, count] of [[0, 23], [1, 2], [3, 9], [19, 4], [5, 1], [8, 4], [22, 1]] as const) {
      const part = someBytes(count, offset + 1);
      expected.set(part, offset);
      await backend.write(state, part, offset);
    }
    expect(await backend.read(state)).toEqual(expected);
    expect(await backend.read(state, 6, 11)).toEqual(expected.slice(6, 17));
  });

  test('calls in flight run in their order, also those of other executables and reads between', async () => {
    const w = backend.allocate('w', 'f32', 5);
    const states = new Map([['w', w]]);
    const [a, b] = [await backend.compile(counterPlan(5).finish(), states), await backend.compile(counterPlan(5).finish(), states)];
    const results = [a.run([{ by: 1 }, { by: 10 }]), b.run([{ by: 100 }]), a.run([{ by: 1000 }]), b.run([{ by: 10_000 }]), a.run([])];
    const read = backend.read(w);
    const values = (await Promise.all(results)).map((steps) => steps.map((s) => s['out']?.[0]));
    expect(values).toEqual([[1, 11], [111], [1111], [11_111], []]);
    expect((await read)[0]).toBe(11_111);
    expect(a.stats.kernels).toBe(1);
    expect(a.stats.codeBytes).toBeGreaterThan(100);
  });

  test('steps of one call are one submission with one read, and bind what was bound when the plan was compiled', async () => {
    let device: GPUDevice | undefined;
    const spied = {
      requestAdapter: async () => {
        const adapter = await (gpu as GPU).requestAdapter();
        return { info: adapter!.info, limits: adapter!.limits, requestDevice: async (descriptor?: GPUDeviceDescriptor) => (device = await adapter!.requestDevice(descriptor)) };
      },
    } as unknown as GPU;
    const on = await createWebGpuBackend(spied);
    const training = trainingCase(SMALL, 5);
    const states = new Map([...training.states].map(([name, data]) => [name, on.allocate(name, data instanceof Uint8Array ? 'u8' : data instanceof Int32Array ? 'i32' : 'f32', data.length)]));
    const executable = await on.compile(compileProgram(training.program), states);
    // Buffers for feeds and outputs are made at the first call.
    await executable.run(training.feeds);
    const calls: string[] = [];
    const count = (owner: object, name: string): void => {
      const method = (owner as Record<string, (...args: unknown[]) => unknown>)[name]!;
      Object.defineProperty(owner, name, { value: (...args: unknown[]) => (calls.push(name), method.apply(owner, args)), configurable: true });
    };
    for (const name of ['createBindGroup', 'createBuffer', 'createComputePipeline', 'createComputePipelineAsync', 'createShaderModule', 'createCommandEncoder']) count(device!, name);
    count(device!.queue, 'submit');
    count(device!.queue, 'writeBuffer');
    await executable.run(training.feeds);
    expect(calls.sort()).toEqual(['createCommandEncoder', 'submit', 'writeBuffer']);
    executable.dispose();
    await on.dispose();
  });

  test('a kernel that touches more states than can be bound', async () => {
    const on = await createWebGpuBackend(gpu as GPU, { storageBuffers: 3 });
    const plan = new HandPlan();
    const ids = [0, 1, 2, 3, 4].map((i) => plan.buffer('state', `s${i}`, i === 4 ? 'u8' : 'f32', 6));
    const loads = ids.map((id, i) => (i === 4 ? call('toF32', [load(id, [1], {}, 'u8')]) : load(id, [1])));
    const sum = loads.reduce((x, y) => call('add', [x, y]), constant(0));
    const out = plan.buffer('output', 'out', 'f32', 6);
    plan.kernels.push({ kind: 'map', name: 'many', origins: [], axes: [6], stores: [...ids.slice(1, 4).map((id, i) => store(id, [1], call('mul', [sum, constant(i + 2)]))), store(out, [1], sum)] });
    const states = new Map(ids.map((id) => [`s${id}`, on.allocate(`s${id}`, id === ids[4] ? 'u8' : 'f32', 6)]));
    for (const [name, state] of states) await on.write(state, name === 's4' ? Uint8Array.of(1, 2, 3, 4, 5, 6) : new Float32Array(6).fill(10));
    const [result] = await (await on.compile(plan.finish(), states)).run([{}]);
    expect([...(result?.['out'] ?? [])]).toEqual([41, 42, 43, 44, 45, 46]);
    const contents = await Promise.all([...states.values()].map(async (s) => [...(await on.read(s))]));
    expect(contents).toEqual([[10, 10, 10, 10, 10, 10], [82, 84, 86, 88, 90, 92], [123, 126, 129, 132, 135, 138], [164, 168, 172, 176, 180, 184], [1, 2, 3, 4, 5, 6]]);
    await on.dispose();
  });

  test('literals, several outputs, and outputs that are states or inputs', async () => {
    const plan = new HandPlan();
    const table = plan.buffer('literal', 'table', 'f32', 3, Float32Array.of(0.5, 1.5, 2.5));
    const x = plan.buffer('input', 'x', 'i32', 3);
    const w = plan.buffer('state', 'w', 'u8', 5);
    const y = plan.buffer('output', 'y', 'f32', 3);
    const z = plan.buffer('output', 'z', 'i32', 3);
    plan.outputs.set('echo', x).set('bytes', w);
    plan.kernels.push({ kind: 'map', name: 'copy', origins: [], axes: [3], stores: [store(y, [1], load(table, [1])), store(z, [1], call('neg', [load(x, [1], {}, 'i32')], 'i32'), {}, 'i32')] });
    const state = backend.allocate('w', 'u8', 5);
    await backend.write(state, Uint8Array.of(9, 8, 7, 6, 255));
    const executable = await backend.compile(plan.finish(), new Map([['w', state]]));
    const outputs = await executable.run([{ x: Int32Array.of(1, 2, 3) }, { x: Int32Array.of(4, 5, 6) }]);
    expect(outputs.map((o) => Object.fromEntries(Object.entries(o).map(([name, data]) => [name, [...data]])))).toEqual([
      { y: [0.5, 1.5, 2.5], z: [-1, -2, -3], echo: [1, 2, 3], bytes: [9, 8, 7, 6, 255] },
      { y: [0.5, 1.5, 2.5], z: [-4, -5, -6], echo: [4, 5, 6], bytes: [9, 8, 7, 6, 255] },
    ]);
  });

  test('errors name what is wrong, and leave the backend usable', async () => {
    const w = backend.allocate('w', 'f32', 5);
    const plan = counterPlan(5).finish();
    await expect(backend.compile(plan, new Map())).rejects.toThrow(/state 'w'.*not bound/);
    await expect(backend.compile(plan, new Map([['w', backend.allocate('w', 'f32', 4)]]))).rejects.toThrow(/4 × f32.*5 × f32/);
    const executable = await backend.compile(plan, new Map([['w', w]]));
    await expect(executable.run([{}])).rejects.toThrow(/input 'by' is not fed in step 0/);
    await expect(executable.run([{ by: Float32Array.of(1, 2) }])).rejects.toThrow(/'by' takes 1 elements, and got 2/);
    expect(() => backend.allocate('huge', 'f32', 2 ** 40)).toThrow(/'huge'.*4194304\.0 MiB.*at most/);

    const writing = new HandPlan();
    const bytes = writing.buffer('state', 'bytes', 'u8', 4);
    writing.kernels.push({ kind: 'map', name: 'bad', origins: [], axes: [4], stores: [store(bytes, [1], constant(1, 'i32'), {}, 'u8')] });
    await expect(backend.compile(writing.finish(), new Map([['bytes', backend.allocate('bytes', 'u8', 4)]]))).rejects.toThrow(/'bytes' holds bytes/);
    expect((await executable.run([{ by: 2 }]))[0]?.['out']?.[4]).toBe(2);
    executable.dispose();
    await expect(executable.run([{ by: 2 }])).rejects.toThrow(/disposed/);
  });

  test('WGSL that does not compile is reported with the kernel and the line', async () => {
    const adapter = await (gpu as GPU).requestAdapter();
    const device = new GpuDevice(gpu as GPU, await adapter!.requestDevice(), 'test GPU');
    const wgsl = '@group(0) @binding(0) var<storage, read_write> arena: array<u32>;\n@compute @workgroup_size(1)\nfn main() { arena[0] = 1.5; }\n';
    await expect(device.pipeline({ name: 'conv1.relu', wgsl, bindings: [{ of: 'arena', writable: true }], iterates: false, groups: [1, 1, 1] })).rejects.toThrow(/'conv1\.relu' does not compile for test GPU.*[lL]ine 3.*1\.5/s);
    await expect(device.checked('making a buffer', () => device.device.createBuffer({ size: 4, usage: 0x3ff }))).rejects.toThrow(/^making a buffer: /);
    device.close();
  });

  test('a lost GPU is told to those who ask and to those who wait', async () => {
    let created: GPUDevice | undefined;
    // The device that the backend makes, so that it can be taken away.
    const spied = {
      requestAdapter: async (options?: GPURequestAdapterOptions) => {
        const adapter = await (gpu as GPU).requestAdapter(options);
        if (adapter === null) return null;
        return { info: adapter.info, limits: adapter.limits, requestDevice: async (descriptor?: GPUDeviceDescriptor) => (created = await adapter.requestDevice(descriptor)) };
      },
    } as unknown as GPU;
    const on = await createWebGpuBackend(spied);
    const w = on.allocate('w', 'f32', 5);
    const executable = await on.compile(counterPlan(5).finish(), new Map([['w', w]]));
    await executable.run([{ by: 1 }]);
    created?.destroy();
    const reason = await on.lost;
    expect(reason.en).toMatch(/destroyed/);
    expect(reason.zh).toMatch(/[一-龥]/);
    await expect(executable.run([{ by: 1 }])).rejects.toThrow(/was lost/);
    await expect(on.read(w)).rejects.toThrow(/was lost/);
  });

  test('the content of a large state comes back as it was', async () => {
    const count = 5_000_000;
    const state = backend.allocate('large', 'f32', count);
    const numbers = someNumbers(count);
    await backend.write(state, numbers);
    const back = await backend.read(state);
    expect(Buffer.from(back.buffer, back.byteOffset, back.byteLength).equals(Buffer.from(numbers.buffer))).toBe(true);
  });
});
