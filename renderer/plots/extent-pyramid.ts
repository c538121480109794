/**
 * Smallest and largest value of any stretch of a series in a few dozen steps, however long it is: blocks
 * of eight, blocks of eight blocks, and so on. It grows with the series, so a million points cost no more
 * to look at than a thousand.
 */

/** What a plot needs of a series. x is strictly increasing. */
export interface Numbers {
  readonly length: number;
  readonly x: Float64Array;
  readonly y: Float32Array;
  /** Changes when the end was cut off. */
  readonly rewinds: number;
}

const BLOCK = 8;

interface Level {
  min: Float32Array;
  max: Float32Array;
  /** Whole blocks. */
  length: number;
}

export class ExtentPyramid {
  readonly #source: Numbers;
  #levels: Level[] = [];
  #rewinds: number;
  /** Of the last `measure`; min > max when there was no number in it. */
  min = Infinity;
  max = -Infinity;

  constructor(source: Numbers) {
    this.#source = source;
    this.#rewinds = source.rewinds;
  }

  /** Takes in what the series has gained. */
  update(): void {
    if (this.#rewinds !== this.#source.rewinds) {
      this.#rewinds = this.#source.rewinds;
      this.#levels = [];
    }
    let { y: min, length } = this.#source;
    let max = min;
    for (let i = 0; length >= BLOCK; i++) {
      const level = (this.#levels[i] ??= { min: new Float32Array(64), max: new Float32Array(64), length: 0 });
      this.#extend(level, min, max, Math.floor(length / BLOCK));
      ({ min, max, length } = level);
    }
  }

  #extend(level: Level, min: Float32Array, max: Float32Array, length: number): void {
    if (length > level.min.length) {
      const capacity = Math.max(length, level.min.length * 2);
      level.min = enlarged(level.min, capacity);
      level.max = enlarged(level.max, capacity);
    }
    for (let block = level.length; block < length; block++) {
      let low = Infinity;
      let high = -Infinity;
      for (let i = block * BLOCK; i < (block + 1) * BLOCK; i++) {
        if (min[i]! < low) low = min[i]!;
        if (max[i]! > high) high = max[i]!;
      }
      level.min[block] = low;
      level.max[block] = high;
    }
    level.length = length;
  }

  /** Of the samples from index `from` up to, but without, `to`; the result is in `min` and `max`. Numbers that are none do not count. */
  measure(from: number, to: number): void {
    this.min = Infinity;
    this.max = -Infinity;
    let min = this.#source.y;
    let max = min;
    for (let i = 0; ; i++) {
      const level = this.#levels[i];
      const first = Math.ceil(from / BLOCK);
      const end = level === undefined ? 0 : Math.min(Math.floor(to / BLOCK), level.length);
      if (level === undefined || end <= first) return this.#scan(min, max, from, to);
      this.#scan(min, max, from, first * BLOCK);
      this.#scan(min, max, end * BLOCK, to);
      from = first;
      to = end;
      ({ min, max } = level);
    }
  }

  #scan(min: Float32Array, max: Float32Array, from: number, to: number): void {
    let low = this.min;
    let high = this.max;
    for (let i = from; i < to; i++) {
      if (min[i]! < low) low = min[i]!;
      if (max[i]! > high) high = max[i]!;
    }
    this.min = low;
    this.max = high;
  }
}

function enlarged(array: Float32Array, capacity: number): Float32Array<ArrayBuffer> {
  const next = new Float32Array(capacity);
  next.set(array);
  return next;
}
