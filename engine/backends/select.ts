/**
 * Which backend a run takes. `auto` prefers a real GPU; a software adapter counts as none, because
 * our own CPU backend is many times faster than a GPU that the CPU plays. Says what it chose and why.
 */
import { type Text, TextError, textOf } from '../text.ts';
import type { Platform } from '../platform/platform.ts';
import type { Backend } from './backend.ts';
import { openChoices } from './choice-file.ts';
import { createReferenceBackend } from './reference/reference.ts';
import { createWasmBackend } from './wasm/wasm.ts';
import { adapterName, isSoftware } from './webgpu/adapter.ts';
import type { GpuFeature } from './webgpu/features.ts';
import { createWebGpuBackend } from './webgpu/webgpu.ts';

export const BACKEND_CHOICES = ['auto', 'webgpu', 'wasm', 'reference'] as const;
export type BackendChoice = (typeof BACKEND_CHOICES)[number];

export interface BackendRequest {
  readonly backend: BackendChoice;
  /** CPU threads; as many as there are processors when left out. */
  readonly threads?: number;
  /** GPU only: what it may use where it has it; nothing when left out. */
  readonly gpuFeatures?: readonly GpuFeature[];
  /** The record of a run whose choices are taken, on the CPU: what this machine remembers counts for nothing then, and nothing is remembered. */
  readonly choices?: string;
  /** CPU only, on one thread: time every kernel. */
  readonly profile?: boolean;
}
export interface SelectedBackend {
  readonly backend: Backend;
  /** A clause for people: "no GPU adapter was found". */
  readonly why: Text;
}

const AS_ASKED: Text = { en: 'as asked', zh: '按您的选择' };
export const NO_ADAPTER: Text = { en: 'no GPU adapter was found', zh: '没有找到可用的 GPU' };

/** The backend that was asked for cannot run here; the message says why and what can. */
export class BackendUnavailableError extends TextError {
  constructor(text: Text) {
    super(text);
    this.name = 'BackendUnavailableError';
  }
}

/** Why this adapter is no real GPU, or undefined when it is one. */
export function softwareAdapterReason(adapter: Pick<GPUAdapter, 'info'>): Text | undefined {
  const name = adapterName(adapter.info);
  return isSoftware(adapter.info) ? { en: `the only GPU adapter is software (${name})`, zh: `唯一的 GPU 是软件模拟的（${name}），CPU 更快` } : undefined;
}

export async function selectBackend(platform: Platform, request: BackendRequest): Promise<SelectedBackend> {
  switch (request.backend) {
    case 'reference': return { backend: createReferenceBackend(), why: AS_ASKED };
    case 'wasm': return { backend: await cpu(platform, request), why: AS_ASKED };
    case 'webgpu': {
      const found = await findAdapter(platform);
      if (!('gpu' in found)) throw new BackendUnavailableError({ en: `The backend webgpu cannot run here: ${found.en}. Use --backend auto or wasm.`, zh: `WebGPU 后端无法在这里运行：${found.zh}。请把后端改为自动或 CPU。` });
      return { backend: await gpuBackend(found.gpu, request), why: AS_ASKED };
    }
    case 'auto': return automatic(platform, request);
  }
}

async function automatic(platform: Platform, request: BackendRequest): Promise<SelectedBackend> {
  const found = await findAdapter(platform);
  if (!('gpu' in found)) return { backend: await cpu(platform, request), why: found };
  const software = softwareAdapterReason(found.adapter);
  if (software !== undefined) return { backend: await cpu(platform, request), why: software };
  try {
    return { backend: await gpuBackend(found.gpu, request), why: { en: 'a GPU was found', zh: '找到了 GPU' } };
  } catch (error) {
    const reason = textOf(error);
    return { backend: await cpu(platform, request), why: { en: `the GPU did not start: ${reason.en}`, zh: `GPU 启动失败：${reason.zh}` } };
  }
}

/** What a run goes on with when its GPU is lost. */
export const fallbackBackend = (platform: Platform, request: BackendRequest): Promise<Backend> => cpu(platform, request);

const gpuBackend = (gpu: GPU, { gpuFeatures = [] }: BackendRequest): Promise<Backend> => createWebGpuBackend(gpu, { features: gpuFeatures });

async function cpu(platform: Platform, { threads, choices, profile = false }: BackendRequest): Promise<Backend> {
  return createWasmBackend(platform, { threads: platform.canShareMemory ? (threads ?? platform.processors) : 1, profile, choices: await openChoices(platform, choices) });
}

async function findAdapter(platform: Platform): Promise<{ readonly gpu: GPU; readonly adapter: GPUAdapter } | Text> {
  const gpu = await platform.gpu();
  if ('unavailable' in gpu) return gpu.unavailable;
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    return adapter === null ? NO_ADAPTER : { gpu, adapter };
  } catch (error) {
    const reason = textOf(error);
    return { en: `asking for a GPU adapter failed: ${reason.en}`, zh: `请求 GPU 失败：${reason.zh}` };
  }
}
