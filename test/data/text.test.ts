/** Text as windows of tokens: the next token, the masked ones, the split by position, and files of one's own. */
import { describe, expect, test } from 'vitest';
import type { ParamValue } from '../../engine/graph/document.ts';
import type { LoadedData, SampleArray, Samples } from '../../engine/data/dataset.ts';
import { dataset } from '../../engine/data/datasets/index.ts';
import { FABLES } from '../../engine/data/text/fables.ts';
import { MASK_NAME, type TokenCoding, tokenizerOf } from '../../engine/data/text/token-coding.ts';
import { memoryPlatform } from './memory-platform.ts';

async function load(id: string, params: Record<string, ParamValue> = {}, file?: string | Uint8Array, seed = 1): Promise<LoadedData> {
  const platform = memoryPlatform();
  if (file !== undefined) await platform.files.write('/own/story.txt', file);
  const loaded = await dataset(id)?.load(file === undefined ? params : { path: '/own/story.txt', ...params }, { platform, seed });
  if (loaded === undefined) throw new Error(`no dataset ${id}`);
  return loaded;
}
function array(samples: Samples | undefined, port: string): SampleArray {
  const found = samples?.[port];
  if (found === undefined) throw new Error(`no array ${port}`);
  return found;
}
function rowsOf({ data, shape: [count = 0, length = 0] }: SampleArray): number[][] {
  return Array.from({ length: count }, (_, i) => [...data.subarray(i * length, (i + 1) * length)]);
}
function codingOf({ tokens }: LoadedData): TokenCoding {
  const coding = tokens?.['x'];
  if (coding === undefined) throw new Error('the tokens have no coding');
  return coding;
}
const counting = Array.from({ length: 400 }, (_, i) => `${i} `).join('');

describe('next tokens', () => {
  test.each([['characters', 64], ['byte-pairs', 400]] as const)('%s: windows read as the text, targets as the text one token on', async (tokens, vocabulary) => {
    const loaded = await load('text', { tokens, vocabulary, window: 20, stride: 7 });
    const { decode, size } = tokenizerOf(codingOf(loaded));
    expect(size).toBe(vocabulary);
    for (const samples of [loaded.train, loaded.test]) {
      const x = rowsOf(array(samples, 'x')), y = rowsOf(array(samples, 'y'));
      expect(x.length).toBeGreaterThan(10);
      x.forEach((row, i) => {
        expect(y[i]?.slice(0, -1)).toEqual(row.slice(1));
        expect(FABLES).toContain(decode([...row, y[i]?.at(-1) ?? 0]));
        expect(Math.max(...row)).toBeLessThan(vocabulary);
      });
    }
    expect(FABLES.startsWith(decode(rowsOf(array(loaded.train, 'x'))[0] ?? []))).toBe(true);
  });

  test('the default vocabulary has room for every character of the text that comes with Netloom', async () => {
    const loaded = await load('text', { testShare: 0 });
    const { encode, decode } = tokenizerOf(codingOf(loaded));
    expect(encode(FABLES).includes(0)).toBe(false);
    expect(decode(encode(FABLES))).toBe(FABLES);
    expect(FABLES.length).toBeGreaterThan(20_000);
    expect(dataset('text')?.describe({})['x']?.classes).toBe(64);
    expect(loaded.test).toBeUndefined();
  });

  test('training and test are parted by position', async () => {
    const loaded = await load('text', { window: 10, stride: 1, testShare: 0.25 }, counting);
    const { decode } = tokenizerOf(codingOf(loaded));
    const textOf = (samples: Samples | undefined): string[] => rowsOf(array(samples, 'x')).map((row) => decode(row));
    const train = textOf(loaded.train), held = textOf(loaded.test);
    const cut = Math.round(counting.length * 0.75);
    expect(train).toHaveLength(cut - 10);
    train.forEach((window, i) => expect(window).toBe(counting.slice(i, i + 10)));
    // The test's windows lie side by side: every token of the end is judged once.
    held.forEach((window, i) => expect(window).toBe(counting.slice(cut + 10 * i, cut + 10 * i + 10)));
    expect(held).toHaveLength(Math.floor((counting.length - cut - 1) / 10));
    expect(loaded.overlap).toBe(10);
  });

  test('a step left empty leaves nothing out and makes some thousand windows at most', async () => {
    const few = await load('text', { window: 8, testShare: 0 }, counting);
    expect(array(few.train, 'x').shape[0]).toBe(counting.length - 8);
    const many = await load('text', { window: 32, testShare: 0 }, counting.repeat(50));
    const count = array(many.train, 'x').shape[0] ?? 0;
    expect(count).toBeGreaterThan(2000);
    expect(count).toBeLessThanOrEqual(4096);
    expect(many.overlap).toBe(Math.floor(32 / Math.ceil((50 * counting.length) / 4096)));
  });

  test('characters: the most frequent ones have a token each, the rest share token 0', async () => {
    const loaded = await load('text', { vocabulary: 4, window: 3, testShare: 0 }, `${'猫'.repeat(29)}${'b'.repeat(5)}${'😀'.repeat(3)}c`);
    const coding = codingOf(loaded);
    if (coding.kind !== 'characters') throw new Error('these are no characters');
    expect(coding.characters).toEqual(['\uFFFD', 'b', '猫', '😀']);
    const { encode, decode } = tokenizerOf(coding);
    expect([...encode('猫c😀')]).toEqual([2, 0, 3]);
    expect(decode([2, 0, 3, 99, -1])).toBe('猫\uFFFD😀');
  });

  test('lines may end as on any system, and line breaks have a name that is seen', async () => {
    const loaded = await load('text', { window: 4, testShare: 0 }, 'ab\r\ncd\r\nef\r\n');
    expect(tokenizerOf(codingOf(loaded)).decode(rowsOf(array(loaded.train, 'x'))[0] ?? [])).toBe('ab\nc');
    expect(loaded.classNames).toContain('⏎');
  });

  test('a long text is encoded in parts, which gives the same tokens as the whole', async () => {
    const long = FABLES.repeat(4);
    const loaded = await load('text', { tokens: 'byte-pairs', vocabulary: 400, window: 1, stride: 1, testShare: 0 }, long);
    expect(long.length).toBeGreaterThan(2 * (1 << 15));
    const whole = tokenizerOf(codingOf(loaded)).encode(long);
    expect(array(loaded.train, 'x').data).toEqual(whole.slice(0, -1));
  });

  test('byte pairs are learnt from the training part alone', async () => {
    const half = 'spring and summer '.repeat(60), other = 'zyx zyx zyx zyx '.repeat(60);
    const [short, long] = [await load('text', { tokens: 'byte-pairs', vocabulary: 320, window: 4, testShare: 0 }, half), await load('text', { tokens: 'byte-pairs', vocabulary: 320, window: 4, testShare: other.length / (half.length + other.length) }, half + other)];
    expect(codingOf(long)).toEqual(codingOf(short));
    const again = await load('text', { tokens: 'byte-pairs', vocabulary: 320, window: 4, testShare: 0 }, half);
    expect(again).toEqual(short);
  });

  test('what is wrong is told with its numbers', async () => {
    await expect(load('text', { window: 200 }, 'too short')).rejects.toThrow(/training part of the text has 8 tokens, but one window takes 201/);
    await expect(load('text', { window: 20, testShare: 0.05 }, 'x'.repeat(100))).rejects.toThrow(/test part of the text has 5 tokens, but one window takes 21.*larger share/);
    await expect(load('text', {}, Uint8Array.of(0x61, 0xff, 0x62))).rejects.toThrow(/story\.txt is no text in UTF-8/);
    await expect(load('text', { path: '/nowhere.txt' })).rejects.toThrow(/text \/nowhere\.txt cannot be read/);
    await expect(load('text', { window: 8192, stride: 1 }, 'ab '.repeat(10_000))).rejects.toThrow(/at most 134217728 are possible\. Take a step of \d+/);
    await expect(load('text', { vocabulary: 11, window: 2 }, counting.replaceAll(' ', '-x'))).rejects.toThrow(/has 12 different characters; a vocabulary with room for 10 of them leaves \d+ % .* Set "vocabulary" to 14/);
    expect(() => dataset('text')?.describe({ tokens: 'byte-pairs', vocabulary: 256 })).toThrow(/vocabulary of 256 is too small.*at least 257/);
    expect(() => dataset('masked-text')?.describe({ tokens: 'byte-pairs', vocabulary: 257 })).toThrow(/vocabulary of 257 is too small.*at least 258/);
  });
});

describe('masked tokens', () => {
  const params = { window: 40, stride: 11, testShare: 0.1 };

  test('where nothing is asked all is as it was; what is asked for is the text', async () => {
    const { train } = await load('masked-text', params);
    const plain = rowsOf(array((await load('text', { ...params, vocabulary: 63, testShare: 0.1 })).train, 'x'));
    const x = rowsOf(array(train, 'x')), y = rowsOf(array(train, 'y'));
    const restored = x.map((row, i) => row.map((token, t) => (y[i]?.[t] === -100 ? token : y[i]?.[t])));
    expect(restored).toEqual(plain);
    // 15 % of 40 places, none twice.
    for (const row of y) expect(row.filter((token) => token !== -100)).toHaveLength(6);
  });

  test('80 % show the mask, 10 % what was there, 10 % anything', async () => {
    const { train, tokens } = await load('masked-text', { ...params, stride: 8 });
    const x = array(train, 'x').data, y = array(train, 'y').data;
    const asked = Array.from(y, (token, at) => ({ token, shown: x[at] })).filter(({ token }) => token !== -100);
    const share = (keep: (each: { token: number; shown: number | undefined }) => boolean): number => asked.filter(keep).length / asked.length;
    expect(asked.length).toBeGreaterThan(15_000);
    expect(share(({ shown }) => shown === 63)).toBeCloseTo(0.8, 1.7);
    // A random token is sometimes the right one.
    expect(share(({ token, shown }) => shown === token)).toBeCloseTo(0.1 + 0.1 / 54, 1.7);
    expect(new Set(asked.map(({ shown }) => shown)).size).toBeGreaterThan(50);
    // Every place of the window is asked for about equally often.
    const byPlace = new Int32Array(40);
    y.forEach((token, at) => { if (token !== -100) byPlace[at % 40] = (byPlace[at % 40] ?? 0) + 1; });
    expect(Math.max(...byPlace) / Math.min(...byPlace)).toBeLessThan(1.4);
    const coding = tokens?.['x'];
    if (coding === undefined) throw new Error('the tokens have no coding');
    expect(tokenizerOf(coding).names[63]).toBe(MASK_NAME);
    expect(tokenizerOf(coding).decode([63])).toBe('');
  });

  test('each epoch asks for other places, the same each time; the seed and "fresh" decide', async () => {
    const set = dataset('masked-text');
    const at = (epoch: number, seed: number, fresh = true) => set?.refresh?.({ ...params, fresh }, { platform: memoryPlatform(), seed }, epoch);
    const first = (await load('masked-text', params, undefined, 3)).train;
    expect(await at(0, 3)).toEqual(first);
    expect(await at(2, 3)).toEqual(await at(2, 3));
    expect(array(await at(2, 3), 'x').data).not.toEqual(array(first, 'x').data);
    expect(array(await at(0, 4), 'x').data).not.toEqual(array(first, 'x').data);
    expect(await at(2, 3, false)).toEqual(first);
  });

  test('a window of one token is asked for it', async () => {
    const { train } = await load('masked-text', { window: 1, testShare: 0 }, 'abc'.repeat(20));
    expect(array(train, 'y').data.every((token) => token >= 0)).toBe(true);
    expect(array(train, 'x').shape).toEqual([60, 1]);
  });

  test('byte pairs leave the last token to the mask', async () => {
    const loaded = await load('masked-text', { ...params, tokens: 'byte-pairs', vocabulary: 300 });
    const coding = codingOf(loaded);
    expect(coding).toMatchObject({ kind: 'byte-pairs', vocabulary: 300, mask: 299 });
    expect(coding.kind === 'byte-pairs' && coding.merges.length).toBe(43);
    expect(array(loaded.train, 'y').data.includes(299)).toBe(false);
    expect(array(loaded.train, 'x').data.includes(299)).toBe(true);
  });
});

test('words: unknown ones are named', () => {
  const { encode, decode } = tokenizerOf({ kind: 'words', words: ['', 'a', 'red', 'ring'] });
  expect([...encode('a  red ring ')]).toEqual([1, 2, 3]);
  expect(decode([1, 2, 3, 0, 0])).toBe('a red ring');
  expect(() => encode('a blue ring')).toThrow(/The word 'blue' is not in the vocabulary: a, red, ring/);
});
