/** Ops that only move elements: each is an affine view of its input, or writes its inputs through one. */
import type { Builder } from '../builder.ts';
import { type Shape, type Value, elementCount } from '../ir.ts';
import type { OpDef } from './op-def.ts';
import { affinePositions, expectAxis, expectInputs, inputAt, rowMajorStrides, shapeText, take, valueText, wantedShape } from './shapes.ts';

export const reshape: OpDef<'reshape'> = {
  name: 'reshape',
  infer(inputs, _attrs, wanted) {
    expectInputs('reshape', inputs, 1);
    const x = inputAt('reshape', inputs, 0);
    const shape = wantedShape('reshape', wanted);
    if (elementCount(shape) !== elementCount(x.shape)) {
      throw new RangeError(`reshape cannot turn ${shapeText(x.shape)} (${elementCount(x.shape)} elements) into ${shapeText(shape)} (${elementCount(shape)} elements)`);
    }
    return { shape, dtype: x.dtype };
  },
  vjp: (b, value, grad) => [b.reshape(grad, inputAt('reshape', value.inputs, 0).shape)],
  evaluate: ([x]) => x!.data,
};

export const permute: OpDef<'permute'> = {
  name: 'permute',
  infer(inputs, { order }) {
    expectInputs('permute', inputs, 1);
    const x = inputAt('permute', inputs, 0);
    if (order.length !== x.shape.length || !x.shape.every((_, axis) => order.includes(axis))) {
      throw new RangeError(`permute: [${order.join(', ')}] is not an order of the ${x.shape.length} axes of ${shapeText(x.shape)}`);
    }
    return { shape: order.map((axis) => x.shape[axis]!), dtype: x.dtype };
  },
  vjp: (b, value, grad) => [b.permute(grad, value.attrs.order.map((_, axis) => value.attrs.order.indexOf(axis)))],
  evaluate([x], { order }, out) {
    const strides = rowMajorStrides(x!.shape);
    return take(x!.data, affinePositions(out.shape, order.map((axis) => strides[axis]!)));
  },
};

export const expand: OpDef<'expand'> = {
  name: 'expand',
  infer(inputs, _attrs, wanted) {
    expectInputs('expand', inputs, 1);
    const x = inputAt('expand', inputs, 0);
    const shape = wantedShape('expand', wanted);
    if (shape.length !== x.shape.length || !x.shape.every((n, axis) => n === 1 || n === shape[axis])) {
      throw new RangeError(`expand cannot repeat ${shapeText(x.shape)} to ${shapeText(shape)}; only axes of size 1 repeat, and the rank stays`);
    }
    return { shape, dtype: x.dtype };
  },
  vjp(b, value, grad) {
    const x = inputAt('expand', value.inputs, 0);
    return [b.sum(grad, x.shape.flatMap((n, axis) => (n === value.shape[axis] ? [] : [axis])), true)];
  },
  evaluate([x], _attrs, out) {
    const strides = rowMajorStrides(x!.shape).map((stride, axis) => (x!.shape[axis] === 1 ? 0 : stride));
    return take(x!.data, affinePositions(out.shape, strides));
  },
};

export const slice: OpDef<'slice'> = {
  name: 'slice',
  infer(inputs, { start, step }, wanted) {
    expectInputs('slice', inputs, 1);
    const x = inputAt('slice', inputs, 0);
    const shape = wantedShape('slice', wanted);
    const rank = x.shape.length;
    if (start.length !== rank || step.length !== rank || shape.length !== rank) {
      throw new RangeError(`slice of ${shapeText(x.shape)} needs ${rank} starts, steps and sizes, got ${start.length}, ${step.length} and ${shape.length}`);
    }
    for (let axis = 0; axis < rank; axis++) {
      const [first, by, size] = [start[axis]!, step[axis]!, shape[axis]!];
      if (!Number.isInteger(first) || !Number.isInteger(by) || first < 0 || by < 1 || first + (size - 1) * by >= x.shape[axis]!) {
        throw new RangeError(`slice of ${shapeText(x.shape)}: ${size} elements from ${first} in steps of ${by} do not lie inside axis ${axis} of size ${x.shape[axis]}`);
      }
    }
    return { shape, dtype: x.dtype };
  },
  vjp(b, value, grad) {
    const x = inputAt('slice', value.inputs, 0);
    const spread = interleaveZeros(b, grad, value.attrs.step);
    const after = x.shape.map((n, axis) => n - value.attrs.start[axis]! - spread.shape[axis]!);
    return [b.pad(spread, value.attrs.start, after)];
  },
  evaluate([x], { start, step }, out) {
    const strides = rowMajorStrides(x!.shape);
    const offset = start.reduce((sum, first, axis) => sum + first * strides[axis]!, 0);
    return take(x!.data, affinePositions(out.shape, strides.map((stride, axis) => stride * step[axis]!), offset));
  },
};

/** step[i] - 1 zeros between neighbours along each axis: size n becomes (n - 1)·step + 1. */
function interleaveZeros(b: Builder, x: Value, step: readonly number[]): Value {
  let spread = x;
  for (const [axis, by] of step.entries()) {
    const shape = spread.shape;
    const size = shape[axis]!;
    if (by === 1 || size === 1) continue;
    const column = b.reshape(spread, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]);
    const padded = b.pad(column, column.shape.map(() => 0), column.shape.map((_, i) => (i === axis + 1 ? by - 1 : 0)));
    const flat = b.reshape(padded, shape.map((n, i) => (i === axis ? n * by : n)));
    spread = b.slice(flat, axis, 0, (size - 1) * by + 1);
  }
  return spread;
}

export const flip: OpDef<'flip'> = {
  name: 'flip',
  infer(inputs, { axes }) {
    expectInputs('flip', inputs, 1);
    const x = inputAt('flip', inputs, 0);
    for (const axis of axes) expectAxis('flip', axis, x.shape.length);
    if (new Set(axes).size !== axes.length) throw new RangeError(`flip: an axis of [${axes.join(', ')}] is named twice`);
    return { shape: x.shape, dtype: x.dtype };
  },
  vjp: (b, value, grad) => [b.flip(grad, value.attrs.axes)],
  evaluate([x], { axes }, out) {
    const strides = rowMajorStrides(x!.shape);
    const offset = axes.reduce((sum, axis) => sum + (x!.shape[axis]! - 1) * strides[axis]!, 0);
    return take(x!.data, affinePositions(out.shape, strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)), offset));
  },
};

export const pad: OpDef<'pad'> = {
  name: 'pad',
  infer(inputs, { before, after }) {
    expectInputs('pad', inputs, 1);
    const x = inputAt('pad', inputs, 0);
    if (before.length !== x.shape.length || after.length !== x.shape.length) {
      throw new RangeError(`pad of ${shapeText(x.shape)} needs ${x.shape.length} sizes before and after, got ${before.length} and ${after.length}`);
    }
    if (![...before, ...after].every((n) => Number.isInteger(n) && n >= 0)) {
      throw new RangeError(`pad: sizes before [${before.join(', ')}] and after [${after.join(', ')}] must be whole and not negative; slice to remove elements`);
    }
    return { shape: x.shape.map((n, axis) => n + before[axis]! + after[axis]!), dtype: x.dtype };
  },
  vjp(b, value, grad) {
    const x = inputAt('pad', value.inputs, 0);
    return [b.make('slice', [grad], { start: value.attrs.before, step: x.shape.map(() => 1) }, { shape: x.shape })];
  },
  evaluate([x], { before, value }, out) {
    const result = new Float64Array(elementCount(out.shape)).fill(value);
    writeAt(result, out.shape, x!.data, x!.shape, before);
    return result;
  },
};

export const concat: OpDef<'concat'> = {
  name: 'concat',
  infer(inputs, { axis }) {
    const first = inputAt('concat', inputs, 0);
    expectAxis('concat', axis, first.shape.length);
    for (const part of inputs) {
      const fits = part.dtype === first.dtype && part.shape.length === first.shape.length && part.shape.every((n, i) => i === axis || n === first.shape[i]);
      if (!fits) throw new RangeError(`concat along axis ${axis}: ${valueText(part)} does not fit ${valueText(first)}; types and all other sizes must be equal`);
    }
    const size = inputs.reduce((sum, part) => sum + part.shape[axis]!, 0);
    return { shape: first.shape.map((n, i) => (i === axis ? size : n)), dtype: first.dtype };
  },
  vjp(b, value, grad) {
    const { axis } = value.attrs;
    let start = 0;
    return value.inputs.map((part) => {
      const from = start;
      start += part.shape[axis]!;
      return b.slice(grad, axis, from, start);
    });
  },
  evaluate(parts, { axis }, out) {
    const result = new Float64Array(elementCount(out.shape));
    let start = 0;
    for (const part of parts) {
      writeAt(result, out.shape, part.data, part.shape, out.shape.map((_, i) => (i === axis ? start : 0)));
      start += part.shape[axis]!;
    }
    return result;
  },
};

/** Copy a block into a larger tensor, its first element at index `corner`. */
function writeAt(target: Float64Array, targetShape: Shape, block: Float64Array, blockShape: Shape, corner: readonly number[]): void {
  const strides = rowMajorStrides(targetShape);
  const offset = corner.reduce((sum, start, axis) => sum + start * strides[axis]!, 0);
  const positions = affinePositions(blockShape, strides, offset);
  for (let i = 0; i < positions.length; i++) target[positions[i]!] = block[i]!;
}
