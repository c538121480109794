/** Affine index forms: what divisions and reshapes say must hold at every point of the loops. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Axis, AxisSpace, type Lin, addLin, axisLin, flattenLin, rangeLin, scaleLin, shiftLin } from '../../engine/compile/affine.ts';
import { reshapeIndex } from '../../engine/compile/symbolic.ts';

/** The value of a form where the axes stand at `at`. */
const valueAt = (lin: Lin, at: ReadonlyMap<Axis, number>): number => lin.terms.reduce((sum, { axis, coefficient }) => sum + coefficient * (at.get(axis) ?? NaN), lin.constant);

/** Numbers of split axes from those of the axes that they were cut from. */
function assign(space: AxisSpace, axes: readonly Axis[], numbers: readonly number[]): Map<Axis, number> {
  const at = new Map<Axis, number>();
  axes.forEach((axis, i) => {
    const leaves = space.leaves(axis);
    let rest = numbers[i] ?? 0;
    at.set(axis, rest);
    for (const leaf of [...leaves].reverse()) {
      at.set(leaf, rest % leaf.size);
      rest = Math.floor(rest / leaf.size);
    }
  });
  return at;
}

/** Two shapes of the same elements: factors of one number, grouped in two ways. */
const shapes = fc.array(fc.constantFrom(1, 2, 3, 4), { minLength: 1, maxLength: 5 }).chain((factors) =>
  fc.tuple(fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), fc.array(fc.boolean(), { minLength: 5, maxLength: 5 })).map((cuts) => cuts.map((cut) => {
    const shape: number[] = [];
    factors.forEach((n, i) => (i > 0 && cut[i] ? (shape[shape.length - 1] = (shape.at(-1) ?? 1) * n) : shape.push(n)));
    return shape;
  }) as [number[], number[]]));

test('a reshaped index names the same element', () => {
  fc.assert(fc.property(shapes, ([from, to]) => {
    const space = new AxisSpace();
    const axes = space.axes(from);
    const index = axes.map(axisLin);
    const result = reshapeIndex(space, index, from, to);
    // Both shapes group the same factors, so the form exists.
    expect(result).toBeDefined();
    const points = from.reduce<number[][]>((all, n) => all.flatMap((head) => Array.from({ length: n }, (_, i) => [...head, i])), [[]]);
    points.forEach((point, flat) => {
      const at = assign(space, axes, point);
      const there = (result ?? []).map((lin) => valueAt(space.resolve(lin), at));
      there.forEach((n, d) => expect(n >= 0 && n < (to[d] ?? 1)).toBe(true));
      expect(there.reduce((sum, n, d) => sum * (to[d] ?? 1) + n, 0)).toBe(flat);
    });
  }), { seed: 5, numRuns: 200 });
});

test('shapes without common factors have no affine form', () => {
  const space = new AxisSpace();
  const [a, b] = space.axes([2, 3]) as [Axis, Axis];
  expect(reshapeIndex(space, [axisLin(a), axisLin(b)], [2, 3], [3, 2])).toBeUndefined();
});

test('division cuts an axis where the divisor ends', () => {
  const space = new AxisSpace();
  const [axis] = space.axes([12]) as [Axis];
  const parts = space.divide(axisLin(axis), 4);
  expect(space.leaves(axis).map((leaf) => leaf.size)).toEqual([3, 4]);
  for (let i = 0; i < 12; i++) {
    const at = assign(space, [axis], [i]);
    expect([valueAt(space.resolve(parts?.quotient ?? axisLin(axis)), at), valueAt(space.resolve(parts?.remainder ?? axisLin(axis)), at)]).toEqual([Math.floor(i / 4), i % 4]);
  }
});

test('ranges follow signs, and flat indices are row-major', () => {
  const space = new AxisSpace();
  const [a, b] = space.axes([3, 5]) as [Axis, Axis];
  expect(rangeLin(shiftLin(addLin(scaleLin(axisLin(a), -2), axisLin(b)), 1))).toEqual({ min: -3, max: 5 });
  expect(flattenLin([axisLin(a), axisLin(b)], [3, 5]).terms.map((t) => t.coefficient)).toEqual([5, 1]);
});
