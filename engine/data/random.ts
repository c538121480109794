/**
 * Random numbers for generated data: small, fast, and a function of their keys alone, so that sample
 * i of epoch e is the same however many are made and in whatever order.
 */

/** murmur3's finalizer: every bit of the result depends on every bit of `x`. */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A stream of numbers named by its keys (seed, split, epoch, index, …), all taken as 32-bit integers. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(...keys: readonly number[]) {
    let state = 0x9e3779b9;
    for (const key of keys) state = mix(mix(key | 0) + Math.imul(state, 5) + 0x7f4a7c15);
    this.#a = mix(state + 1);
    this.#b = mix(state + 2);
    this.#c = mix(state + 3);
    // The generator needs some rounds before nearby seeds stop giving nearby numbers.
    for (let i = 0; i < 8; i++) this.bits();
  }

  /** 32 random bits: Chris Doty-Humphrey's sfc32 (PractRand, 2010). */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.bits() * 2 ** -32);
  }

  /** Normal, by Box and Muller (1958). */
  normal(mean = 0, std = 1): number {
    const radius = Math.sqrt(-2 * Math.log((this.bits() + 1) * 2 ** -32));
    return mean + std * radius * Math.cos(2 * Math.PI * this.bits() * 2 ** -32);
  }

  /** A whole number in 0 … n − 1. */
  below(n: number): number {
    return Math.floor(this.bits() * 2 ** -32 * n);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }
}

/** The numbers 0 … n − 1 in random order (Fisher and Yates). */
export function permutation(n: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const held = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = held;
  }
  return order;
}
