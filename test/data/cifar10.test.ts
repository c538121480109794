/** CIFAR-10 from a server of our own with a small archive of the same form; and tar archives, whole and damaged. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { LoadedData, SampleArray, Samples } from '../../engine/data/dataset.ts';
import { CIFAR10_FILES, cifarImages } from '../../engine/data/datasets/cifar10.ts';
import { dataset } from '../../engine/data/datasets/index.ts';
import type { PublishedSet } from '../../engine/data/download.ts';
import { previewSamples } from '../../engine/data/preview.ts';
import { scaledValue } from '../../engine/data/scaling.ts';
import { readTar } from '../../engine/data/tar.ts';
import { picked } from '../../engine/service/samples.ts';
import { memoryPlatform } from './memory-platform.ts';

const RECORDS = 4;
const RECORD = 3073;
const FOLDER = 'cifar-10-batches-bin';

interface Entry { readonly name: string; readonly data: Uint8Array; readonly type?: string; readonly prefix?: string }

/** An archive as tar writes it. */
function tarOf(entries: readonly Entry[], end = true): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const { name, data, type = '0', prefix } of entries) {
    const header = new Uint8Array(512);
    const put = (text: string, at: number): void => header.set(new TextEncoder().encode(text), at);
    put(name, 0);
    put('0000644\0', 100);
    put(data.length.toString(8).padStart(11, '0'), 124);
    put('        ', 148);
    put(type, 156);
    if (prefix !== undefined) {
      put('ustar\u000000', 257);
      put(prefix, 345);
    }
    put(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
    const body = new Uint8Array(Math.ceil(data.length / 512) * 512);
    body.set(data);
    blocks.push(header, body);
  }
  if (end) blocks.push(new Uint8Array(1024));
  return new Uint8Array(Buffer.concat(blocks));
}

/** Record r of batch b has the label (b + r) mod 10, red r, green 100 + b, blue its column. */
function batch(b: number, records = RECORDS): Uint8Array {
  const bytes = new Uint8Array(records * RECORD);
  for (let r = 0; r < records; r++) {
    bytes[r * RECORD] = (b + r) % 10;
    for (let i = 0; i < 1024; i++) {
      bytes[r * RECORD + 1 + i] = r;
      bytes[r * RECORD + 1 + 1024 + i] = 100 + b;
      bytes[r * RECORD + 1 + 2048 + i] = i % 32;
    }
  }
  return bytes;
}
const entries = (change: (name: string, data: Uint8Array) => Uint8Array | undefined = (_, data) => data): Entry[] => [
  { name: `${FOLDER}/`, data: new Uint8Array(0), type: '5' },
  { name: `${FOLDER}/batches.meta.txt`, data: new TextEncoder().encode('airplane\n') },
  ...[1, 2, 3, 4, 5].map((b) => ({ name: `${FOLDER}/data_batch_${b}.bin`, data: batch(b) })), { name: `${FOLDER}/test_batch.bin`, data: batch(6) },
].flatMap((entry) => {
  const data = change(entry.name, entry.data);
  return data === undefined ? [] : [{ ...entry, data }];
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
/** A server with `sent` in place of the archive whose digest is published. */
async function published(archive: Uint8Array, sent: Uint8Array = archive): Promise<PublishedSet & { readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(200, { 'content-length': sent.length }).end(sent);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { folder: 'cifar10', title: 'CIFAR-10', files: [{ name: 'cifar-10-binary.tar.gz', bytes: archive.length, sha256: createHash('sha256').update(archive).digest('hex') }], mirrors: [`http://127.0.0.1:${address.port}/`], asked };
}
function array(samples: Samples | undefined, port: string): SampleArray {
  const found = samples?.[port];
  if (found === undefined) throw new Error(`no array ${port}`);
  return found;
}
const packed = (list: readonly Entry[]): Uint8Array => new Uint8Array(gzipSync(tarOf(list)));

describe('the set', () => {
  test('downloads once, tells how far it is, and gives the images in their order', async () => {
    const set = await published(packed(entries()));
    const platform = memoryPlatform((url, init) => fetch(url, init));
    const seen: number[] = [];
    const load = (params = {}): Promise<LoadedData> => cifarImages(set, RECORDS).load(params, { platform, seed: 1, onProgress: ({ done }) => seen.push(done) });
    const { train, test: held, classNames } = await load();
    expect(seen.at(-1)).toBe(set.files[0]?.bytes);
    expect(array(train, 'x').shape).toEqual([20, 3, 32, 32]);
    expect(array(held, 'x').shape).toEqual([4, 3, 32, 32]);
    expect([...array(train, 'y').data]).toEqual([1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 4, 5, 6, 7, 5, 6, 7, 8]);
    expect([...array(held, 'y').data]).toEqual([6, 7, 8, 9]);
    expect(classNames).toEqual(['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']);
    const pixel = (sample: number, channel: number, row: number, column: number): number => array(train, 'x').data[((sample * 3 + channel) * 32 + row) * 32 + column] ?? -1;
    // Sample 9: record 1 of batch 3.
    expect([pixel(9, 0, 5, 7), pixel(9, 1, 5, 7), pixel(9, 2, 5, 7), pixel(9, 2, 31, 31)]).toEqual([1, 103, 7, 31]);
    expect(array((await load({ limit: 6 })).train, 'y').data).toEqual(Int32Array.of(1, 2, 3, 4, 2, 3));
    expect(set.asked).toEqual(['/cifar-10-binary.tar.gz']);
  });

  test('standardizes each channel by its own mean and deviation, in previews and samples alike', async () => {
    const set = await published(packed(entries()));
    const platform = memoryPlatform((url, init) => fetch(url, init));
    const x = array((await cifarImages(set, RECORDS).load({ scaling: 'standard' }, { platform, seed: 1 })).train, 'x');
    const [mean, deviation] = [[0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616]];
    const { data } = picked(x, [9]);
    [[0, 1], [1, 103], [2, 7]].forEach(([channel = 0, raw = 0]) => {
      const wanted = (raw / 255 - (mean[channel] ?? 0)) / (deviation[channel] ?? 1);
      expect(scaledValue(x, (9 * 3 + channel) * 1024 + 7)).toBeCloseTo(wanted, 9);
      expect(data[channel * 1024 + 7]).toBeCloseTo(wanted, 5);
    });
    expect(previewSamples({ x }, { count: 1, width: 40 })).toContain('-1.989 … ');
    expect(dataset('cifar10')?.preprocessing?.({ scaling: 'standard' })['x']).toMatchObject({ scale: [1 / (255 * 0.247), 1 / (255 * 0.2435), 1 / (255 * 0.2616)] });
  });

  test('one that is not the published one is not used', async () => {
    const whole = packed(entries());
    const other = whole.slice();
    other[200] = (other[200] ?? 0) ^ 1;
    const set = await published(whole, other);
    const platform = memoryPlatform((url, init) => fetch(url, init));
    await expect(cifarImages(set, RECORDS).load({}, { platform, seed: 1 })).rejects.toThrow(/not the published file: its SHA-256 is/);
    expect([...platform.stored.keys()]).toEqual([]);
  });

  test('a file of one\'s own in the folder cifar10, and a damaged one there', async () => {
    const archive = packed(entries());
    const set = { ...(await published(archive)), mirrors: [] };
    const platform = memoryPlatform();
    await platform.files.write('/own/cifar10/cifar-10-binary.tar.gz', archive);
    expect((await cifarImages(set, RECORDS).load({}, { platform, seed: 1, source: '/own' })).classNames).toHaveLength(10);
    await platform.files.write('/own/cifar10/cifar-10-binary.tar.gz', archive.slice(0, 500));
    await expect(cifarImages(set, RECORDS).load({}, { platform, seed: 1, source: '/own' })).rejects.toThrow(/has 500 bytes instead of/);
  });

  test.each([
    ['a missing batch', entries((name, data) => (name.endsWith('data_batch_3.bin') ? undefined : data)), /has no file cifar-10-batches-bin\/data_batch_3\.bin; it has .*data_batch_1\.bin/],
    ['a batch that is too short', entries((name, data) => (name.endsWith('test_batch.bin') ? data.slice(0, 3073) : data)), /test_batch\.bin in .* has 3073 bytes; 4 records of 3073 bytes are 12292/],
    ['a label that is none', entries((name, data) => (name.endsWith('data_batch_2.bin') ? data.map((byte, i) => (i === 2 * RECORD ? 10 : byte)) : data)), /label 2 of cifar-10-batches-bin\/data_batch_2\.bin .* is 10; labels run from 0 to 9/],
  ])('%s is told', async (_what, list, message) => {
    const set = await published(packed(list));
    const platform = memoryPlatform((url, init) => fetch(url, init));
    await expect(cifarImages(set, RECORDS).load({}, { platform, seed: 1 })).rejects.toThrow(message);
  });

  test('can be given up', async () => {
    const set = await published(packed(entries()));
    const platform = memoryPlatform((url, init) => fetch(url, init));
    const stop = new AbortController();
    stop.abort(new Error('given up'));
    await expect(cifarImages(set, RECORDS).load({}, { platform, seed: 1, signal: stop.signal })).rejects.toThrow('given up');
  });

  test('without network and cache it names the file and the way out', async () => {
    await expect(dataset('cifar10')?.load({}, { platform: memoryPlatform(), seed: 1 })).rejects.toThrow(/cifar10\/cifar-10-binary\.tar\.gz/);
    expect(CIFAR10_FILES.files[0]?.bytes).toBe(170_052_171);
  }, 20_000);
});

describe('tar', () => {
  const one: Entry = { name: 'a.txt', data: Uint8Array.of(1, 2, 3) };
  test('gives the plain files by their whole names, whatever stands between them and wherever the bytes lie', () => {
    const archive = tarOf([{ name: 'folder/', data: new Uint8Array(0), type: '5' }, one, { name: 'b', data: new Uint8Array(600).fill(7), prefix: 'deep/down' }, { name: 'x', data: Uint8Array.of(9), type: 'x' }]);
    const shifted = new Uint8Array(archive.length + 5);
    shifted.set(archive, 5);
    const files = readTar(shifted.subarray(5), 'f');
    expect([...files.keys()]).toEqual(['a.txt', 'deep/down/b']);
    expect(files.get('a.txt')).toEqual(Uint8Array.of(1, 2, 3));
    expect(files.get('deep/down/b')).toEqual(new Uint8Array(600).fill(7));
    expect(readTar(tarOf([one], false), 'f').size).toBe(1);
  });

  test.each([
    ['another file', new Uint8Array(1024).fill(65), /checksum of the header at byte 0/],
    ['a header that was altered', tarOf([one]).map((byte, i) => (i === 1 ? byte + 1 : byte)), /checksum of the header at byte 0 is \d+, but the header says/],
    ['an end within a file', tarOf([{ name: 'long', data: new Uint8Array(2000) }]).subarray(0, 1500), /long should have 2000 bytes, but only 988 follow/],
    ['an end within a header', tarOf([one, one]).subarray(0, 1024 + 100), /ends within the header at byte 1024/],
    ['nothing', new Uint8Array(0), /ends within the header at byte 0/],
  ])('%s is refused', (_what, archive, message) => {
    expect(() => readTar(archive, 'f')).toThrow(message);
  });
});
