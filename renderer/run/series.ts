/**
 * Numbers of a run over its steps, in typed arrays that grow by doubling. They stay outside of React:
 * a run may have a million steps, and plots read them at the screen's pace.
 */
import type { MetricValues, RunEvent } from '../../engine/protocol.ts';

export type SeriesSplit = 'train' | 'validation' | 'test';

/** x is strictly increasing. */
export interface Series {
  /** `loss`, `accuracy`, …; one of a metric's names. */
  readonly name: string;
  readonly split: SeriesSplit;
  /** By step (every step of training) or by epoch (at the epoch's last step). */
  readonly per: 'step' | 'epoch';
  readonly length: number;
  /** Valid up to `length`; may be replaced when it grows, so do not keep it. */
  readonly x: Float64Array;
  readonly y: Float32Array;
  /** How often its end was cut off, because a run went on from an earlier checkpoint: whatever was derived from it starts anew then. */
  readonly rewinds: number;
}
export interface RunSeries {
  readonly all: readonly Series[];
  /** By step: the learning rate; of several optimizers each one's, by the name `learning-rate <node>`. */
  readonly learningRates: readonly Series[];
  /** Step at which each epoch ended. */
  readonly epochEnds: readonly number[];
}

/** The name of the series that hold rates; of several optimizers with the node's id behind it. */
export const LEARNING_RATE = 'learning-rate';

/** A short run fits without growing. */
const FIRST_CAPACITY = 1024;

/** Index of the first x that is at least `value`; `length` when there is none. */
export function lowerBound(x: Float64Array, length: number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (x[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class GrowingSeries implements Series {
  readonly name: string;
  readonly split: SeriesSplit;
  readonly per: 'step' | 'epoch';
  #x = new Float64Array(FIRST_CAPACITY);
  #y = new Float32Array(FIRST_CAPACITY);
  #length = 0;
  #rewinds = 0;

  constructor(name: string, split: SeriesSplit, per: 'step' | 'epoch') {
    this.name = name;
    this.split = split;
    this.per = per;
  }

  get length(): number { return this.#length; }
  get x(): Float64Array { return this.#x; }
  get y(): Float32Array { return this.#y; }
  get rewinds(): number { return this.#rewinds; }

  /** An x that is not past the last one cuts off what it contradicts. */
  append(x: number, y: number): void {
    if (this.#length > 0 && x <= this.#x[this.#length - 1]!) this.rewindTo(x);
    if (this.#length === this.#x.length) this.#grow();
    this.#x[this.#length] = x;
    this.#y[this.#length] = y;
    this.#length += 1;
  }

  /** Keeps only what lies before x. */
  rewindTo(x: number): void {
    const length = lowerBound(this.#x, this.#length, x);
    if (length === this.#length) return;
    this.#length = length;
    this.#rewinds += 1;
  }

  #grow(): void {
    const x = new Float64Array(this.#x.length * 2);
    const y = new Float32Array(this.#y.length * 2);
    x.set(this.#x);
    y.set(this.#y);
    this.#x = x;
    this.#y = y;
  }
}

/** The series of one run, fed by its events. */
export class RunNumbers implements RunSeries {
  readonly #byKey = new Map<string, GrowingSeries>();
  #all: readonly Series[] = [];
  readonly #rates = new Map<string, GrowingSeries>();
  #allRates: readonly Series[] = [];
  readonly #loss: GrowingSeries;
  #epochEnds: number[] = [];

  constructor() {
    this.#loss = this.#series('loss', 'train', 'step');
  }

  get all(): readonly Series[] { return this.#all; }
  get epochEnds(): readonly number[] { return this.#epochEnds; }

  /** True when it held a number. */
  feed(event: RunEvent): boolean {
    if (event.kind === 'step') {
      const last = this.#loss.length === 0 ? 0 : this.#loss.x[this.#loss.length - 1]!;
      if (event.step <= last) this.#rewindTo(event.step);
      this.#loss.append(event.step, event.loss);
      if (event.optimizers === undefined) this.#rate(LEARNING_RATE).append(event.step, event.learningRate);
      for (const [node, { loss, learningRate }] of Object.entries(event.optimizers ?? {})) {
        this.#rate(`${LEARNING_RATE} ${node}`).append(event.step, learningRate);
        this.#series(`${node}.loss`, 'train', 'step').append(event.step, loss);
      }
      return true;
    }
    if (event.kind === 'epoch') {
      while (this.#epochEnds.length > 0 && this.#epochEnds.at(-1)! >= event.step) this.#epochEnds.pop();
      this.#epochEnds.push(event.step);
      this.#take('train', event.step, event.train);
      this.#take('validation', event.step, event.validation);
      this.#take('test', event.step, event.test);
      return true;
    }
    return false;
  }

  get learningRates(): readonly Series[] { return this.#allRates; }
  #rate(name: string): GrowingSeries {
    let series = this.#rates.get(name);
    if (series === undefined) {
      this.#rates.set(name, (series = new GrowingSeries(name, 'train', 'step')));
      this.#allRates = [...this.#rates.values()];
    }
    return series;
  }

  #take(split: SeriesSplit, step: number, values: MetricValues | undefined): void {
    for (const [name, value] of Object.entries(values ?? {})) this.#series(name, split, 'epoch').append(step, value);
  }

  #series(name: string, split: SeriesSplit, per: 'step' | 'epoch'): GrowingSeries {
    const key = `${per}:${split}:${name}`;
    let series = this.#byKey.get(key);
    if (series === undefined) {
      series = new GrowingSeries(name, split, per);
      this.#byKey.set(key, series);
      this.#all = [...this.#byKey.values()];
    }
    return series;
  }

  /** The run is at `step` again: what was told of it and of later ones is done anew. */
  #rewindTo(step: number): void {
    for (const series of this.#byKey.values()) series.rewindTo(step);
    for (const series of this.#rates.values()) series.rewindTo(step);
    this.#epochEnds = this.#epochEnds.filter((end) => end < step);
  }
}
