/**
 * From parts (logical indices) to kernels (addresses): puts strides to indices, orders the loops so
 * that memory is walked forwards, and joins loops that walk on without a jump.
 */
import { elementCount } from '../tensor/ir.ts';
import { type Axis, type AxisSpace, type Lin, ZERO, addLin, rangeLin, scaleLin } from './affine.ts';
import type { Part, SymStore } from './cluster.ts';
import type { Storage } from './layout.ts';
import type { Access, Affine, BufferId, ContractKernel, Guard, Kernel, RowStage, ScalarExpr, SlidingForm, Store } from './plan.ts';
import type { SymExpr, SymGuard, SymLoad } from './symbolic.ts';
import type { Value } from '../tensor/ir.ts';

export interface EmitContext {
  storageOf(value: Value): Storage;
  bufferOf(value: Value): BufferId;
}
interface Naming {
  readonly name: string;
  readonly origins: readonly string[];
}

export function emitKernel(part: Exclude<Part, { readonly kind: 'loop' }>, naming: Naming, context: EmitContext): Kernel {
  switch (part.kind) {
    case 'map': return emitMap(part, naming, context);
    case 'row': return emitRow(part, naming, context);
    case 'contract': return emitContract(part, naming, context);
    case 'scatter': return emitScatter(part, naming, context);
    default: {
      const never: never = part;
      throw new Error(`part ${String(never)}`);
    }
  }
}

/** Collects every affine form of a kernel, then renders them against the final axes. */
class Renderer {
  readonly #space: AxisSpace;
  readonly #context: EmitContext;
  readonly #forms: Lin[] = [];
  #axes: readonly Axis[] = [];
  readonly #memo = new Map<SymExpr, ScalarExpr>();

  constructor(space: AxisSpace, context: EmitContext) {
    this.#space = space;
    this.#context = context;
  }

  /** Element address of a load or store. */
  address(value: Value, index: SymLoad['index']): Lin {
    const storage = this.#context.storageOf(value);
    if ('rowMajor' in index) return addLin(this.#space.resolve(index.rowMajor), { constant: storage.offset, terms: [] });
    let lin: Lin = { constant: storage.offset, terms: [] };
    index.forEach((form, d) => (lin = addLin(lin, scaleLin(this.#space.resolve(form), storage.strides[d] ?? 0))));
    return lin;
  }

  /** Guards that the value's margin of zeros does not make superfluous. */
  guards(load: SymLoad): SymGuard[] {
    const storage = this.#context.storageOf(load.value);
    return load.guards.filter((guard) => {
      if (load.fill !== 0 || 'rowMajor' in load.index) return true;
      const key = this.#space.resolve(guard.lin);
      const { min, max } = rangeLin(key);
      return !load.index.some((form, d) => {
        const at = this.#space.resolve(form);
        const same = at.constant === key.constant && at.terms.length === key.terms.length && at.terms.every((t, i) => t.axis === key.terms[i]?.axis && t.coefficient === key.terms[i]?.coefficient);
        return same && guard.extent === load.value.shape[d] && min >= -(storage.marginBefore[d] ?? 0) && max < guard.extent + (storage.marginAfter[d] ?? 0);
      });
    });
  }

  /** Remember the forms of an expression: they decide which loops may be joined. */
  collect(expr: SymExpr, seen = new Set<SymExpr>()): void {
    if (seen.has(expr)) return;
    seen.add(expr);
    if (expr.kind === 'load') {
      this.#forms.push(this.address(expr.value, expr.index), ...this.guards(expr).map((g) => this.#space.resolve(g.lin)));
      if (expr.indirect !== undefined) this.collect(expr.indirect.row, seen);
    } else if (expr.kind === 'index') this.#forms.push(this.#space.resolve(expr.lin));
    else if (expr.kind === 'random') {
      this.#forms.push(this.#space.resolve(expr.at));
      this.collect(expr.seed, seen);
      this.collect(expr.step, seen);
    } else if (expr.kind === 'inside') this.#forms.push(...expr.guards.map((g) => this.#space.resolve(g.lin)));
    else if (expr.kind === 'call') for (const arg of expr.args) this.collect(arg, seen);
  }
  collectStore(store: SymStore): void {
    this.#forms.push(this.address(store.value, store.index));
    this.collect(store.expr);
  }

  /** Order a group of axes by `key` (outermost first) and join neighbours that every form walks through evenly. */
  arrange(axes: readonly Axis[], key: Lin, tieBreak: Lin = ZERO, keepOrder = false): Axis[] {
    const leaves = axes.flatMap((axis) => this.#space.leaves(axis)).filter((axis) => axis.size > 1);
    const stride = (lin: Lin, axis: Axis): number => lin.terms.find((t) => t.axis === axis)?.coefficient ?? 0;
    if (!keepOrder) leaves.sort((p, q) => Math.abs(stride(key, q)) - Math.abs(stride(key, p)) || Math.abs(stride(tieBreak, q)) - Math.abs(stride(tieBreak, p)));
    const joined: Axis[] = [];
    for (const axis of leaves) {
      const outer = joined.at(-1);
      if (outer !== undefined && this.#forms.every((form) => stride(form, outer) === stride(form, axis) * axis.size)) {
        // The joined axis takes the inner one's strides in every form.
        const both: Axis = { id: axis.id, size: outer.size * axis.size };
        this.#forms.forEach((form, i) => {
          const step = stride(form, axis);
          const terms = form.terms.filter((t) => t.axis !== axis && t.axis !== outer);
          this.#forms[i] = { constant: form.constant, terms: step === 0 ? terms : [...terms, { axis: both, coefficient: step }] };
        });
        this.#joins.set(axis, both);
        this.#dropped.add(outer);
        joined[joined.length - 1] = both;
      } else joined.push(axis);
    }
    return joined;
  }
  readonly #joins = new Map<Axis, Axis>();
  readonly #dropped = new Set<Axis>();

  /** Fix the final loops. */
  setAxes(axes: readonly Axis[]): void {
    this.#axes = axes;
  }

  affine(lin: Lin): Affine {
    const strides = this.#axes.map(() => 0);
    for (const { axis, coefficient } of this.#space.resolve(lin).terms) {
      if (axis.size === 1 || this.#dropped.has(axis)) continue;
      let final = axis;
      for (let next = this.#joins.get(final); next !== undefined; next = this.#joins.get(final)) {
        if (this.#dropped.has(final)) break;
        final = next;
      }
      if (this.#dropped.has(final)) continue;
      const at = this.#axes.indexOf(final);
      if (at < 0) throw new Error('an index uses an axis that is no loop of its kernel');
      strides[at] = coefficient;
    }
    return { offset: lin.constant, strides };
  }
  guard(guard: SymGuard): Guard {
    return { ...this.affine(this.#space.resolve(guard.lin)), extent: guard.extent };
  }

  access(load: SymLoad): Access {
    const lin = this.address(load.value, load.index);
    const guards = this.guards(load).map((g) => this.guard(g));
    const base = { buffer: this.#context.bufferOf(load.value), guards, fill: load.fill };
    if (load.indirect === undefined) return { ...base, ...this.affine(lin) };
    const { axis, row } = load.indirect;
    const stride = lin.terms.find((t) => t.axis === axis)?.coefficient ?? 0;
    const rest: Lin = { constant: lin.constant, terms: lin.terms.filter((t) => t.axis !== axis) };
    return { ...base, ...this.affine(rest), indirect: { index: this.access(row), stride, extent: axis.size } };
  }

  expr(expr: SymExpr): ScalarExpr {
    let result = this.#memo.get(expr);
    if (result === undefined) this.#memo.set(expr, (result = this.#render(expr)));
    return result;
  }
  #render(expr: SymExpr): ScalarExpr {
    switch (expr.kind) {
      case 'const': return { kind: 'const', value: expr.value, dtype: expr.dtype };
      case 'load': return { kind: 'load', access: this.access(expr), dtype: expr.dtype };
      case 'index': return { kind: 'index', at: this.affine(this.#space.resolve(expr.lin)) };
      case 'random': return { kind: 'random', distribution: expr.distribution, stream: expr.stream, at: this.affine(this.#space.resolve(expr.at)), seed: this.expr(expr.seed), step: this.expr(expr.step) };
      case 'call': return { kind: 'call', fn: expr.fn, args: expr.args.map((arg) => this.expr(arg)), dtype: expr.dtype };
      case 'inside': return { kind: 'inside', guards: expr.guards.map((g) => this.guard(g)) };
      case 'accumulator': return { kind: 'accumulator', index: expr.index, dtype: expr.dtype };
      default: {
        const never: never = expr;
        throw new Error(`expression ${String(never)}`);
      }
    }
  }
  store(store: SymStore): Store {
    const to: Access = { buffer: this.#context.bufferOf(store.value), ...this.affine(this.address(store.value, store.index)), guards: [], fill: 0 };
    return { to, value: this.expr(store.expr), dtype: store.value.dtype };
  }
}

const sizes = (axes: readonly Axis[]): number[] => axes.map((a) => a.size);

function emitMap(part: Extract<Part, { kind: 'map' }>, naming: Naming, context: EmitContext): Kernel {
  const r = new Renderer(part.space, context);
  part.stores.forEach((store) => r.collectStore(store));
  const first = part.stores[0];
  const key = first === undefined ? ZERO : r.address(first.value, first.index);
  const axes = r.arrange(part.axes, key);
  r.setAxes(axes);
  return { kind: 'map', ...naming, axes: sizes(axes), stores: part.stores.map((s) => r.store(s)) };
}

/** The load that touches the most memory: its order is worth following. */
function largestLoad(exprs: readonly SymExpr[]): SymLoad | undefined {
  let best: SymLoad | undefined;
  const seen = new Set<SymExpr>();
  const walk = (expr: SymExpr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    if (expr.kind === 'load' && (best === undefined || elementCount(expr.value.shape) > elementCount(best.value.shape))) best = expr;
    if (expr.kind === 'call') expr.args.forEach(walk);
  };
  exprs.forEach(walk);
  return best;
}

function emitRow(part: Extract<Part, { kind: 'row' }>, naming: Naming, context: EmitContext): Kernel {
  const r = new Renderer(part.space, context);
  const exprs: SymExpr[] = [];
  for (const stage of part.stages) {
    if (stage.kind === 'each') r.collectStore(stage.store);
    else r.collect(stage.expr);
    exprs.push(stage.kind === 'each' ? stage.store.expr : stage.expr);
  }
  part.finish.forEach((store) => r.collectStore(store));
  const load = largestLoad(exprs);
  const loadKey = load === undefined ? ZERO : r.address(load.value, load.index);
  const firstFinish = part.finish[0];
  const rowKey = firstFinish === undefined ? loadKey : r.address(firstFinish.value, firstFinish.index);
  // An argmax counts its elements in row-major order, so their loops must not be exchanged.
  const keepOrder = part.stages.some((stage) => stage.kind === 'reduce' && stage.fn === 'argmax');
  const rowAxes = r.arrange(part.rowAxes, rowKey, loadKey);
  const elementAxes = r.arrange(part.elementAxes, loadKey, ZERO, keepOrder);
  r.setAxes([...rowAxes, ...elementAxes]);
  const stages = part.stages.map((stage): RowStage => (stage.kind === 'each' ? { kind: 'each', store: r.store(stage.store) } : { kind: 'reduce', fn: stage.fn, index: stage.index, value: r.expr(stage.expr) }));
  return { kind: 'row', ...naming, rowAxes: sizes(rowAxes), elementAxes: sizes(elementAxes), stages, finish: part.finish.map((s) => r.store(s)) };
}

function emitContract(part: Extract<Part, { kind: 'contract' }>, naming: Naming, context: EmitContext): Kernel {
  const r = new Renderer(part.space, context);
  r.collect(part.a);
  r.collect(part.b);
  part.stores.forEach((store) => r.collectStore(store));
  const usedBy = (expr: SymExpr): Set<Axis> => {
    const axes = new Set<Axis>();
    if (expr.kind === 'load') for (const { axis } of r.address(expr.value, expr.index).terms) axes.add(axis);
    return axes;
  };
  if (part.a.kind !== 'load' || part.b.kind !== 'load') throw new Error(`a factor of ${naming.name} is not in memory`);
  const aAxes = usedBy(part.a);
  const bAxes = usedBy(part.b);
  const leaves = part.outAxes.flatMap((axis) => part.space.leaves(axis)).filter((axis) => axis.size > 1);
  const batch = leaves.filter((axis) => aAxes.has(axis) && bAxes.has(axis));
  const onlyB = leaves.filter((axis) => !aAxes.has(axis) && bAxes.has(axis));
  const rest = leaves.filter((axis) => !batch.includes(axis) && !onlyB.includes(axis));
  const first = part.stores[0];
  const storeKey = first === undefined ? ZERO : r.address(first.value, first.index);
  const keyA = r.address(part.a.value, part.a.index);
  const keyB = r.address(part.b.value, part.b.index);
  // n is the side along which results are contiguous: vectors run along it. Its order is the store's; rows follow their factor.
  const nearest = (axes: readonly Axis[]): number => Math.min(Infinity, ...axes.map((axis) => Math.abs(storeKey.terms.find((t) => t.axis === axis)?.coefficient ?? Infinity)));
  const swapped = nearest(rest) < nearest(onlyB);
  const [m, n, a, b] = swapped ? [onlyB, rest, part.b, part.a] : [rest, onlyB, part.a, part.b];
  const [mKey, kKey, kTie] = swapped ? [keyB, keyB, keyA] : [keyA, keyA, keyB];
  const batchAxes = r.arrange(batch, storeKey);
  const mAxes = r.arrange(m, mKey, storeKey);
  const nAxes = r.arrange(n, storeKey);
  const kAxes = r.arrange(part.kAxes, kKey, kTie);
  r.setAxes([...batchAxes, ...mAxes, ...nAxes, ...kAxes]);
  return {
    kind: 'contract', ...naming, batchAxes: sizes(batchAxes), mAxes: sizes(mAxes), nAxes: sizes(nAxes), kAxes: sizes(kAxes),
    a: r.expr(a), b: r.expr(b), stores: part.stores.map((s) => r.store(s)), ...slidingForm(part, naming, context),
  };
}

/** The kernel again with its window's axes apart, if channels are contiguous wherever they must be. */
function slidingForm(part: Extract<Part, { kind: 'contract' }>, naming: Naming, context: EmitContext): { readonly sliding?: SlidingForm } {
  const { sliding, space } = part;
  if (sliding === undefined) return {};
  const [mAxes, kAxes] = sliding.kind === 'filter' ? [[sliding.image, ...sliding.positions], [...sliding.taps, sliding.inner]] : [[...sliding.taps, sliding.inner], [sliding.image, ...sliding.positions]];
  const axes = [...mAxes, sliding.columns, ...kAxes];
  if (axes.some((axis) => space.leaves(axis).length !== 1)) return {};
  const r = new Renderer(space, context);
  r.setAxes(axes);
  const kernel: ContractKernel = {
    kind: 'contract', ...naming, batchAxes: [], mAxes: sizes(mAxes), nAxes: [sliding.columns.size], kAxes: sizes(kAxes),
    a: r.expr(part.a), b: r.expr(part.b), stores: part.stores.map((s) => r.store(s)),
  };
  if (kernel.a.kind !== 'load' || kernel.b.kind !== 'load' || kernel.a.access.guards.length > 0 || kernel.b.access.guards.length > 0) return {};
  const inner = sliding.kind === 'filter' ? 6 : 2;
  const contiguous = kernel.a.access.strides[inner] === 1 && (sliding.kind === 'filter' || kernel.b.access.strides[3] === 1);
  return contiguous ? { sliding: { kind: sliding.kind, kernel, image: sliding.extent, before: sliding.before } } : {};
}

function emitScatter(part: Extract<Part, { kind: 'scatter' }>, naming: Naming, context: EmitContext): Kernel {
  const r = new Renderer(part.space, context);
  const address = r.address(part.to, part.toIndex);
  const rowStride = address.terms.find((t) => t.axis === part.rowAxis)?.coefficient ?? 0;
  const to: Lin = { constant: address.constant, terms: address.terms.filter((t) => t.axis !== part.rowAxis) };
  const indexAxes = part.indexAxes.flatMap((axis) => part.space.leaves(axis)).filter((axis) => axis.size > 1);
  const restAxes = part.restAxes.flatMap((axis) => part.space.leaves(axis)).filter((axis) => axis.size > 1);
  r.setAxes([...indexAxes, ...restAxes]);
  return {
    kind: 'scatter', ...naming, indexAxes: sizes(indexAxes), restAxes: sizes(restAxes), row: r.expr(part.row), value: r.expr(part.source),
    to: { buffer: context.bufferOf(part.to), ...r.affine(to), guards: [], fill: 0 }, rowStride, rows: part.rowAxis.size,
  };
}

