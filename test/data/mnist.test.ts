/** IDX files: read strictly; and, where NETLOOM_DATASETS names them, the real ones. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { MNIST_FILES } from '../../engine/data/datasets/mnist.ts';
import { pixelMap } from '../../engine/data/datasets/idx-images.ts';
import { dataset } from '../../engine/data/datasets/index.ts';
import { gunzip } from '../../engine/data/gunzip.ts';
import { readIdx } from '../../engine/data/idx.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import { memoryPlatform } from './memory-platform.ts';

function idx(magic: number, sizes: readonly number[], elements: number): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sizes.length + elements);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  for (const [i, size] of sizes.entries()) view.setUint32(4 + 4 * i, size);
  for (let i = 0; i < elements; i++) bytes[4 + 4 * sizes.length + i] = i;
  return bytes;
}

describe('IDX', () => {
  test('gives the elements behind the header, wherever the bytes lie', () => {
    const file = idx(0x803, [2, 2, 3], 12);
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    expect([...readIdx(shifted.subarray(3), 'f', [2, 2, 3])]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test.each([
    ['another element type', idx(0xd03, [2, 2, 3], 12), /begins with 0x00000d03.*0x00000803/],
    ['labels in place of images', idx(0x801, [12], 12), /begins with 0x00000801/],
    ['another size', idx(0x803, [2, 3, 2], 12), /shape is \[2, 3, 2\], but \[2, 2, 3\]/],
    ['truncation', idx(0x803, [2, 2, 3], 11), /27 bytes.*28/],
    ['trailing bytes', idx(0x803, [2, 2, 3], 13), /29 bytes.*28/],
    ['a stump', new Uint8Array(7), /7 bytes, but its header alone takes 16/],
  ])('%s is refused', (_what, file, message) => {
    expect(() => readIdx(file, 'f', [2, 2, 3])).toThrow(message);
  });
});

describe.each([['the web', {}], ['Node', nodePlatform]])('gunzip by %s', (_, platform) => {
  test('unpacks', async () => {
    const bytes = await gunzip(new Uint8Array(gzipSync(Uint8Array.of(1, 2, 3))), 'f', platform);
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3));
    expect(bytes.constructor).toBe(Uint8Array);
  });
  test('names the file that is damaged', async () => {
    await expect(gunzip(new Uint8Array(gzipSync(new Uint8Array(1000)).subarray(0, 20)), 'images.gz', platform)).rejects.toThrow(/images\.gz cannot be unpacked/);
    await expect(gunzip(Uint8Array.of(1, 2, 3), 'images.gz', platform)).rejects.toThrow(/images\.gz cannot be unpacked/);
  });
});

test('pixel maps send bytes to the promised range', () => {
  const statistics = { mean: 0.25, deviation: 0.5 };
  const at = (byte: number, scaling: 'unit' | 'signed' | 'standard') => {
    const { scale, shift } = pixelMap(scaling, statistics);
    return byte * Number(scale) + Number(shift);
  };
  expect([at(0, 'unit'), at(255, 'unit')]).toEqual([0, 1]);
  expect([at(0, 'signed'), at(255, 'signed')]).toEqual([-1, 1]);
  expect(at(0, 'standard')).toBeCloseTo(-0.5, 12);
  expect(at(255, 'standard')).toBeCloseTo(1.5, 12);
});

test.each(['mnist', 'fashion-mnist'])('%s without network and cache names the four files', async (id) => {
  const error = await dataset(id)?.load({}, { platform: memoryPlatform(), seed: 1 }).catch((reason: unknown) => reason);
  if (!(error instanceof Error)) throw new Error('it should have failed');
  for (const { name } of MNIST_FILES.files) expect(error.message).toContain(`${id}/${name}`);
  expect(error.message).toContain('--datasets');
  expect(error.message).toContain('digits-cnn');
}, 20_000);

const source = process.env['NETLOOM_DATASETS'];
describe.skipIf(source === undefined)('the real MNIST (skipped without NETLOOM_DATASETS)', () => {
  test('has 60,000 and 10,000 images whose labels and pixels are those that were published', async () => {
    const loaded = await dataset('mnist')?.load({}, { platform: nodePlatform, seed: 1, ...(source === undefined ? {} : { source }) });
    const { x, y } = loaded?.train ?? {};
    expect(x?.shape).toEqual([60_000, 1, 28, 28]);
    expect(loaded?.test?.['x']?.shape).toEqual([10_000, 1, 28, 28]);
    expect([...(y?.data.slice(0, 10) ?? [])]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect([...(loaded?.test?.['y']?.data.slice(0, 10) ?? [])]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    const pixels = x?.data ?? new Uint8Array();
    let sum = 0;
    for (const value of pixels) sum += value;
    expect(sum / pixels.length / 255).toBeCloseTo(0.1307, 4);
    expect(loaded?.classNames).toHaveLength(10);
  });

  test('limit takes the first images', async () => {
    const loaded = await dataset('mnist')?.load({ limit: 100, scaling: 'signed' }, { platform: nodePlatform, seed: 1, ...(source === undefined ? {} : { source }) });
    expect(loaded?.train['x']?.shape).toEqual([100, 1, 28, 28]);
    expect(loaded?.train['x']?.shift).toBe(-1);
    expect(loaded?.train['y']?.shape).toEqual([100]);
  });
});
