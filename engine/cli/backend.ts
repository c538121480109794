/** The flags that choose a backend, shared by every command that computes, and what they mean. */
import { ChoicesError } from '../backends/choice-file.ts';
import { BACKEND_CHOICES, type BackendRequest, BackendUnavailableError, type SelectedBackend, selectBackend } from '../backends/select.ts';
import { GPU_FEATURES } from '../backends/webgpu/features.ts';
import { nodePlatform } from '../platform/node.ts';
import type { FlagSpecs } from './command.ts';
import { FailedError, InputError } from './errors.ts';

/** More threads than this have never helped a network of the sizes that fit here. */
const MAX_THREADS = 64;

export const backendFlags = {
  backend: { kind: 'choice', choices: BACKEND_CHOICES, help: 'What computes. auto (the default) takes WebGPU on a real GPU and the CPU otherwise.' },
  threads: { kind: 'integer', value: 'N', min: 1, max: MAX_THREADS, help: 'CPU threads; the default is the number of processors. Results do not depend on it.' },
  choices: { kind: 'text', value: 'RUN.json', help: "Choose between variants of a computation as the run of this record did (the run.json of its folder), so that the bits are the same; otherwise what this machine once found to be fastest is taken. CPU only." },
  'gpu-f16': { kind: 'switch', help: 'Let a GPU that can keep activations in half precision do so: less memory, and results of about three digits.' },
  'gpu-subgroups': { kind: 'switch', help: 'Let a GPU that can add along rows within its subgroups do so.' },
} as const satisfies FlagSpecs;

interface BackendFlags {
  readonly backend: BackendRequest['backend'] | undefined;
  readonly threads: number | undefined;
  readonly choices: string | undefined;
  readonly 'gpu-f16': boolean;
  readonly 'gpu-subgroups': boolean;
}

export function backendRequest({ backend = 'auto', threads, choices, ...flags }: BackendFlags): BackendRequest {
  const gpuFeatures = GPU_FEATURES.filter((feature) => flags[`gpu-${feature}`]);
  return { backend, ...(threads === undefined ? {} : { threads }), ...(choices === undefined ? {} : { choices }), ...(gpuFeatures.length === 0 ? {} : { gpuFeatures }) };
}

export async function openBackend(request: BackendRequest): Promise<SelectedBackend> {
  try {
    return await selectBackend(nodePlatform, request);
  } catch (error) {
    if (error instanceof ChoicesError) throw new InputError(error.message);
    if (error instanceof BackendUnavailableError) throw new FailedError(error.message, { cause: error });
    throw error;
  }
}
