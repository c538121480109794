/** Kernels changed as a whole: other affine forms, other buffers. */
import type { Access, Affine, BufferId, Guard, Kernel, RowStage, ScalarExpr, Store } from './plan.ts';

/** Rewrites every affine, and the buffer of every access; equal objects stay equal, so that shared subexpressions stay shared. */
export class AccessMapper {
  readonly #affine: (at: Affine) => Affine;
  readonly #exprs = new Map<ScalarExpr, ScalarExpr>();
  readonly #accesses = new Map<Access, Access>();

  readonly #buffer: (buffer: BufferId) => BufferId;

  constructor(affine: (at: Affine) => Affine, buffer: (buffer: BufferId) => BufferId = (id) => id) {
    this.#affine = affine;
    this.#buffer = buffer;
  }

  guard(guard: Guard): Guard {
    return { ...this.#affine(guard), extent: guard.extent };
  }

  access(access: Access): Access {
    const known = this.#accesses.get(access);
    if (known !== undefined) return known;
    const { offset, strides } = this.#affine(access);
    const mapped: Access = {
      ...access,
      buffer: this.#buffer(access.buffer),
      offset,
      strides,
      guards: access.guards.map((g) => this.guard(g)),
      ...(access.indirect === undefined ? {} : { indirect: { ...access.indirect, index: this.access(access.indirect.index) } }),
    };
    this.#accesses.set(access, mapped);
    return mapped;
  }

  expr(expr: ScalarExpr): ScalarExpr {
    const known = this.#exprs.get(expr);
    if (known !== undefined) return known;
    const mapped = this.#rebuild(expr);
    this.#exprs.set(expr, mapped);
    return mapped;
  }

  #rebuild(expr: ScalarExpr): ScalarExpr {
    switch (expr.kind) {
      case 'const':
      case 'accumulator':
        return expr;
      case 'load':
        return { ...expr, access: this.access(expr.access) };
      case 'index':
        return { ...expr, at: this.#affine(expr.at) };
      case 'random':
        return { ...expr, at: this.#affine(expr.at), seed: this.expr(expr.seed), step: this.expr(expr.step) };
      case 'call':
        return { ...expr, args: expr.args.map((a) => this.expr(a)) };
      case 'inside':
        return { ...expr, guards: expr.guards.map((g) => this.guard(g)) };
    }
  }

  store(store: Store): Store {
    return { ...store, to: this.access(store.to), value: this.expr(store.value) };
  }

  stage(stage: RowStage): RowStage {
    return stage.kind === 'reduce' ? { ...stage, value: this.expr(stage.value) } : { ...stage, store: this.store(stage.store) };
  }
}

/** Rewrites expressions: what `replace` gives stands for an expression and all in it, and where it gives nothing the arguments of a call are rewritten. Equal objects stay equal. */
export function exprReplacer(replace: (expr: ScalarExpr) => ScalarExpr | undefined): (expr: ScalarExpr) => ScalarExpr {
  const known = new Map<ScalarExpr, ScalarExpr>();
  const replaced = (expr: ScalarExpr): ScalarExpr => {
    const before = known.get(expr);
    if (before !== undefined) return before;
    const result = replace(expr) ?? (expr.kind === 'call' ? { ...expr, args: expr.args.map(replaced) } : expr);
    known.set(expr, result);
    return result;
  };
  return replaced;
}

/** A kernel with everything in it mapped, but for its sliding form. */
export function rebuildKernel(kernel: Kernel, mapper: AccessMapper): Kernel {
  switch (kernel.kind) {
    case 'map':
      return { ...kernel, stores: kernel.stores.map((s) => mapper.store(s)) };
    case 'row':
      return { ...kernel, stages: kernel.stages.map((s) => mapper.stage(s)), finish: kernel.finish.map((s) => mapper.store(s)) };
    case 'contract':
      return { ...kernel, a: mapper.expr(kernel.a), b: mapper.expr(kernel.b), stores: kernel.stores.map((s) => mapper.store(s)) };
    case 'scatter':
      return { ...kernel, row: mapper.expr(kernel.row), value: mapper.expr(kernel.value), to: mapper.access(kernel.to) };
  }
}

/** The same kernel over other buffers. */
export function mapBuffers(kernel: Kernel, buffer: (id: BufferId) => BufferId): Kernel {
  const rebuild = <K extends Kernel>(k: K): K => rebuildKernel(k, new AccessMapper((at) => at, buffer)) as K;
  const mapped = rebuild(kernel);
  return mapped.kind === 'contract' && mapped.sliding !== undefined ? { ...mapped, sliding: { ...mapped.sliding, kernel: rebuild(mapped.sliding.kernel) } } : mapped;
}
