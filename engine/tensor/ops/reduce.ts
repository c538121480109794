/** Ops that shrink an axis to size 1: sum, max, min and the place of the largest. */
import { elementCount } from '../ir.ts';
import type { OpDef } from './op-def.ts';
import { affinePositions, expectAxis, expectDType, expectInputs, inputAt, rowMajorStrides } from './shapes.ts';

export const reduce: OpDef<'reduce'> = {
  name: 'reduce',
  infer(inputs, { fn, axes }) {
    expectInputs('reduce', inputs, 1);
    const x = inputAt('reduce', inputs, 0);
    expectDType(`reduce ${fn}`, 'an input', x, ['f32', 'i32']);
    for (const [i, axis] of axes.entries()) {
      expectAxis('reduce', axis, x.shape.length);
      if (i > 0 && axes[i - 1]! >= axis) throw new RangeError(`reduce: axes [${axes.join(', ')}] are not in ascending order`);
    }
    return { shape: x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n)), dtype: x.dtype };
  },
  vjp(b, value, grad) {
    const x = inputAt('reduce', value.inputs, 0);
    if (value.attrs.fn === 'sum') return [b.expand(grad, x.shape)];
    // Elements that tie for the extreme share its gradient equally.
    const winners = b.equal(x, value);
    const share = b.div(grad, b.sum(winners, value.attrs.axes, true));
    return [b.mul(winners, share)];
  },
  evaluate([x], { fn, axes }, out) {
    const strides = rowMajorStrides(out.shape).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
    const positions = affinePositions(x!.shape, strides);
    const result = new Float64Array(elementCount(out.shape)).fill(fn === 'sum' ? 0 : fn === 'max' ? -Infinity : Infinity);
    for (let i = 0; i < positions.length; i++) {
      const at = positions[i]!;
      const a = result[at]!;
      const item = x!.data[i]!;
      // Math.max and Math.min give NaN when either argument is NaN, as the contract wants.
      result[at] = fn === 'sum' ? a + item : fn === 'max' ? Math.max(a, item) : Math.min(a, item);
    }
    // An i32 sum wraps; the float64 sum of fewer than 2^21 such numbers is exact, so it may wrap once at the end.
    return out.dtype === 'i32' ? result.map((n) => n | 0) : result;
  },
};

export const argmax: OpDef<'argmax'> = {
  name: 'argmax',
  infer(inputs, { axis }) {
    expectInputs('argmax', inputs, 1);
    const x = inputAt('argmax', inputs, 0);
    expectDType('argmax', 'an input', x, ['f32', 'i32']);
    expectAxis('argmax', axis, x.shape.length);
    return { shape: x.shape.map((n, i) => (i === axis ? 1 : n)), dtype: 'i32' };
  },
  vjp: () => [undefined],
  evaluate([x], { axis }, out) {
    const starts = affinePositions(out.shape, rowMajorStrides(x!.shape));
    const stride = rowMajorStrides(x!.shape)[axis]!;
    const size = x!.shape[axis]!;
    return Float64Array.from(starts, (start) => {
      let best = 0;
      for (let i = 1; i < size; i++) {
        const item = x!.data[start + i * stride]!;
        const largest = x!.data[start + best * stride]!;
        // The first NaN wins, as in max.
        if (item > largest || (Number.isNaN(item) && !Number.isNaN(largest))) best = i;
      }
      return best;
    });
  },
};
