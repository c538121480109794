/** What a kernel reads and writes. */
import type { Access, Kernel, RowStage, ScalarExpr, Store } from './plan.ts';

/** Every access of a kernel, indices of gathers included. */
export function accessesOf(kernel: Kernel): { readonly access: Access; readonly isStore: boolean }[] {
  const found: { access: Access; isStore: boolean }[] = [];
  const seen = new Set<ScalarExpr>();
  const access = (a: Access, isStore: boolean): void => {
    found.push({ access: a, isStore });
    if (a.indirect !== undefined) access(a.indirect.index, false);
  };
  const expr = (e: ScalarExpr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    if (e.kind === 'load') access(e.access, false);
    else if (e.kind === 'call') e.args.forEach(expr);
    else if (e.kind === 'random') [e.seed, e.step].forEach(expr);
  };
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
