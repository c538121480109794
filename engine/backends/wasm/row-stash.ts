/**
 * A costly term of a reduction that a later result of the same row needs again (the exponentials of a softmax: first
 * summed up, then divided by their sum) is put down where that result will be, and read from there: the row is still
 * in the first-level cache. A softmax over rows of 49 takes 0.72 of the time.
 */
import { accessesOf, usesAccumulator } from '../../compile/accesses.ts';
import type { RowKernel, RowStage, ScalarExpr } from '../../compile/plan.ts';
import { isExpensive } from '../../tensor/scalar.ts';

/** The kernel with such terms stored early; the same kernel where there are none. */
export function stashTerms(kernel: RowKernel): RowKernel {
  const elementAxis = kernel.rowAxes.length + kernel.elementAxes.length - 1;
  const terms = new Terms();
  const accesses = accessesOf(kernel);
  let { stages } = kernel;
  for (const last of kernel.stages) {
    if (last.kind !== 'each') continue;
    const { to } = last.store;
    const isOwn = accesses.filter(({ access }) => access.buffer === to.buffer).length === 1;
    if (!isOwn || to.guards.length > 0 || to.indirect !== undefined || to.strides[elementAxis] !== 1) continue;
    const wanted = terms.within(last.store.value);
    // Only behind the end of a reduction a result is computed in a pass of its own.
    const reductions = stages.slice(0, stages.indexOf(last)).filter((stage) => stage.kind === 'reduce' && usesAccumulator(last.store.value, new Set([stage.index])));
    const found = reductions.flatMap((stage) => [...terms.within(valueOf(stage))].flatMap(([id, term]) => (isCostly(term) && wanted.has(id) ? [{ stage, id, term }] : [])))[0];
    if (found === undefined) continue;
    const early: RowStage = { kind: 'each', store: { to, value: found.term, dtype: 'f32' } };
    const late: RowStage = { kind: 'each', store: { ...last.store, value: terms.replace(last.store.value, found.id, { kind: 'load', access: to, dtype: 'f32' }) } };
    stages = stages.flatMap((stage) => (stage === found.stage ? [stage, early] : stage === last ? [late] : [stage]));
  }
  return stages === kernel.stages ? kernel : { ...kernel, stages };
}

const valueOf = (stage: RowStage): ScalarExpr => (stage.kind === 'reduce' ? stage.value : stage.store.value);
const isCostly = (term: ScalarExpr): boolean => term.kind === 'call' && term.dtype === 'f32' && isExpensive(term.fn);

/** Numbers for expressions, equal ones for equal expressions, so that shared parts are looked at once. */
class Terms {
  readonly #byKey = new Map<string, number>();
  readonly #ids = new Map<ScalarExpr, number>();

  id(expr: ScalarExpr): number {
    const known = this.#ids.get(expr);
    if (known !== undefined) return known;
    const key = expr.kind === 'call' ? `${expr.fn}(${expr.args.map((arg) => this.id(arg)).join()})` : expr.kind === 'random' ? `random${this.#byKey.size}` : JSON.stringify(expr);
    const id = this.#byKey.get(key) ?? this.#byKey.size;
    this.#byKey.set(key, id);
    this.#ids.set(expr, id);
    return id;
  }

  /** Every part of it, itself first, by number. */
  within(expr: ScalarExpr, parts = new Map<number, ScalarExpr>()): Map<number, ScalarExpr> {
    const id = this.id(expr);
    if (parts.has(id)) return parts;
    parts.set(id, expr);
    if (expr.kind === 'call') for (const arg of expr.args) this.within(arg, parts);
    return parts;
  }

  replace(expr: ScalarExpr, id: number, by: ScalarExpr, done = new Map<ScalarExpr, ScalarExpr>()): ScalarExpr {
    if (this.id(expr) === id) return by;
    if (expr.kind !== 'call') return expr;
    let result = done.get(expr);
    if (result === undefined) done.set(expr, (result = { ...expr, args: expr.args.map((arg) => this.replace(arg, id, by, done)) }));
    return result;
  }
}
