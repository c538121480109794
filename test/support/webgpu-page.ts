/** Runs in a browser's page: two training steps on its WebGPU. Numbers come back as plain arrays, which survive the way to Node. */
import { createWebGpuBackend } from '../../engine/backends/webgpu/webgpu.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import { SMALL, trainingCase } from './training-program.ts';

export interface PageResult {
  readonly unavailable?: string;
  readonly device?: string;
  readonly outputs?: readonly Readonly<Record<string, readonly number[]>>[];
  readonly weights?: readonly number[];
}

/** Of the DOM this page needs only this. */
declare const navigator: { readonly gpu?: GPU };

async function train(): Promise<PageResult> {
  if (navigator.gpu === undefined) return { unavailable: 'this browser has no navigator.gpu' };
  if ((await navigator.gpu.requestAdapter()) === null) return { unavailable: 'this browser has no WebGPU adapter' };
  const backend = await createWebGpuBackend(navigator.gpu);
  const { program, feeds, states } = trainingCase(SMALL, 2);
  const allocated = new Map([...states].map(([name, data]) => [name, backend.allocate(name, data instanceof Uint8Array ? 'u8' : data instanceof Int32Array ? 'i32' : 'f32', data.length)]));
  for (const [name, state] of allocated) await backend.write(state, states.get(name) ?? new Float32Array());
  const executable = await backend.compile(compileProgram(program), allocated);
  const outputs = await executable.run(feeds);
  const weights = allocated.get('weights.0');
  const result: PageResult = {
    device: backend.device,
    outputs: outputs.map((o) => Object.fromEntries(Object.entries(o).map(([name, data]) => [name, [...data]]))),
    weights: weights === undefined ? [] : [...(await backend.read(weights))],
  };
  await backend.dispose();
  return result;
}

Object.assign(globalThis, { result: train() });
