/**
 * A cluster is what becomes one kernel (or one per phase of a strided gradient): values that are
 * computed together. This file builds a cluster's loops and expressions in terms of logical
 * indices; it is used both to try whether values can share a kernel and to emit the kernel.
 */
import { type ReduceFn, type Shape, type Value, elementCount, isOp } from '../tensor/ir.ts';
import { type Axis, AxisSpace, type Lin, ZERO, axisLin } from './affine.ts';
import { type SlidingAxes, contractionParts } from './contraction.ts';
import { isPooling, isReduction } from './op-kinds.ts';
import { poolGradParts, poolTaps } from './pooling.ts';
import { ExprBuilder, NeedsStored, NotFusible, type SymExpr, type SymGuard, reshapeIndex, sameIndex } from './symbolic.ts';

export type ClusterKind = 'map' | 'row' | 'contract' | 'poolGrad' | 'scatter' | 'concat' | 'loop';

export interface Cluster {
  readonly id: number;
  readonly kind: ClusterKind;
  /** What it computes, in topological order. */
  readonly members: readonly Value[];
  /** The op that sets the loops of contract, poolGrad, scatter, concat and pooling clusters. */
  readonly anchor: Value | undefined;
  /** Full iteration shape; for rows, the shape that is reduced. */
  readonly shape: Shape;
  /** Row clusters: the axes of `shape` that are reduced. */
  readonly reduced: readonly number[];
}

export interface SymStore {
  readonly value: Value;
  readonly index: readonly Lin[];
  readonly expr: SymExpr;
}
export type SymStage =
  | { readonly kind: 'reduce'; readonly fn: ReduceFn | 'argmax'; readonly index: number; readonly expr: SymExpr }
  | { readonly kind: 'each'; readonly store: SymStore };

/** One kernel's loops and expressions, before layouts are known. */
export type Part =
  | { readonly kind: 'map'; readonly space: AxisSpace; readonly axes: readonly Axis[]; readonly stores: readonly SymStore[] }
  | { readonly kind: 'row'; readonly space: AxisSpace; readonly rowAxes: readonly Axis[]; readonly elementAxes: readonly Axis[]; readonly stages: readonly SymStage[]; readonly finish: readonly SymStore[] }
  | { readonly kind: 'contract'; readonly space: AxisSpace; readonly outAxes: readonly Axis[]; readonly kAxes: readonly Axis[]; readonly a: SymExpr; readonly b: SymExpr; readonly stores: readonly SymStore[]; readonly sliding: SlidingAxes | undefined }
  | { readonly kind: 'scatter'; readonly space: AxisSpace; readonly indexAxes: readonly Axis[]; readonly restAxes: readonly Axis[]; readonly row: SymExpr; readonly source: SymExpr; readonly to: Value; readonly toIndex: readonly Lin[]; readonly rowAxis: Axis }
  /** A scan: a loop of kernels of its own, made by `loop.ts`. It reads its inputs as they lie, row-major. */
  | { readonly kind: 'loop'; readonly space: AxisSpace; readonly reads: readonly Value[] };

export interface PartContext {
  isStored(value: Value): boolean;
  isDense(value: Value): boolean;
  /** Which members are written to memory; the others only feed members. */
  isWritten(value: Value): boolean;
  /** Concat inputs that already lie in the result. */
  isPlaced(concat: Value, input: number): boolean;
}

export const squeeze = (shape: Shape): Shape => shape.filter((n) => n !== 1);
export const sameSqueezed = (a: Shape, b: Shape): boolean => {
  const x = squeeze(a);
  const y = squeeze(b);
  return x.length === y.length && x.every((n, i) => n === y[i]);
};

/** Shape with the reduced axes as 1: that of a row cluster's per-row values. */
export const rowShape = (cluster: Cluster): Shape => cluster.shape.map((n, i) => (cluster.reduced.includes(i) ? 1 : n));



export function clusterParts(cluster: Cluster, context: PartContext): Part[] {
  switch (cluster.kind) {
    case 'map': return [mapPart(cluster, context)];
    case 'row': return [rowPart(cluster, context)];
    case 'contract': return contractParts(cluster, context);
    case 'poolGrad': return poolGradClusterParts(cluster, context);
    case 'scatter': return [scatterPart(cluster, context)];
    case 'concat': return concatParts(cluster, context);
    case 'loop': return [loopPart(cluster, context)];
    default: {
      const never: never = cluster.kind;
      throw new Error(`cluster kind ${String(never)}`);
    }
  }
}

/** Index of `value` (same elements up to axes of size 1) where the cluster's own index is `index`. */
function indexAs(space: AxisSpace, index: readonly Lin[], shape: Shape, value: Value): readonly Lin[] {
  const result = reshapeIndex(space, index, shape, value.shape);
  if (result === undefined) throw new NotFusible();
  return result;
}

/** An expression builder in which the cluster's members are known at one index only. */
function memberBuilder(cluster: Cluster, context: PartContext, space: AxisSpace, index: readonly Lin[], ownAnchor?: (guards: readonly SymGuard[]) => SymExpr): ExprBuilder {
  const members = new Set(cluster.members);
  const builder: ExprBuilder = new ExprBuilder({
    space,
    isStored: context.isStored,
    isDense: (v) => !members.has(v) && context.isDense(v),
    own: (value, at, guards) => {
      if (!members.has(value)) return undefined;
      if (!sameIndex(space, at, indexAs(space, index, cluster.shape, value))) throw new NotFusible();
      return value === cluster.anchor && ownAnchor !== undefined ? ownAnchor(guards) : builder.inline(value, at, guards);
    },
  });
  return builder;
}

function storesOf(cluster: Cluster, context: PartContext, space: AxisSpace, index: readonly Lin[], builder: ExprBuilder): SymStore[] {
  return cluster.members.filter((v) => context.isWritten(v)).map((value) => {
    const at = indexAs(space, index, cluster.shape, value);
    return { value, index: at, expr: builder.build(value, at) };
  });
}

function mapPart(cluster: Cluster, context: PartContext): Part {
  const space = new AxisSpace();
  const axes = space.axes(cluster.shape);
  const index = axes.map(axisLin);
  const builder = memberBuilder(cluster, context, space, index);
  return { kind: 'map', space, axes, stores: storesOf(cluster, context, space, index, builder) };
}

function contractParts(cluster: Cluster, context: PartContext): Part[] {
  return contractionParts(cluster.anchor as Value<'dot' | 'conv' | 'convInputGrad' | 'convWeightGrad'>).map((formula): Part => {
    const { space, outAxes, kAxes, outIndex } = formula;
    if (formula.a === undefined || formula.b === undefined) {
      // A phase that no tap reaches: the sum is empty.
      const builder = memberBuilder(cluster, context, space, outIndex, () => ({ kind: 'const', value: 0, dtype: 'f32' }));
      return { kind: 'map', space, axes: outAxes, stores: storesOf(cluster, context, space, outIndex, builder) };
    }
    const builder = memberBuilder(cluster, context, space, outIndex, () => ({ kind: 'accumulator', index: 0, dtype: 'f32' }));
    const a = builder.build(formula.a.value, formula.a.index, formula.a.guards);
    const b = builder.build(formula.b.value, formula.b.index, formula.b.guards);
    const stores = storesOf(cluster, context, space, outIndex, builder);
    if (formula.elementwise) {
      // Depthwise: one product per channel and tap; a row kernel vectorizes over the channels.
      const product: SymExpr = { kind: 'call', fn: 'mul', args: [a, b], dtype: 'f32' };
      return { kind: 'row', space, rowAxes: outAxes, elementAxes: kAxes, stages: [{ kind: 'reduce', fn: 'sum', index: 0, expr: product }], finish: stores };
    }
    return { kind: 'contract', space, outAxes, kAxes, a, b, stores, sliding: formula.sliding };
  });
}

function poolGradClusterParts(cluster: Cluster, context: PartContext): Part[] {
  return poolGradParts(cluster.anchor as Value<'maxPoolGrad' | 'sumPoolGrad'>).map(({ space, axes, places }): Part => {
    const stores = places.flatMap(({ index, content }) => {
      const builder: ExprBuilder = memberBuilder(cluster, context, space, index, (guards) => content(builder, guards));
      return storesOf(cluster, context, space, index, builder);
    });
    return { kind: 'map', space, axes, stores };
  });
}

function rowPart(cluster: Cluster, context: PartContext): Part {
  const space = new AxisSpace();
  const pooling = isPooling(cluster.anchor) ? poolTaps(space, cluster.anchor) : undefined;
  const axes = space.axes(cluster.shape);
  const fullIndex = axes.map(axisLin);
  const rowIndex = fullIndex.map((lin, i) => (cluster.reduced.includes(i) ? ZERO : lin));
  const perRow = rowShape(cluster);
  const members = new Set(cluster.members);
  const accumulators = new Map<Value, number>();
  const isElement = (v: Value): boolean => pooling === undefined && !isReduction(v) && !sameSqueezed(v.shape, perRow) && sameSqueezed(v.shape, cluster.shape);

  const at = (value: Value): readonly Lin[] => {
    const [index, shape] = isElement(value) ? [fullIndex, cluster.shape] : [rowIndex, perRow];
    return indexAs(space, index, shape, value);
  };
  const builder: ExprBuilder = new ExprBuilder({
    space,
    isStored: context.isStored,
    isDense: (v) => !members.has(v) && context.isDense(v),
    own: (value, index, guards) => {
      if (!members.has(value)) return undefined;
      if (!sameIndex(space, index, at(value))) throw new NotFusible();
      const accumulator = accumulators.get(value);
      return accumulator === undefined ? builder.inline(value, index, guards) : { kind: 'accumulator', index: accumulator, dtype: value.dtype };
    },
  });

  const stages: SymStage[] = [];
  const finish: SymStore[] = [];
  for (const value of cluster.members) {
    const source = value.inputs[0];
    if (isReduction(value) && source !== undefined) {
      const expr = pooling === undefined ? builder.build(source, fullIndex) : pooling.load(builder, rowIndex);
      const fn = isOp(value, 'reduce') ? value.attrs.fn : value.op === 'maxPool' ? 'max' : value.op === 'sumPool' ? 'sum' : 'argmax';
      stages.push({ kind: 'reduce', fn, index: accumulators.size, expr });
      accumulators.set(value, accumulators.size);
    }
    if (!context.isWritten(value)) continue;
    const index = at(value);
    const store: SymStore = { value, index, expr: builder.build(value, index) };
    if (isElement(value)) stages.push({ kind: 'each', store });
    else finish.push(store);
  }
  const elementAxes = pooling?.axes ?? cluster.reduced.map((i) => axes[i]).filter((a) => a !== undefined);
  const rowAxes = axes.filter((_, i) => !cluster.reduced.includes(i));
  return { kind: 'row', space, rowAxes, elementAxes, stages, finish };
}

function scatterPart(cluster: Cluster, context: PartContext): Part {
  const value = cluster.anchor as Value<'scatterAdd'>;
  const [indices, updates] = value.inputs;
  if (indices === undefined || updates === undefined) throw new Error('scatterAdd lacks inputs');
  const space = new AxisSpace();
  const indexAxes = space.axes(indices.shape);
  const restAxes = space.axes(value.shape.slice(1));
  const rowAxis = space.axis(value.shape[0] ?? 1);
  const builder = new ExprBuilder({ space, isStored: context.isStored, isDense: context.isDense, own: () => undefined });
  const index = indexAxes.map(axisLin);
  const rest = restAxes.map(axisLin);
  return {
    kind: 'scatter', space, indexAxes, restAxes, rowAxis, to: value,
    row: builder.build(indices, index), source: builder.build(updates, [...index, ...rest]),
    toIndex: [{ constant: 0, terms: [{ axis: rowAxis, coefficient: 1 }] }, ...rest],
  };
}

function concatParts(cluster: Cluster, context: PartContext): Part[] {
  const value = cluster.anchor as Value<'concat'>;
  const { axis } = value.attrs;
  const parts: Part[] = [];
  let offset = 0;
  value.inputs.forEach((input, i) => {
    const start = offset;
    offset += input.shape[axis] ?? 1;
    if (context.isPlaced(value, i) || elementCount(input.shape) === 0) return;
    const space = new AxisSpace();
    const axes = space.axes(input.shape);
    const index = axes.map(axisLin);
    const builder = new ExprBuilder({ space, isStored: context.isStored, isDense: context.isDense, own: () => undefined });
    const to = index.map((lin, d) => (d === axis ? { constant: lin.constant + start, terms: lin.terms } : lin));
    parts.push({ kind: 'map', space, axes, stores: [{ value, index: to, expr: builder.build(input, index) }] });
  });
  return parts;
}

function loopPart(cluster: Cluster, context: PartContext): Part {
  const reads = cluster.members[0]?.inputs ?? [];
  for (const value of reads) if (!context.isStored(value) || !context.isDense(value)) throw new NeedsStored(value, true);
  return { kind: 'loop', space: new AxisSpace(), reads };
}
