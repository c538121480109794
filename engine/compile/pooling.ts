/** Pooling as index arithmetic: the taps of a window, and for the gradients the windows that cover a position. */
import type { Value } from '../tensor/ir.ts';
import { type Axis, AxisSpace, type Lin, addLin, axisLin, scaleLin, shiftLin } from './affine.ts';
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

export interface PoolGradPart {
  readonly space: AxisSpace;
  readonly axes: readonly Axis[];
  readonly index: readonly Lin[];
  content(builder: ExprBuilder, guards: readonly SymGuard[]): SymExpr;
}

/** One part per phase of the stride; each adds up the windows that cover its positions, whose number is small and fixed. */
export function poolGradParts(value: Value<'maxPoolGrad' | 'sumPoolGrad'>): PoolGradPart[] {
  const { window } = value.attrs;
  const isMax = value.op === 'maxPoolGrad';
  const arg = isMax ? value.inputs[0] : undefined;
  const dy = isMax ? value.inputs[1] : value.inputs[0];
  if (dy === undefined) throw new Error(`${value.op} lacks its inputs`);
  const spatial = value.shape.slice(2);
  return phaseProduct(spatial.map((n, d) => stridePhases(window, d, n))).map((phases): PoolGradPart => {
    const space = new AxisSpace();
    const lead = space.axes(value.shape.slice(0, 2));
    const positions = space.axes(phases.map((p) => p.count));
    const index = [...lead.map(axisLin), ...phases.map((p, d) => shiftLin(scaleLin(axisLin(positions[d] ?? space.axis(1)), window.stride[d] ?? 1), p.residue))];
    const covering = phases.map((p) => Array.from({ length: p.taps }, (_, j) => j)).reduce<number[][]>((all, js) => all.flatMap((head) => js.map((j) => [...head, j])), [[]]);
    return {
      space, axes: [...lead, ...positions], index,
      content: (builder, guards) => {
        let sum: SymExpr | undefined;
        for (const js of covering) {
          const read = phases.map((p, d): Lin => shiftLin(axisLin(positions[d] ?? space.axis(1)), p.shift - p.advance * (js[d] ?? 0)));
          const inside = [...guards, ...read.flatMap((lin, d) => guardUnlessInside(lin, dy.shape[d + 2] ?? 1))];
          const at = [...lead.map(axisLin), ...read];
          const gradient = builder.build(dy, at, inside);
          let term: SymExpr = gradient;
          if (arg !== undefined) {
            const tap = phases.reduce((flat, p, d) => flat * (window.size[d] ?? 1) + p.firstTap + p.step * (js[d] ?? 0), 0);
            const winner: SymExpr = { kind: 'call', fn: 'equal', args: [builder.build(arg, at, inside), { kind: 'const', value: tap, dtype: 'i32' }], dtype: 'f32' };
            term = { kind: 'call', fn: 'select', args: [winner, gradient, { kind: 'const', value: 0, dtype: 'f32' }], dtype: 'f32' };
          }
          // A window outside of the pooled image gives 0: guarded loads fill with it; other expressions are selected away.
          if (inside.length > guards.length && gradient.kind !== 'load') {
            term = { kind: 'call', fn: 'select', args: [{ kind: 'inside', guards: inside, dtype: 'f32' }, term, { kind: 'const', value: 0, dtype: 'f32' }], dtype: 'f32' };
          }
          sum = sum === undefined ? term : { kind: 'call', fn: 'add', args: [sum, term], dtype: 'f32' };
        }
        return sum ?? { kind: 'const', value: 0, dtype: 'f32' };
      },
    };
  });
}
