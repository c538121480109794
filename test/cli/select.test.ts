/** Which backend a run takes, on platforms with all kinds of graphics. */
import { describe, expect, test } from 'vitest';
import { BackendUnavailableError, selectBackend, softwareAdapterReason } from '../../engine/backends/select.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import type { Platform } from '../../engine/platform/platform.ts';
import { type Validator, wgslValidator } from '../support/wgsl-validator.ts';

const validator = await wgslValidator();
const info = (fields: Partial<GPUAdapterInfo>): Pick<GPUAdapter, 'info'> => ({ info: { vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: false, subgroupMinSize: 4, subgroupMaxSize: 128, ...fields } as GPUAdapterInfo });
/** A platform whose GPU object answers with this adapter. Nothing but requestAdapter is asked before the choice is made. */
const withAdapter = (adapter: Pick<GPUAdapter, 'info'> | null): Platform => ({ ...nodePlatform, gpu: async () => ({ requestAdapter: async () => adapter }) as unknown as GPU });

describe('softwareAdapterReason', () => {
  test.each([
    [{ description: 'SwiftShader Device (LLVM 16.0.0)' }],
    [{ vendor: 'google', architecture: 'swiftshader' }],
    [{ description: 'llvmpipe (LLVM 15.0.7, 256 bits)', vendor: 'mesa' }],
    [{ description: 'Microsoft Basic Render Driver' }],
    [{ description: 'Something else', isFallbackAdapter: true }],
  ])('%j counts as none', (fields) => expect(softwareAdapterReason(info(fields))?.en).toContain('software'));
  test.each([[{ vendor: 'nvidia', architecture: 'ampere', description: 'NVIDIA GeForce RTX 3060' }], [{ vendor: 'apple', description: 'Apple M2' }], [{ vendor: 'intel', architecture: 'gen-12lp', description: 'Intel Iris Xe (swift)' }]])('%j is real', (fields) => {
    expect(softwareAdapterReason(info(fields))).toBeUndefined();
  });
});

describe('selectBackend', () => {
  test.each([
    ['no package', { ...nodePlatform, gpu: async () => ({ unavailable: { en: 'the package "webgpu" does not start', zh: '软件包“webgpu”无法启动' } }) }, 'does not start'],
    ['no adapter', withAdapter(null), 'no GPU adapter was found'],
    ['a software adapter', withAdapter(info({ description: 'SwiftShader Device' })), 'software (SwiftShader Device)'],
  ] as const)('auto with %s takes the CPU and says why', async (_name, platform, why) => {
    const selected = await selectBackend(platform, { backend: 'auto', threads: 1 });
    expect(selected.backend.name).toBe('wasm');
    expect(selected.why.en).toContain(why);
    await selected.backend.dispose();
  });
  test('a GPU that does not start is no end: auto takes the CPU and says why', async () => {
    const selected = await selectBackend(withAdapter(info({ vendor: 'nvidia', description: 'NVIDIA GeForce RTX 3060' })), { backend: 'auto', threads: 1 });
    expect(selected.backend.name).toBe('wasm');
    expect(selected.why.en).toContain('the GPU did not start');
    await selected.backend.dispose();
  });
  test('webgpu by name without an adapter is refused, with the way out', async () => {
    await expect(selectBackend(withAdapter(null), { backend: 'webgpu' })).rejects.toThrow(BackendUnavailableError);
    await expect(selectBackend(withAdapter(null), { backend: 'webgpu' })).rejects.toThrow('--backend auto or wasm');
  });
  test.skipIf('unavailable' in validator)('a GPU uses what was wished for and what it has, and says so', async () => {
    const platform: Platform = { ...nodePlatform, gpu: async () => (validator as Validator).gpu };
    const [plain, half] = [await selectBackend(platform, { backend: 'webgpu' }), await selectBackend(platform, { backend: 'webgpu', gpuFeatures: ['f16'] })];
    expect(plain.backend.device).not.toContain('f16');
    expect(half.backend.device).toMatch(/ · f16$/);
    await plain.backend.dispose();
    await half.backend.dispose();
  });
  test('threads are as many as asked for, and one where memory cannot be shared', async () => {
    const three = await selectBackend(nodePlatform, { backend: 'wasm', threads: 3 });
    expect(three.backend).toMatchObject({ device: 'CPU · 3 threads', threads: 3 });
    await three.backend.dispose();
    const one = await selectBackend({ ...nodePlatform, canShareMemory: false }, { backend: 'wasm', threads: 3 });
    expect(one.backend.device).toMatch(/1 thread\b/);
    await one.backend.dispose();
  });
});
