/**
 * What a product's kernel does with the sums of a tile once they are there: bias, activation, slopes, stores.
 * It is a function of its own that finds the sums in memory. V8 gives out registers by function: written behind
 * the inner loop, all this makes it spill the sums within the loop.
 */
import { accessesOf } from '../../compile/accesses.ts';
import type { Access, PlanBuffer } from '../../compile/plan.ts';
import { FunctionBuilder, type Local } from './assembler.ts';
import { LINE } from './contract-pack.ts';
import type { ContractShape } from './contract-shape.ts';
import { Lanes, type Place } from './lanes.ts';
import type { ModuleBuilder } from './module-builder.ts';
import type { Nest } from './nest.ts';

interface FinishOptions {
  readonly m: ModuleBuilder;
  /** The kernel's function, which calls. */
  readonly f: FunctionBuilder;
  readonly shape: ContractShape;
  readonly buffers: readonly PlanBuffer[];
  /** Of its own: it holds the forms of the stores and of what they read. */
  readonly nest: Nest;
}

export class Finish {
  readonly #o: FinishOptions;
  readonly #forms: readonly Local[];
  readonly #functions = new Map<string, number>();

  constructor(options: FinishOptions) {
    this.#o = options;
    lanesOf(options, options.nest, () => {
      throw new Error('sums are in memory');
    }).register([], options.shape.kernel.stores);
    this.#forms = options.nest.locals();
  }

  /** Where the kernel's loops stand now. */
  start(index: readonly (Local | undefined)[]): void {
    this.#o.nest.start(index);
  }

  /**
   * Ask for what the next rows will read beside their sums, all rows at once. One after the other, behind the product of their tile,
   * each would wait for memory alone: a product of 128 × 9216 × 128 with a mask takes 0.9 of the time, one with GELU's slope 0.85.
   */
  fetch(rows: number): void {
    const { f, nest, shape: { mInner } } = this.#o;
    for (const access of this.#farReads()) {
      const [at, count] = f.locals('i32', 2) as [Local, Local];
      f.get(nest.address(access.buffer, access, 4)).set(at);
      f.repeat(count, rows, () => {
        f.get(at).i32Load().op('drop');
        f.increment(at, (access.strides[mInner] ?? 0) * 4);
      });
    }
  }
  /** What the stores read of tensors whose rows lie on cache lines of their own. */
  #farReads(): Access[] {
    const { buffers, shape: { kernel, mInner, nInner } } = this.#o;
    const isFactor = (access: Access): boolean => [kernel.a, kernel.b].some((factor) => factor.kind === 'load' && factor.access === access);
    return accessesOf(kernel).flatMap(({ access, isStore }) => {
      const isPlain = access.indirect === undefined && access.guards.length === 0 && buffers[access.buffer]?.dtype !== 'u8';
      const isFar = (access.strides[nInner] ?? 0) !== 0 && Math.abs(access.strides[mInner] ?? 0) >= LINE;
      return isPlain && isFar && !isStore && !isFactor(access) ? [access] : [];
    });
  }

  /** Finish so many rows of sums, which lie one after the other in the tile's place in private memory, and step on behind them. */
  call(rows: number, places: readonly Place[], privateScratch: Local): void {
    const { f, nest, shape } = this.#o;
    f.i32(rows).get(privateScratch).i32(shape.tileAt).op('i32Add');
    for (const local of this.#forms) f.get(local);
    f.call(this.#functionFor(places));
    nest.advance(shape.mInner, rows);
  }

  #functionFor(places: readonly Place[]): number {
    const key = places.map(({ lanes }) => lanes).join();
    let index = this.#functions.get(key);
    if (index === undefined) this.#functions.set(key, (index = this.#o.m.add(this.#emit(places))));
    return index;
  }

  /** Parameters: the number of rows, the address of their sums, the forms. */
  #emit(places: readonly Place[]): FunctionBuilder {
    const { shape: { kernel, mInner }, f: { name } } = this.#o;
    const f = new FunctionBuilder(`${name} finish`, ['i32', 'i32', ...this.#forms.map(() => 'i32' as const)]);
    const nest = this.#o.nest.handedTo(f, this.#forms, 2);
    const sum = f.local('v128');
    const lanes = lanesOf(this.#o, nest, () => sum);
    lanes.hoist(kernel.stores.map((store) => store.value), places);
    f.loop(() => {
      lanes.next();
      // One vector after the other, row by row: neighbours in a cache line are written together.
      places.forEach((place, i) => {
        f.get(1).vLoad(i * 16).set(sum);
        lanes.storeAll(kernel.stores, [place]);
      });
      nest.advance(mInner, 1);
      f.increment(1, places.length * 16);
      f.get(0).i32(1).op('i32Sub').tee(0).branchIf(0);
    });
    lanes.reset();
    return f;
  }
}

function lanesOf({ m, shape: { nInner, mInner, kernel: { settles } }, buffers }: FinishOptions, nest: Nest, accumulator: () => Local): Lanes {
  return new Lanes({ m, nest, buffers, laneAxis: nInner, movingAxes: [mInner], accumulatorMoves: true, settles, accumulator });
}
