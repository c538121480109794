/** What kernels and expressions read and write, and over which axes. */
import type { Access, BufferId, Kernel, Plan, RowStage, ScalarExpr, Store } from './plan.ts';

/** Every access of a kernel, indices of gathers included. Those of pooling within a contraction have strides for the pooling's axes. */
export function accessesOf(kernel: Kernel): { readonly access: Access; readonly isStore: boolean }[] {
  const found: { access: Access; isStore: boolean }[] = [];
  const seen = new Set<ScalarExpr>();
  const access = (a: Access, isStore: boolean): void => {
    found.push({ access: a, isStore });
    if (a.indirect !== undefined) access(a.indirect.index, false);
  };
  const expr = (e: ScalarExpr): void => visitLoads(e, seen, (a) => access(a, false));
  const store = (s: Store): void => {
    expr(s.value);
    access(s.to, true);
  };
  const stage = (s: RowStage): void => (s.kind === 'reduce' ? expr(s.value) : store(s.store));
  switch (kernel.kind) {
    case 'map':
      kernel.stores.forEach(store);
      break;
    case 'row':
      kernel.stages.forEach(stage);
      kernel.finish.forEach(store);
      break;
    case 'contract': {
      const image = kernel.spread?.stores[0]?.to.buffer;
      [kernel.a, kernel.b].filter((factor) => image === undefined || factor.kind !== 'load' || factor.access.buffer !== image).forEach(expr);
      kernel.spread?.stores.forEach(({ value }) => expr(value));
      if (kernel.pool === undefined) kernel.stores.forEach(store);
      else {
        kernel.stores.forEach(({ value }) => expr(value));
        kernel.pool.finish.forEach(store);
      }
      break;
    }
    case 'scatter':
      [kernel.row, kernel.value].forEach(expr);
      access(kernel.to, true);
      break;
  }
  return found;
}

function visitLoads(expr: ScalarExpr, seen: Set<ScalarExpr>, visit: (access: Access) => void): void {
  if (seen.has(expr)) return;
  seen.add(expr);
  if (expr.kind === 'load') visit(expr.access);
  else if (expr.kind === 'call') for (const arg of expr.args) visitLoads(arg, seen, visit);
  else if (expr.kind === 'random') for (const arg of [expr.seed, expr.step]) visitLoads(arg, seen, visit);
}

/** What an expression loads; where from an indirect load takes its index is not among it. */
export function loadsOf(expr: ScalarExpr): Access[] {
  const found: Access[] = [];
  visitLoads(expr, new Set(), (access) => found.push(access));
  return found;
}

/** Whether an expression takes one of these accumulators; any, when left out. */
export function usesAccumulator(expr: ScalarExpr, which?: ReadonlySet<number>): boolean {
  if (expr.kind === 'accumulator') return which === undefined || which.has(expr.index);
  return expr.kind === 'call' && expr.args.some((arg) => usesAccumulator(arg, which));
}

/** Sizes of all axes that a kernel's affine forms have strides for, in their order. */
export function axesOf(kernel: Kernel): readonly number[] {
  switch (kernel.kind) {
    case 'map': return kernel.axes;
    case 'row': return [...kernel.rowAxes, ...kernel.elementAxes];
    case 'contract': return [...kernel.batchAxes, ...kernel.mAxes, ...kernel.nAxes, ...kernel.kAxes];
    case 'scatter': return [...kernel.indexAxes, ...kernel.restAxes];
  }
}

/** First and last moment, inclusive, at which a kernel touches a buffer; a window touches what it is a part of. `momentOf` a kernel by its number: that itself, when left out. */
export function livesOf({ kernels, buffers }: Pick<Plan, 'kernels' | 'buffers'>, momentOf = (i: number): { readonly from: number; readonly to: number } => ({ from: i, to: i })): Map<BufferId, { readonly from: number; readonly to: number }> {
  const lives = new Map<BufferId, { from: number; to: number }>();
  kernels.forEach((kernel, i) => {
    const { from, to } = momentOf(i);
    for (const { access } of accessesOf(kernel)) {
      const id = buffers[access.buffer]?.window?.of ?? access.buffer;
      const life = lives.get(id);
      if (life === undefined) lives.set(id, { from, to });
      else life.to = Math.max(life.to, to);
    }
  });
  return lives;
}
