/**
 * Loops over a kernel's axes. Every address and index form of the kernel is kept in a local and
 * moved along as its axes advance, so that the innermost loop only adds constants.
 */
import type { Affine, BufferId } from '../../compile/plan.ts';
import type { FunctionBuilder, Local } from './assembler.ts';

/** A form in a local: bytes of address when it has a buffer, otherwise the plain index value. */
interface Running {
  readonly local: Local;
  readonly offset: number;
  readonly strides: readonly number[];
  readonly base: Local | undefined;
}

export class Nest {
  readonly f: FunctionBuilder;
  readonly #running = new Map<string, Running>();
  readonly #bufferParam: (buffer: BufferId) => Local;

  constructor(f: FunctionBuilder, bufferParam: (buffer: BufferId) => Local) {
    this.f = f;
    this.#bufferParam = bufferParam;
  }

  /** Local that holds the byte address of `at` in `buffer`. Register every form before `start`. */
  address(buffer: BufferId, at: Affine, elementBytes: number): Local {
    return this.#register(`b${buffer}:`, { offset: at.offset * elementBytes, strides: at.strides.map((s) => s * elementBytes) }, () => this.#bufferParam(buffer));
  }
  /** Local that holds the value of `at`. */
  value(at: Affine): Local {
    return this.#register('i', at, () => undefined);
  }
  #register(kind: string, at: Affine, base: () => Local | undefined): Local {
    const key = `${kind}${at.offset}/${at.strides.join()}`;
    let running = this.#running.get(key);
    if (running === undefined) this.#running.set(key, (running = { local: this.f.local('i32'), offset: at.offset, strides: at.strides, base: base() }));
    return running.local;
  }

  /** Set every form for the axis numbers in `index`; axes without a local are at 0. */
  start(index: readonly (Local | undefined)[]): void {
    const { f } = this;
    for (const { local, offset, strides, base } of this.#running.values()) {
      f.i32(offset);
      if (base !== undefined) f.get(base).op('i32Add');
      index.forEach((number, axis) => {
        const stride = strides[axis] ?? 0;
        if (number !== undefined && stride !== 0) f.get(number).i32(stride).op('i32Mul').op('i32Add');
      });
      f.set(local);
    }
  }

  /** The locals of all forms so far, in a fixed order: what to pass to a function that goes on from here. */
  locals(): readonly Local[] {
    return [...this.#running.values()].map(({ local }) => local);
  }
  /** The forms of `locals` in another function, where they are the parameters from `first` on. */
  handedTo(f: FunctionBuilder, locals: readonly Local[], first: Local): Nest {
    const other = new Nest(f, (buffer) => {
      throw new Error(`an address in buffer ${buffer} was not handed over`);
    });
    for (const [key, running] of this.#running) {
      const i = locals.indexOf(running.local);
      if (i >= 0) other.#running.set(key, { ...running, local: first + i, base: undefined });
    }
    return other;
  }

  /** Move by a constant number of steps along an axis. */
  advance(axis: number, steps: number): void {
    for (const { local, strides } of this.#running.values()) this.f.increment(local, (strides[axis] ?? 0) * steps);
  }
  /** Move by a number of steps that is in a local. */
  advanceBy(axis: number, steps: Local, factor = 1): void {
    for (const { local, strides } of this.#running.values()) {
      const stride = (strides[axis] ?? 0) * factor;
      if (stride !== 0) this.f.get(local).get(steps).i32(stride).op('i32Mul').op('i32Add').set(local);
    }
  }

  /** Nested loops over `axes` (numbers into `sizes`), outermost first; forms move along and are back at the start afterwards. */
  loops(axes: readonly number[], sizes: readonly number[], body: () => void): void {
    const [axis, ...rest] = axes;
    if (axis === undefined) {
      body();
      return;
    }
    const size = sizes[axis] ?? 1;
    if (size === 1) {
      this.loops(rest, sizes, body);
      return;
    }
    this.f.repeat(this.f.local('i32'), size, () => {
      this.loops(rest, sizes, body);
      this.advance(axis, 1);
    });
    this.advance(axis, -size);
  }
}

/** This thread's share [begin, end) of `units`, in equal runs. Parameters 0 and 1 are the thread and the number of threads. */
export function threadShare(f: FunctionBuilder, units: number): { begin: Local; end: Local } {
  const begin = f.local('i32');
  const end = f.local('i32');
  // ceil(units / threads) each; the last threads may get less.
  f.i32(units - 1).get(1).op('i32Add').get(1).op('i32DivU').set(end);
  f.get(0).get(end).op('i32Mul').set(begin);
  minimum(f, begin, units);
  f.get(begin).get(end).op('i32Add').set(end);
  minimum(f, end, units);
  return { begin, end };
}

function minimum(f: FunctionBuilder, local: Local, limit: number): void {
  f.get(local).i32(limit).get(local).i32(limit).op('i32LtU').op('select').set(local);
}

/**
 * Run `body` for the units from `begin` to `end`, each a point of axes of these sizes in row-major
 * order, whose numbers are in the returned locals' place.
 */
export function unitLoop(f: FunctionBuilder, sizes: readonly number[], share: { begin: Local; end: Local }, body: (index: readonly Local[]) => void): void {
  const { begin, end } = share;
  f.get(begin).get(end).op('i32LtU').if(() => {
    const index = sizes.map(() => f.local('i32'));
    const rest = f.local('i32');
    f.get(begin).set(rest);
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const at = index[axis];
      const size = sizes[axis] ?? 1;
      if (at === undefined) continue;
      if (axis === 0) f.get(rest).set(at);
      else {
        f.get(rest).i32(size).op('i32RemU').set(at);
        f.get(rest).i32(size).op('i32DivU').set(rest);
      }
    }
    f.loop(() => {
      body(index);
      odometer(f, index, sizes);
      f.get(begin).i32(1).op('i32Add').tee(begin).get(end).op('i32LtU').branchIf(0);
    });
  });
}

/** Count one further, innermost axis first. */
function odometer(f: FunctionBuilder, index: readonly Local[], sizes: readonly number[]): void {
  const carry = (axis: number): void => {
    const at = index[axis];
    if (at === undefined) return;
    f.increment(at, 1);
    if (axis === 0) return;
    f.get(at).i32(sizes[axis] ?? 1).op('i32Eq').if(() => {
      f.i32(0).set(at);
      carry(axis - 1);
    });
  };
  carry(sizes.length - 1);
}
