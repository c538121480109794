/**
 * The counter-based random generator: element i of a draw is a pure function of (seed, step, stream, i),
 * so that any thread on any backend gets the same bits in any order. Two rounds of murmur3's 32-bit
 * finalizer (Appleby, MurmurHash3, 2011) keyed by the first three; all arithmetic wraps at 32 bits.
 */
import type { Distribution } from './ir.ts';

/** The finalizer of murmur3: a bijection of 32-bit numbers in which each input bit moves each output bit. */
export function mix(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** What (seed, step, stream) come down to; the same for all elements of a draw. */
export interface RandomKeys {
  readonly k0: number;
  readonly k1: number;
}

export function randomKeys(seed: number, step: number, stream: number): RandomKeys {
  const k0 = mix(seed ^ mix((stream + 0x9e3779b9) | 0));
  const k1 = mix(k0 ^ mix((step + 0x7f4a7c15) | 0));
  return { k0, k1 };
}

/** 32 random bits as a signed number. `index` wraps at 32 bits. */
export const randomBits = (keys: RandomKeys, index: number): number => mix((mix(index ^ keys.k1) + keys.k0) | 0);

/** A step of the 24 bits that a float32 holds exactly in [0, 1). */
const UNIT = 2 ** -24;

/** In [0, 1), a multiple of 2^-24: exact in float32, so equal on every backend. */
export const randomUniform = (keys: RandomKeys, index: number): number => (randomBits(keys, index) >>> 8) * UNIT;

/** Standard normal by Box & Muller (1958), in float64; backends agree to float32 rounding. The logarithm's argument is in (0, 1]. */
export function randomNormal(keys: RandomKeys, index: number): number {
  const u1 = ((randomBits(keys, 2 * index) >>> 8) + 1) * UNIT;
  const u2 = randomUniform(keys, 2 * index + 1);
  return Math.sqrt(-2 * Math.log(u1)) * Math.cos(2 * Math.PI * u2);
}

/** `count` numbers, elements 0, 1, … of the draw (seed, step, stream). */
export function drawRandom(distribution: Distribution, count: number, seed: number, step: number, stream: number): Float64Array {
  const keys = randomKeys(seed, step, stream);
  const draw = distribution === 'uniform' ? randomUniform : randomNormal;
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) out[i] = draw(keys, i);
  return out;
}
