/**
 * Which backend a run takes. `auto` prefers a real GPU; a software adapter counts as none, because
 * our own CPU backend is many times faster than a GPU that the CPU plays. Says what it chose and why.
 */
import type { Platform } from '../platform/platform.ts';
import type { Backend } from './backend.ts';
import { createReferenceBackend } from './reference/reference.ts';
import { createWasmBackend } from './wasm/wasm.ts';
import { adapterName, isSoftware } from './webgpu/adapter.ts';
import { createWebGpuBackend } from './webgpu/webgpu.ts';

export const BACKEND_CHOICES = ['auto', 'webgpu', 'wasm', 'reference'] as const;
export type BackendChoice = (typeof BACKEND_CHOICES)[number];

export interface BackendRequest {
  readonly backend: BackendChoice;
  /** CPU threads; as many as there are processors when left out. */
  readonly threads?: number;
  /** CPU only, on one thread: time every kernel. */
  readonly profile?: boolean;
}
export interface SelectedBackend {
  readonly backend: Backend;
  /** A clause for people: "no GPU adapter was found". */
  readonly why: string;
}

/** The backend that was asked for cannot run here; the message says why and what can. */
export class BackendUnavailableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BackendUnavailableError';
  }
}

/** Why this adapter is no real GPU, or undefined when it is one. */
export function softwareAdapterReason(adapter: Pick<GPUAdapter, 'info'>): string | undefined {
  return isSoftware(adapter.info) ? `the only GPU adapter is software (${adapterName(adapter.info)})` : undefined;
}

export async function selectBackend(platform: Platform, request: BackendRequest): Promise<SelectedBackend> {
  switch (request.backend) {
    case 'reference': return { backend: createReferenceBackend(), why: 'as asked' };
    case 'wasm': return { backend: await cpu(platform, request), why: 'as asked' };
    case 'webgpu': {
      const found = await findAdapter(platform);
      if (typeof found === 'string') throw new BackendUnavailableError(`The backend webgpu cannot run here: ${found}. Use --backend auto or wasm.`);
      return { backend: await createWebGpuBackend(found.gpu), why: 'as asked' };
    }
    case 'auto': return automatic(platform, request);
  }
}

async function automatic(platform: Platform, request: BackendRequest): Promise<SelectedBackend> {
  const found = await findAdapter(platform);
  if (typeof found === 'string') return { backend: await cpu(platform, request), why: found };
  const software = softwareAdapterReason(found.adapter);
  if (software !== undefined) return { backend: await cpu(platform, request), why: software };
  try {
    return { backend: await createWebGpuBackend(found.gpu), why: 'a GPU was found' };
  } catch (error) {
    return { backend: await cpu(platform, request), why: `the GPU did not start: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** What a run goes on with when its GPU is lost. */
export const fallbackBackend = (platform: Platform, request: BackendRequest): Promise<Backend> => cpu(platform, request);

async function cpu(platform: Platform, { threads, profile = false }: BackendRequest): Promise<Backend> {
  return createWasmBackend(platform, { threads: platform.canShareMemory ? (threads ?? platform.processors) : 1, profile });
}

async function findAdapter(platform: Platform): Promise<{ readonly gpu: GPU; readonly adapter: GPUAdapter } | string> {
  const gpu = await platform.gpu();
  if ('unavailable' in gpu) return gpu.unavailable;
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    return adapter === null ? 'no GPU adapter was found' : { gpu, adapter };
  } catch (error) {
    return `asking for a GPU adapter failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
