/**
 * Iteration axes: fewer of them mean fewer divisions per invocation. Neighbouring axes that every access
 * of a kernel walks as one are merged, axes of size 1 go, and a flat number is taken apart into what is left.
 */
import type { Access, Affine, ContractKernel, Guard, Kernel, MapKernel, RowKernel, RowStage, ScalarExpr, ScatterKernel, Store } from '../../compile/plan.ts';

export const product = (sizes: readonly number[]): number => sizes.reduce((total, n) => total * n, 1);

/** Rewrites every affine of expressions and accesses; equal objects stay equal, so that shared subexpressions stay shared. */
export class AffineMapper {
  readonly #affine: (at: Affine) => Affine;
  readonly #exprs = new Map<ScalarExpr, ScalarExpr>();
  readonly #accesses = new Map<Access, Access>();

  constructor(affine: (at: Affine) => Affine) {
    this.#affine = affine;
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

/** Calls `visit` for every affine of the kernel. */
function visitAffines(kernel: Kernel, visit: (at: Affine) => void): void {
  const mapper = new AffineMapper((at) => {
    visit(at);
    return at;
  });
  rebuildKernel(kernel, mapper);
}

function rebuildKernel(kernel: Kernel, mapper: AffineMapper): Kernel {
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

/** The axis groups of a kernel, in the order in which affines hold their strides. */
export function axisGroups(kernel: Kernel): readonly (readonly number[])[] {
  switch (kernel.kind) {
    case 'map':
      return [kernel.axes];
    case 'row':
      return [kernel.rowAxes, kernel.elementAxes];
    case 'contract':
      return [kernel.batchAxes, kernel.mAxes, kernel.nAxes, kernel.kAxes];
    case 'scatter':
      return [kernel.indexAxes, kernel.restAxes];
  }
}

function withGroups<K extends Kernel>(kernel: K, groups: readonly (readonly number[])[]): K;
function withGroups(kernel: Kernel, groups: readonly (readonly number[])[]): Kernel {
  const [first = [], second = [], third = [], fourth = []] = groups;
  switch (kernel.kind) {
    case 'map':
      return { ...kernel, axes: first } satisfies MapKernel;
    case 'row':
      return { ...kernel, rowAxes: first, elementAxes: second } satisfies RowKernel;
    case 'contract':
      return { ...kernel, batchAxes: first, mAxes: second, nAxes: third, kAxes: fourth } satisfies ContractKernel;
    case 'scatter':
      return { ...kernel, indexAxes: first, restAxes: second } satisfies ScatterKernel;
  }
}

/** The same kernel over as few axes as its accesses allow. Row-major order within a group is kept. */
export function collapseAxes<K extends Kernel>(kernel: K): K {
  const affines: Affine[] = [];
  visitAffines(kernel, (at) => affines.push(at));
  const kept: number[] = [];
  const groups: number[][] = [];
  let axis = 0;
  for (const sizes of axisGroups(kernel)) {
    const group: number[] = [];
    for (const size of sizes) {
      const here = axis++;
      if (size === 1) continue;
      const outer = kept[kept.length - 1];
      if (group.length > 0 && outer !== undefined && affines.every((a) => (a.strides[outer] ?? 0) === (a.strides[here] ?? 0) * size)) {
        group[group.length - 1] = (group[group.length - 1] ?? 1) * size;
        kept[kept.length - 1] = here;
      } else {
        group.push(size);
        kept.push(here);
      }
    }
    groups.push(group);
  }
  const mapper = new AffineMapper((at) => ({ offset: at.offset, strides: kept.map((d) => at.strides[d] ?? 0) }));
  return withGroups(rebuildKernel(kernel, mapper) as K, groups);
}

/** Smallest and largest value of an affine over its axes. */
export function affineRange(at: Affine, sizes: readonly number[]): { readonly min: number; readonly max: number } {
  let min = at.offset;
  let max = at.offset;
  at.strides.forEach((stride, d) => {
    const reach = stride * ((sizes[d] ?? 1) - 1);
    if (reach < 0) min += reach;
    else max += reach;
  });
  return { min, max };
}
