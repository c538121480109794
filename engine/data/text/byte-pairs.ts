/**
 * Byte-pair encoding (Sennrich, Haddow & Birch, Neural Machine Translation of Rare Words with Subword
 * Units, 2016) over bytes, as Radford et al., 2019, use it: tokens 0 … 255 are the bytes themselves, so
 * that every text has tokens and comes back from them whole. A pair of neighbours that is frequent
 * becomes a token of its own; pairs never reach over the border of a piece (a word with its space).
 */
import { breathe } from '../breathe.ts';
import { PairHeap } from './pair-heap.ts';

/** Token 256 + i stands for the two tokens of entry i. */
export type Merges = readonly (readonly [left: number, right: number])[];

export const BYTE_TOKENS = 256;
/** A pair of tokens is kept as one number. */
const KEY = 2 ** 20;
/** A pair that comes once only teaches nothing. */
const LEAST_COUNT = 2;

/** Letters (and all that is not ASCII), digits, white space, everything else. */
function byteKind(byte: number): 'letter' | 'digit' | 'space' | 'sign' {
  if (byte >= 0x80 || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)) return 'letter';
  if (byte >= 0x30 && byte <= 0x39) return 'digit';
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) ? 'space' : 'sign';
}
const SPACE = 0x20;

/** Where the pieces end: runs of one kind; the blank before a run that is no white space belongs to it. */
function pieceEnds(bytes: Uint8Array): number[] {
  const ends: number[] = [];
  for (let start = 0; start < bytes.length;) {
    let end = start + 1;
    const isBlank = bytes[start] === SPACE && end < bytes.length && byteKind(bytes[end] ?? 0) !== 'space';
    const kind = byteKind(bytes[isBlank ? end++ : start] ?? 0);
    while (end < bytes.length && byteKind(bytes[end] ?? 0) === kind) end++;
    // The last blank of several goes to what follows.
    if (kind === 'space' && end < bytes.length && end - start > 1 && bytes[end - 1] === SPACE) end--;
    ends.push(end);
    start = end;
  }
  return ends;
}

/** A key for a piece: one character per byte. */
function latin1(bytes: Uint8Array, start: number, end: number): string {
  let key = '';
  for (let i = start; i < end; i++) key += String.fromCharCode(bytes[i] ?? 0);
  return key;
}

/**
 * The merges that make a vocabulary of at most `vocabulary` tokens from `text`. The most frequent pair goes
 * first; of equally frequent ones that with the smaller left token, then the smaller right one.
 */
export async function trainBytePairs(text: Uint8Array, vocabulary: number): Promise<Merges> {
  const counts = new Map<string, number>();
  let start = 0;
  for (const end of pieceEnds(text)) {
    const piece = latin1(text, start, end);
    counts.set(piece, (counts.get(piece) ?? 0) + 1);
    start = end;
  }
  const corpus = new Corpus(counts);
  const merges: (readonly [number, number])[] = [];
  while (BYTE_TOKENS + merges.length < vocabulary) {
    const pair = corpus.mostFrequent();
    if (pair === undefined) break;
    corpus.merge(pair, BYTE_TOKENS + merges.length);
    merges.push([Math.floor(pair / KEY), pair % KEY]);
    await breathe();
  }
  return merges;
}

/** Each different piece once, as a chain of tokens; what pairs there are, how often, and where. */
class Corpus {
  /** -1 where a token has gone into the one before it. */
  readonly #tokens: Int32Array;
  readonly #before: Int32Array;
  readonly #after: Int32Array;
  /** How often the piece occurs that holds this place. */
  readonly #weight: Float64Array;
  readonly #counts = new Map<number, number>();
  /** Where a pair begins, or began: a place counts only while the pair is still there. */
  readonly #places = new Map<number, number[]>();
  readonly #heap = new PairHeap();

  constructor(pieces: ReadonlyMap<string, number>) {
    let length = 0;
    for (const piece of pieces.keys()) length += piece.length;
    this.#tokens = new Int32Array(length);
    this.#before = new Int32Array(length).fill(-1);
    this.#after = new Int32Array(length).fill(-1);
    this.#weight = new Float64Array(length);
    let at = 0;
    for (const [piece, weight] of pieces) {
      for (let i = 0; i < piece.length; i++, at++) {
        this.#tokens[at] = piece.charCodeAt(i);
        this.#weight[at] = weight;
        if (i === 0) continue;
        this.#before[at] = at - 1;
        this.#after[at - 1] = at;
        this.#add(at - 1);
      }
    }
    for (const [pair, count] of this.#counts) this.#heap.push(-count, pair);
  }

  mostFrequent(): number | undefined {
    for (let popped = this.#heap.pop(); popped !== undefined; popped = this.#heap.pop()) {
      const [least, pair] = popped;
      const count = this.#counts.get(pair) ?? 0;
      if (count < LEAST_COUNT) continue;
      if (count === -least) return pair;
      // It has become rarer since it was put there; more frequent it was told at once.
      if (count < -least) this.#heap.push(-count, pair);
    }
    return undefined;
  }

  merge(pair: number, token: number): void {
    const places = (this.#places.get(pair) ?? []).sort((a, b) => a - b);
    this.#places.delete(pair);
    const grown = new Set<number>();
    for (const at of places) {
      const next = this.#after[at] ?? -1;
      if (next < 0 || this.#pairAt(at) !== pair) continue;
      const before = this.#before[at] ?? -1, behind = this.#after[next] ?? -1;
      if (before >= 0) this.#remove(before);
      if (behind >= 0) this.#remove(next);
      this.#tokens[at] = token;
      this.#tokens[next] = -1;
      this.#after[at] = behind;
      this.#after[next] = -1;
      if (behind >= 0) this.#before[behind] = at;
      if (before >= 0) grown.add(this.#add(before));
      if (behind >= 0) grown.add(this.#add(at));
    }
    this.#counts.delete(pair);
    for (const each of grown) this.#heap.push(-(this.#counts.get(each) ?? 0), each);
  }

  #pairAt(at: number): number {
    return (this.#tokens[at] ?? 0) * KEY + (this.#tokens[this.#after[at] ?? 0] ?? 0);
  }

  #add(at: number): number {
    const pair = this.#pairAt(at);
    this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + (this.#weight[at] ?? 0));
    const places = this.#places.get(pair);
    if (places === undefined) this.#places.set(pair, [at]);
    else places.push(at);
    return pair;
  }

  #remove(at: number): void {
    const pair = this.#pairAt(at);
    this.#counts.set(pair, (this.#counts.get(pair) ?? 0) - (this.#weight[at] ?? 0));
  }
}

/** Bytes to tokens and back, by given merges. */
export class BytePairs {
  readonly merges: Merges;
  /** The bytes that each token stands for. */
  readonly #bytes: readonly Uint8Array[];
  readonly #ranks: ReadonlyMap<number, number>;
  /** Pieces come again and again. */
  readonly #known = new Map<string, Int32Array>();

  /** Throws RangeError where a merge names a token that does not exist before it. */
  constructor(merges: Merges) {
    this.merges = merges;
    const bytes = Array.from({ length: BYTE_TOKENS }, (_, byte) => Uint8Array.of(byte));
    const ranks = new Map<number, number>();
    for (const [rank, [left, right]] of merges.entries()) {
      const [first, second] = [bytes[left], bytes[right]];
      if (first === undefined || second === undefined) throw new RangeError(`merge ${rank} joins the tokens ${left} and ${right}, but only 0 to ${bytes.length - 1} exist before it`);
      const joined = new Uint8Array(first.length + second.length);
      joined.set(first);
      joined.set(second, first.length);
      bytes.push(joined);
      ranks.set(left * KEY + right, rank);
    }
    this.#bytes = bytes;
    this.#ranks = ranks;
  }

  /** How many tokens there are. */
  get size(): number {
    return this.#bytes.length;
  }

  /** The bytes of one token; none for a number that is no token. */
  bytesOf(token: number): Uint8Array {
    return this.#bytes[token] ?? new Uint8Array(0);
  }

  encode(bytes: Uint8Array): Int32Array {
    const pieces: Int32Array[] = [];
    let length = 0, start = 0;
    for (const end of pieceEnds(bytes)) {
      const key = latin1(bytes, start, end);
      let tokens = this.#known.get(key);
      if (tokens === undefined) this.#known.set(key, (tokens = this.#encodePiece(bytes.subarray(start, end))));
      pieces.push(tokens);
      length += tokens.length;
      start = end;
    }
    const all = new Int32Array(length);
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  decode(tokens: ArrayLike<number>): Uint8Array {
    let length = 0;
    for (let i = 0; i < tokens.length; i++) length += this.bytesOf(tokens[i] ?? -1).length;
    const all = new Uint8Array(length);
    let at = 0;
    for (let i = 0; i < tokens.length; i++) {
      const bytes = this.bytesOf(tokens[i] ?? -1);
      all.set(bytes, at);
      at += bytes.length;
    }
    return all;
  }

  /** The earliest merge that fits anywhere goes first, at its leftmost place: the order in which training made them. */
  #encodePiece(piece: Uint8Array): Int32Array {
    const tokens = Int32Array.from(piece);
    const after = Int32Array.from(piece, (_, i) => (i + 1 < piece.length ? i + 1 : -1));
    const before = Int32Array.from(piece, (_, i) => i - 1);
    const heap = new PairHeap();
    const offer = (at: number): void => {
      const next = after[at] ?? -1;
      const rank = next < 0 ? undefined : this.#ranks.get((tokens[at] ?? 0) * KEY + (tokens[next] ?? 0));
      if (rank !== undefined) heap.push(rank, at);
    };
    for (let at = 0; at + 1 < piece.length; at++) offer(at);
    for (let popped = heap.pop(); popped !== undefined; popped = heap.pop()) {
      const [rank, at] = popped;
      const next = after[at] ?? -1;
      // Meanwhile one of the two may have gone into another token.
      if (next < 0 || this.#ranks.get((tokens[at] ?? 0) * KEY + (tokens[next] ?? 0)) !== rank) continue;
      tokens[at] = BYTE_TOKENS + rank;
      tokens[next] = -1;
      const behind = after[next] ?? -1;
      after[at] = behind;
      after[next] = -1;
      if (behind >= 0) before[behind] = at;
      const previous = before[at] ?? -1;
      if (previous >= 0) offer(previous);
      offer(at);
    }
    return tokens.filter((token) => token >= 0);
  }
}
