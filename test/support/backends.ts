/**
 * The backends that tests run on: the reference always, WASM with 1, 2 and 4 threads, WebGPU where an
 * adapter is found (a software one too). One that cannot run here stays in the list with the reason,
 * so that its tests are reported, and counted, as skipped.
 */
import { describe } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import { createReferenceBackend } from '../../engine/backends/reference/reference.ts';
import { createWasmBackend } from '../../engine/backends/wasm/wasm.ts';
import { createWebGpuBackend } from '../../engine/backends/webgpu/webgpu.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import { testGpu } from './gpu.ts';

export interface TestBackend {
  readonly name: string;
  /** Why it cannot run here; `create` throws then. */
  readonly skipped: string | undefined;
  create(): Promise<Backend>;
}

const THREADS = [1, 2, 4];

function backend(name: string, create: (() => Backend | Promise<Backend>) | string): TestBackend {
  if (typeof create === 'string') return { name, skipped: create, create: () => Promise.reject(new Error(`${name}: ${create}`)) };
  return { name, skipped: undefined, create: async () => create() };
}

let found: Promise<readonly TestBackend[]> | undefined;

/** Asked once per test file, at the top: `const backends = await testBackends();` */
export function testBackends(): Promise<readonly TestBackend[]> {
  found ??= find();
  return found;
}

async function find(): Promise<readonly TestBackend[]> {
  const gpu = await testGpu();
  return [
    backend('reference', createReferenceBackend),
    ...THREADS.map((threads) => backend(`wasm, ${threads} ${threads === 1 ? 'thread' : 'threads'}`, () => createWasmBackend(nodePlatform, { threads }))),
    backend('webgpu', 'unavailable' in gpu ? gpu.unavailable : () => createWebGpuBackend(gpu)),
  ];
}

/** A `describe` per backend; one that cannot run here is skipped, with the reason in its title. */
export async function describeOnBackends(title: string, body: (backend: TestBackend) => void, only: (name: string) => boolean = () => true): Promise<void> {
  for (const each of await testBackends()) {
    if (!only(each.name)) continue;
    if (each.skipped === undefined) describe(`${title} (${each.name})`, () => body(each));
    else describe.skip(`${title} (${each.name}) [skipped: ${each.name}: ${each.skipped}]`, () => body(each));
  }
}
