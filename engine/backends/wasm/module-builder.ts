/** Collects the functions of one module: shared helpers on demand, and kernels of equal shape once. */
import type { FunctionBuilder } from './assembler.ts';
import { type HelperName, helperBuilders } from './scalar.ts';

export class ModuleBuilder {
  readonly functions: FunctionBuilder[] = [];
  /** Whether fused multiply-add (relaxed SIMD) may be emitted. */
  readonly relaxed: boolean;
  readonly #helpers = new Map<HelperName, number>();

  /** `imported`: functions that JavaScript gives. */
  constructor(relaxed: boolean, imported: readonly FunctionBuilder[] = []) {
    this.relaxed = relaxed;
    this.functions.push(...imported);
  }

  /** Function index, for `call`. */
  add(f: FunctionBuilder): number {
    return this.functions.push(f) - 1;
  }
  helper(name: HelperName): number {
    let index = this.#helpers.get(name);
    if (index === undefined) {
      index = this.add(helperBuilders[name](this));
      this.#helpers.set(name, index);
    }
    return index;
  }
}
