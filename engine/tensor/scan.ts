/**
 * The inside of a `scan`: what one step of a recurrence computes. It is a small graph of its own, built once
 * however many steps there are; its leaves stand for what a step is given.
 */
import { type Value, isOp } from './ir.ts';

/** What one step is given, as leaves (`input`) of the body's graph. */
export interface ScanStep {
  /** One time's part of each sequence. */
  readonly slices: readonly Value[];
  /** What the step before left; at the first step, the initial values. */
  readonly carries: readonly Value[];
  /** The same at every step: weights. */
  readonly constants: readonly Value[];
}

/**
 * One of the tensors that a scan gives.
 * - `stack`: a carry at all times, [steps + 1, …]: after step t at t + 1, and at 0 its initial value.
 *   In a reversed scan the initial value is behind: after the step at time t it lies at t.
 * - `last`: a carry after the last step.
 * - `each`: any value of the body at every time, [steps, …].
 */
export type ScanResult =
  | { readonly kind: 'stack' | 'last'; readonly carry: number }
  | { readonly kind: 'each'; readonly value: Value };

/** Ask for a result; asking again gives the same value, and what nobody asks for is not kept. */
export interface ScanResults {
  stack(carry: number): Value;
  last(carry: number): Value;
  each(value: Value): Value;
}

let bodies = 0;

export class ScanBody implements ScanStep {
  readonly slices: readonly Value[];
  readonly carries: readonly Value[];
  readonly constants: readonly Value[];
  /** What the next step is given as carries. */
  readonly next: readonly Value[];
  readonly #id = bodies++;

  /** Throws a RangeError where the next carries are not of the shapes and types of the present ones, or the body holds what a step cannot have. */
  constructor({ slices, carries, constants }: ScanStep, next: readonly Value[]) {
    this.slices = slices;
    this.carries = carries;
    this.constants = constants;
    this.next = next;
    if (next.length !== carries.length) throw new RangeError(`a scan carries ${carries.length} values, its body gives ${next.length}`);
    carries.forEach((carry, i) => {
      const after = next[i];
      if (after === undefined || after.dtype !== carry.dtype || after.shape.join() !== carry.shape.join()) throw new RangeError(`carry ${i} of a scan is ${carry.dtype}[${carry.shape.join(', ')}] before a step and ${after?.dtype ?? ''}[${after?.shape.join(', ') ?? ''}] after it`);
    });
    const given = new Set<Value>([...slices, ...carries, ...constants]);
    for (const value of this.values()) {
      // A draw depends on the step of the training alone: it would repeat itself at every step of the scan.
      const isStrange = isOp(value, 'state') || isOp(value, 'random') || isOp(value, 'scan') || (isOp(value, 'input') && !given.has(value));
      if (isStrange) throw new RangeError(`the body of a scan cannot hold '${value.op}'; hand in what is made outside as a slice or a constant`);
    }
  }

  /** Everything that the next carries, and `further` values of the body, are computed from; in topological order. */
  values(further: readonly Value[] = []): Value[] {
    const seen = new Set<Value>();
    const stack = [...this.next, ...further];
    for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
      if (seen.has(value)) continue;
      seen.add(value);
      stack.push(...value.inputs);
    }
    return [...seen].sort((a, b) => a.id - b.id);
  }

  /** For the interning of values: bodies are the same only if they are one object. */
  toJSON(): string {
    return `body ${this.#id}`;
  }
}
