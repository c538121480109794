/** Byte-pair encoding: against merges counted by hand, against a plain trainer, and back to the same bytes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BytePairs, BYTE_TOKENS, type Merges, trainBytePairs } from '../../engine/data/text/byte-pairs.ts';
import { FABLES } from '../../engine/data/text/fables.ts';
import { PairHeap } from '../../engine/data/text/pair-heap.ts';
import { tokenizerOf } from '../../engine/data/text/token-coding.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const codes = (...merges: readonly (readonly [string | number, string | number])[]): Merges =>
  merges.map(([left, right]) => [left, right].map((each) => (typeof each === 'string' ? each.charCodeAt(0) : each)) as [number, number]);

describe('training', () => {
  // aa 4, ab 2 -> Z = aa: Z a b d Z a b a c; ab and Za have 2, ab has the smaller left token -> Y = ab;
  // Z Y d Z Y a c -> X = ZY; X d X a c has each pair once.
  test('by hand: one word', async () => {
    const merges = await trainBytePairs(bytesOf('aaabdaaabac'), 1000);
    expect(merges).toEqual(codes(['a', 'a'], ['a', 'b'], [256, 257]));
    expect([...new BytePairs(merges).encode(bytesOf('aaabdaaabac'))]).toEqual([258, 100, 258, 97, 99]);
  });

  // The words of Sennrich et al. with their counts: "low" 1 and " low" 4, " lower" 2, " newest" 6, " widest" 3.
  // es 9 (st has 9 too, but a larger left token), est 9, lo 7 (ow 7), low 7, then of those with 6 ( n, ew, w-est,  low, ne):
  // " n", " low", ew, " n"+ew, " new"+est.
  test('by hand: words with counts', async () => {
    const text = ['low', ...Array.from({ length: 4 }, () => 'low'), ...Array.from({ length: 2 }, () => 'lower'), ...Array.from({ length: 6 }, () => 'newest'), ...Array.from({ length: 3 }, () => 'widest')].join(' ');
    expect(await trainBytePairs(bytesOf(text), 256 + 9)).toEqual(codes(['e', 's'], [256, 't'], ['l', 'o'], [258, 'w'], [' ', 'n'], [' ', 259], ['e', 'w'], [260, 262], [263, 257]));
  });

  test('the vocabulary is a limit, and ends where no pair comes twice', async () => {
    expect(await trainBytePairs(bytesOf(FABLES), 300)).toHaveLength(44);
    expect((await trainBytePairs(bytesOf(FABLES), 512)).slice(0, 44)).toEqual(await trainBytePairs(bytesOf(FABLES), 300));
    expect(await trainBytePairs(bytesOf('abcdefg'), 1000)).toEqual([]);
    expect(await trainBytePairs(new Uint8Array(0), 1000)).toEqual([]);
    expect(await trainBytePairs(bytesOf('abab'), 256)).toEqual([]);
  });

  /** Counts anew for each merge, over one piece. */
  function plainMerges(text: string, count: number): Merges {
    let tokens = [...bytesOf(text)];
    const merges: [number, number][] = [];
    while (merges.length < count) {
      const counts = new Map<string, { pair: [number, number]; count: number }>();
      for (let i = 0; i + 1 < tokens.length; i++) {
        const pair: [number, number] = [tokens[i] ?? 0, tokens[i + 1] ?? 0];
        const entry = counts.get(pair.join()) ?? { pair, count: 0 };
        entry.count++;
        counts.set(pair.join(), entry);
      }
      const [best] = [...counts.values()].sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
      if (best === undefined || best.count < 2) break;
      tokens = mergedOnce(tokens, best.pair, BYTE_TOKENS + merges.length);
      merges.push(best.pair);
    }
    return merges;
  }
  function mergedOnce(tokens: readonly number[], [left, right]: readonly [number, number], token: number): number[] {
    const merged: number[] = [];
    for (let i = 0; i < tokens.length; i++) {
      if (tokens[i] === left && tokens[i + 1] === right) {
        merged.push(token);
        i++;
      } else merged.push(tokens[i] ?? 0);
    }
    return merged;
  }
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 0, maxLength: 60 });

  test('the same merges as by counting anew each time, and the same tokens as by merging one after the other', async () => {
    await fc.assert(fc.asyncProperty(word, word, async (text, other) => {
      const merges = plainMerges(text, 20);
      expect(await trainBytePairs(bytesOf(text), BYTE_TOKENS + 20)).toEqual(merges);
      for (const each of [text, other]) {
        const plain = merges.reduce<number[]>((tokens, pair, rank) => mergedOnce(tokens, pair, BYTE_TOKENS + rank), [...bytesOf(each)]);
        expect([...new BytePairs(merges).encode(bytesOf(each))]).toEqual(plain);
      }
    }), { numRuns: 300 });
  });
});

describe('there and back', async () => {
  const pairs = new BytePairs(await trainBytePairs(bytesOf(FABLES), 600));
  const chinese = '从前有一只狐狸，住在树林边上。';
  const tokenizer = tokenizerOf({ kind: 'byte-pairs', merges: await trainBytePairs(bytesOf(FABLES + chinese.repeat(60)), 600), vocabulary: 600 });

  test('any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(pairs.decode(pairs.encode(bytes))).toEqual(new Uint8Array(bytes));
    }));
  });

  test('any text, whatever its script, its signs and its blanks', () => {
    // Half a surrogate pair is no text.
    const character = fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }), fc.constantFrom(0x20, 0x0a, 0xfeff));
    fc.assert(fc.property(fc.array(character, { maxLength: 200 }), (codePoints) => {
      const text = String.fromCodePoint(...codePoints);
      expect(tokenizer.decode(tokenizer.encode(text)) === text).toBe(true);
    }));
    for (const text of [FABLES, chinese, '  two  blanks \n\n\tand a tab ', 'été — naïve 😀🏳️‍🌈 \uFEFF', '', ' ', '\n', '12,345.67']) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  test('what was learnt is short: a known sentence takes few tokens, an unknown one its bytes', () => {
    expect(tokenizer.encode(chinese).length).toBeLessThan(4);
    expect(tokenizer.encode('Once there was a fox who lived').length).toBeLessThan(9);
    expect([...pairs.encode(bytesOf('猫'))]).toEqual([...bytesOf('猫')]);
  });

  test('names show what cannot be seen', () => {
    const fox = tokenizer.encode(' fox')[0] ?? 0;
    expect(tokenizer.names[fox]).toBe('␣fox');
    expect(tokenizer.names[0x0a]).toBe('⏎');
    expect(tokenizer.names[0xe4]).toBe('<e4>');
    expect(tokenizer.size).toBe(600);
  });

  test('a long piece without a border is no trouble', async () => {
    const long = bytesOf('ab'.repeat(10_000));
    const merges = await trainBytePairs(long, 300);
    expect(new BytePairs(merges).decode(new BytePairs(merges).encode(long))).toEqual(long);
    expect(new BytePairs(merges).encode(long).length).toBeLessThan(20);
  });

  test('merges of tokens that do not exist yet are refused', () => {
    expect(() => new BytePairs([[97, 257]])).toThrow(/merge 0 joins the tokens 97 and 257, but only 0 to 255 exist/);
  });
});

test('the heap gives its pairs in order', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: 0, max: 5 })), { maxLength: 60 }), (entries) => {
    const heap = new PairHeap();
    for (const [first, second] of entries) heap.push(first, second);
    expect(heap.size).toBe(entries.length);
    expect(entries.map(() => heap.pop())).toEqual([...entries].sort((a, b) => a[0] - b[0] || a[1] - b[1]));
    expect(heap.pop()).toBeUndefined();
  }));
});
