/**
 * A series averaged exponentially over its past. The average begins at nothing, so it is divided by the
 * weight that it has gathered so far (the correction of Kingma & Ba 2015, section 3): the first points
 * are no lower than the rest.
 */
import type { Numbers } from './extent-pyramid.ts';

export class Smoothed implements Numbers {
  readonly #source: Numbers;
  /** Share of the past in each point, 0 to below 1. */
  readonly weight: number;
  #y = new Float32Array(1024);
  #length = 0;
  #sourceRewinds: number;
  rewinds = 0;
  #average = 0;
  /** weight ** points so far. */
  #rest = 1;

  constructor(source: Numbers, weight: number) {
    this.#source = source;
    this.weight = weight;
    this.#sourceRewinds = source.rewinds;
  }

  get length(): number { return this.#length; }
  get x(): Float64Array { return this.#source.x; }
  get y(): Float32Array { return this.#y; }

  /** Takes in what the series has gained. */
  update(): void {
    const { y, length, rewinds } = this.#source;
    if (rewinds !== this.#sourceRewinds) {
      this.#sourceRewinds = rewinds;
      this.#length = 0;
      this.#average = 0;
      this.#rest = 1;
      this.rewinds += 1;
    }
    if (length > this.#y.length) {
      const grown = new Float32Array(Math.max(length, this.#y.length * 2));
      grown.set(this.#y);
      this.#y = grown;
    }
    for (let i = this.#length; i < length; i++) {
      const value = y[i]!;
      if (Number.isFinite(value)) {
        this.#average = this.weight * this.#average + (1 - this.weight) * value;
        this.#rest *= this.weight;
      }
      this.#y[i] = this.#rest < 1 ? this.#average / (1 - this.#rest) : value;
    }
    this.#length = length;
  }
}
