/** Pooling as index arithmetic: the taps of a window, and for the gradients the windows that cover a position. */
import type { Value } from '../tensor/ir.ts';
import { type Axis, AxisSpace, type Lin, ZERO, addLin, axisLin, scaleLin, shiftLin } from './affine.ts';
import { phaseProduct, stridePhases } from './contraction.ts';
import { type ExprBuilder, type SymExpr, type SymGuard, guardUnlessInside } from './symbolic.ts';

/** Axes over a window's taps, and the load of the tapped element for the pooled position `row`. Padding never wins a maximum. */
export function poolTaps(space: AxisSpace, value: Value<'maxPool' | 'maxPoolArg' | 'sumPool'>): { readonly axes: readonly Axis[]; load(builder: ExprBuilder, row: readonly Lin[]): SymExpr } {
  const { window } = value.attrs;
  const axes = space.axes(window.size);
  const source = value.inputs[0];
  if (source === undefined) throw new Error(`${value.op} lacks its input`);
  return {
    axes,
    load: (builder, row) => {
      const read = axes.map((tap, d): Lin => shiftLin(addLin(scaleLin(row[d + 2] ?? axisLin(tap), window.stride[d] ?? 1), scaleLin(axisLin(tap), window.dilation[d] ?? 1)), -(window.padBefore[d] ?? 0)));
      const guards = read.flatMap((lin, d) => guardUnlessInside(lin, source.shape[d + 2] ?? 1));
      const content = builder.build(source, [...row.slice(0, 2), ...read], guards);
      if (guards.length === 0) return content;
      const fill = value.op === 'sumPool' ? 0 : -Infinity;
      if (content.kind === 'load' && content.guards.length === guards.length) return { ...content, fill };
      return { kind: 'call', fn: 'select', args: [{ kind: 'inside', guards, dtype: 'f32' }, content, { kind: 'const', value: fill, dtype: 'f32' }], dtype: 'f32' };
    },
  };
}

/** Positions of one phase of the stride, and the gradient there. */
export interface PoolGradPlace {
  readonly index: readonly Lin[];
  content(builder: ExprBuilder, guards: readonly SymGuard[]): SymExpr;
}
export interface PoolGradPart {
  readonly space: AxisSpace;
  readonly axes: readonly Axis[];
  readonly places: readonly PoolGradPlace[];
}

/**
 * Each phase of the stride adds up the windows that cover its positions, whose number is small and
 * fixed. Phases with the same number of positions share a kernel, and so the loads of the windows.
 */
export function poolGradParts(value: Value<'maxPoolGrad' | 'sumPoolGrad'>): PoolGradPart[] {
  const { window } = value.attrs;
  const groups = new Map<string, ReturnType<typeof stridePhases>[]>();
  for (const phases of phaseProduct(value.shape.slice(2).map((n, d) => stridePhases(window, d, n)))) {
    const key = phases.map((p) => p.count).join();
    (groups.get(key) ?? groups.set(key, []).get(key)!).push(phases);
  }
  return [...groups.values()].map((group): PoolGradPart => {
    const space = new AxisSpace();
    const lead = space.axes(value.shape.slice(0, 2));
    const positions = space.axes(group[0]?.map((p) => p.count) ?? []);
    return { space, axes: [...lead, ...positions], places: group.map((phases) => poolGradPlace(value, lead, positions, phases)) };
  });
}

function poolGradPlace(value: Value<'maxPoolGrad' | 'sumPoolGrad'>, lead: readonly Axis[], positions: readonly Axis[], phases: ReturnType<typeof stridePhases>): PoolGradPlace {
  const { window } = value.attrs;
  const isMax = value.op === 'maxPoolGrad';
  const arg = isMax ? value.inputs[0] : undefined;
  const dy = isMax ? value.inputs[1] : value.inputs[0];
  if (dy === undefined) throw new Error(`${value.op} lacks its inputs`);
  const position = (d: number): Lin => {
    const axis = positions[d];
    return axis === undefined ? ZERO : axisLin(axis);
  };
  const covering = phases.map((p) => Array.from({ length: p.taps }, (_, j) => j)).reduce<number[][]>((all, js) => all.flatMap((head) => js.map((j) => [...head, j])), [[]]);
  const zero: SymExpr = { kind: 'const', value: 0, dtype: 'f32' };
  return {
    index: [...lead.map(axisLin), ...phases.map((p, d) => shiftLin(scaleLin(position(d), window.stride[d] ?? 1), p.residue))],
    content: (builder, guards) => {
      let sum: SymExpr | undefined;
      for (const js of covering) {
        const read = phases.map((p, d): Lin => shiftLin(position(d), p.shift - p.advance * (js[d] ?? 0)));
        const inside = [...guards, ...read.flatMap((lin, d) => guardUnlessInside(lin, dy.shape[d + 2] ?? 1))];
        const at = [...lead.map(axisLin), ...read];
        const gradient = builder.build(dy, at, inside);
        let term: SymExpr = gradient;
        if (arg !== undefined) {
          const tap = phases.reduce((flat, p, d) => flat * (window.size[d] ?? 1) + p.firstTap + p.step * (js[d] ?? 0), 0);
          const winner: SymExpr = { kind: 'call', fn: 'equal', args: [builder.build(arg, at, inside), { kind: 'const', value: tap, dtype: 'i32' }], dtype: 'f32' };
          term = { kind: 'call', fn: 'select', args: [winner, gradient, zero], dtype: 'f32' };
        }
        // A window outside of the pooled image gives 0: guarded loads fill with it; other expressions are selected away.
        if (inside.length > guards.length && gradient.kind !== 'load') {
          term = { kind: 'call', fn: 'select', args: [{ kind: 'inside', guards: inside, dtype: 'f32' }, term, zero], dtype: 'f32' };
        }
        sum = sum === undefined ? term : { kind: 'call', fn: 'add', args: [sum, term], dtype: 'f32' };
      }
      return sum ?? zero;
    },
  };
}
