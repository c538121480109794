/** What a GPU may use beyond WebGPU's core, where its adapter has it and the user wishes for it. */
import { type GpuDevice, Usage } from './device.ts';
import { ROW_THREADS } from './row.ts';

/** `subgroups`: sums along rows meet in registers first. `f16`: activations pass through memory in half precision. */
export const GPU_FEATURES = ['subgroups', 'f16'] as const;
export type GpuFeature = (typeof GPU_FEATURES)[number];

/** WebGPU's names for them. */
const FEATURE_NAMES: Readonly<Record<GpuFeature, GPUFeatureName>> = { subgroups: 'subgroups', f16: 'shader-f16' };

/** Those of the wishes that the adapter can grant, with WebGPU's names. */
export function grantedFeatures(adapter: Pick<GPUAdapter, 'features'>, wishes: readonly GpuFeature[]): ReadonlyMap<GpuFeature, GPUFeatureName> {
  return new Map(wishes.flatMap((wish): [GpuFeature, GPUFeatureName][] => (adapter.features.has(FEATURE_NAMES[wish]) ? [[wish, FEATURE_NAMES[wish]]] : [])));
}

/**
 * Invocations that a subgroup has at least, or undefined where neighbours in a workgroup are no neighbours in their
 * subgroup: WGSL does not promise that they are, so that the device is asked.
 */
export async function usableSubgroups(gpu: GpuDevice, least: number | undefined): Promise<number | undefined> {
  if (least === undefined || least < 2 || !Number.isInteger(Math.log2(least))) return undefined;
  for (const threads of ROW_THREADS) {
    const places = await subgroupPlaces(gpu, threads);
    const isInOrder = places.every((place, lane) => {
      const [size, id] = [place >>> 16, place & 0xffff];
      return size >= least && size % least === 0 && id === lane % size;
    });
    if (!isInOrder) return undefined;
  }
  return least;
}

/** Size of its subgroup, shifted by 16, and number in it, for each invocation of a workgroup. */
async function subgroupPlaces(gpu: GpuDevice, threads: number): Promise<Uint32Array> {
  const what = 'asking how subgroups lie in a workgroup';
  const dispatch = {
    name: 'subgroups', bindings: [{ of: 'arena' as const, writable: true }], groups: [1, 1, 1] as const, iterates: false,
    wgsl: [
      'enable subgroups;',
      '@group(0) @binding(0) var<storage, read_write> places: array<u32>;',
      `@compute @workgroup_size(${threads})`,
      'fn main(@builtin(local_invocation_index) lane: u32, @builtin(subgroup_invocation_id) id: u32, @builtin(subgroup_size) size: u32) {',
      '  places[lane] = (size << 16u) | id;',
      '}',
      '',
    ].join('\n'),
  };
  const pipeline = await gpu.pipeline(dispatch);
  const bytes = threads * 4;
  const places = gpu.createBuffer(what, bytes, Usage.STORAGE | Usage.COPY_SRC);
  const readback = gpu.createBuffer(what, bytes, Usage.MAP_READ | Usage.COPY_DST);
  try {
    await gpu.checked(what, () => {
      const encoder = gpu.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, gpu.device.createBindGroup({ layout: gpu.bindGroupLayout(dispatch), entries: [{ binding: 0, resource: { buffer: places.buffer } }] }));
      pass.dispatchWorkgroups(1);
      pass.end();
      encoder.copyBufferToBuffer(places.buffer, 0, readback.buffer, 0, bytes);
      gpu.device.queue.submit([encoder.finish()]);
    });
    return new Uint32Array(await gpu.download(what, readback.buffer, bytes));
  } finally {
    places.buffer.destroy();
    readback.buffer.destroy();
  }
}
