/** Pools: the maximum and the sum over windows, and their adjoints. (An average is a sum and a scale.) */
import type { Builder } from '../builder.ts';
import { type Shape, type Value, type Window, elementCount, sameShape } from '../ir.ts';
import type { OpDef, RefTensor } from './op-def.ts';
import { expectDType, expectInputs, inputAt, shapeText, valueText, wantedShape } from './shapes.ts';
import { expectNoEmptyWindow, windowOutput, windowTable } from './windows.ts';

function pooledShape(op: string, x: Shape, window: Window): number[] {
  if (x.length < 3) throw new RangeError(`${op} needs an input [N, C, …spatial] of rank 3 or more, got ${shapeText(x)}`);
  return [x[0]!, x[1]!, ...windowOutput(op, x.slice(2), window)];
}

function inferMaxPool(op: string, inputs: readonly Value[], window: Window): number[] {
  expectInputs(op, inputs, 1);
  const x = inputAt(op, inputs, 0);
  expectDType(op, 'an input', x, ['f32']);
  const shape = pooledShape(op, x.shape, window);
  expectNoEmptyWindow(op, x.shape.slice(2), window, shape.slice(2));
  return shape;
}

function inferAdjoint(op: string, dy: Value, window: Window, shape: Shape): { shape: Shape; dtype: 'f32' } {
  expectDType(op, 'a gradient', dy, ['f32']);
  const pooled = pooledShape(op, shape, window);
  if (!sameShape(pooled, dy.shape)) throw new RangeError(`${op}: the pool of ${shapeText(shape)} gives ${shapeText(pooled)}, the gradient by its output is ${shapeText(dy.shape)}`);
  return { shape, dtype: 'f32' };
}

/** For each window (row-major over N, C, places): its number and the input positions of its taps that are inside. */
function forEachWindow(x: Shape, out: Shape, window: Window, visit: (out: number, position: number, tap: number) => void): void {
  const { places, taps, at } = windowTable(x.slice(2), out.slice(2), window);
  const positions = elementCount(x.slice(2));
  for (let map = 0; map < x[0]! * x[1]!; map++) {
    for (let place = 0; place < places; place++) {
      for (let tap = 0; tap < taps; tap++) {
        const position = at[place * taps + tap]!;
        if (position >= 0) visit(map * places + place, map * positions + position, tap);
      }
    }
  }
}

/** The largest element of each window and its tap; the first wins a tie, the first NaN wins all. */
function windowMaxima(x: RefTensor, out: Shape, window: Window): { largest: Float64Array; tap: Float64Array } {
  const count = elementCount(out);
  const largest = new Float64Array(count).fill(-Infinity);
  const tapOf = new Float64Array(count).fill(-1);
  forEachWindow(x.shape, out, window, (at, position, tap) => {
    const item = x.data[position]!;
    if (tapOf[at] === -1 || item > largest[at]! || (Number.isNaN(item) && !Number.isNaN(largest[at]))) {
      largest[at] = item;
      tapOf[at] = tap;
    }
  });
  return { largest, tap: tapOf };
}

export const maxPool: OpDef<'maxPool'> = {
  name: 'maxPool',
  infer: (inputs, { window }) => ({ shape: inferMaxPool('maxPool', inputs, window), dtype: 'f32' }),
  vjp(b, value, grad) {
    const x = inputAt('maxPool', value.inputs, 0);
    const { window } = value.attrs;
    return [b.maxPoolGrad(b.maxPoolArg(x, window), grad, window, x.shape)];
  },
  evaluate: ([x], { window }, out) => windowMaxima(x!, out.shape, window).largest,
};

export const maxPoolArg: OpDef<'maxPoolArg'> = {
  name: 'maxPoolArg',
  infer: (inputs, { window }) => ({ shape: inferMaxPool('maxPoolArg', inputs, window), dtype: 'i32' }),
  vjp: () => [undefined],
  evaluate: ([x], { window }, out) => windowMaxima(x!, out.shape, window).tap,
};

export const maxPoolGrad: OpDef<'maxPoolGrad'> = {
  name: 'maxPoolGrad',
  infer(inputs, { window }, wanted) {
    expectInputs('maxPoolGrad', inputs, 2);
    const [arg, dy] = [inputAt('maxPoolGrad', inputs, 0), inputAt('maxPoolGrad', inputs, 1)];
    if (arg.dtype !== 'i32' || !sameShape(arg.shape, dy.shape)) throw new RangeError(`maxPoolGrad needs the winning taps as i32${shapeText(dy.shape)}, got ${valueText(arg)}`);
    return inferAdjoint('maxPoolGrad', dy, window, wantedShape('maxPoolGrad', wanted));
  },
  vjp(b, value, grad) {
    const arg = inputAt('maxPoolGrad', value.inputs, 0);
    return [undefined, takeWinners(b, arg, grad, value.attrs.window)];
  },
  evaluate([arg, dy], { window }, out) {
    const result = new Float64Array(elementCount(out.shape));
    forEachWindow(out.shape, dy!.shape, window, (at, position, tap) => {
      if (arg!.data[at] === tap) result[position]! += dy!.data[at]!;
    });
    return result;
  },
};

/** From each window the element at tap `arg`. One select per tap: only second derivatives come here. */
function takeWinners(b: Builder, arg: Value, x: Value, window: Window): Value {
  const spatialOf = (list: readonly number[]): number[] => [0, 0, ...list];
  const padded = b.pad(x, spatialOf(window.padBefore), spatialOf(window.padAfter));
  let picked = b.constant(0, arg.shape);
  const tap = window.size.map(() => 0);
  for (let number = 0; number < elementCount(window.size); number++) {
    const start = spatialOf(tap.map((t, axis) => t * window.dilation[axis]!));
    const seen = b.make('slice', [padded], { start, step: [1, 1, ...window.stride] }, { shape: arg.shape });
    picked = b.select(b.equal(arg, number), seen, picked);
    for (let axis = tap.length - 1; axis >= 0; axis--) {
      if (++tap[axis]! < window.size[axis]!) break;
      tap[axis] = 0;
    }
  }
  return picked;
}

export const sumPool: OpDef<'sumPool'> = {
  name: 'sumPool',
  infer(inputs, { window }) {
    expectInputs('sumPool', inputs, 1);
    const x = inputAt('sumPool', inputs, 0);
    expectDType('sumPool', 'an input', x, ['f32']);
    return { shape: pooledShape('sumPool', x.shape, window), dtype: 'f32' };
  },
  vjp: (b, value, grad) => [b.sumPoolGrad(grad, value.attrs.window, inputAt('sumPool', value.inputs, 0).shape)],
  evaluate([x], { window }, out) {
    const result = new Float64Array(elementCount(out.shape));
    forEachWindow(x!.shape, out.shape, window, (at, position) => { result[at]! += x!.data[position]!; });
    return result;
  },
};

export const sumPoolGrad: OpDef<'sumPoolGrad'> = {
  name: 'sumPoolGrad',
  infer(inputs, { window }, wanted) {
    expectInputs('sumPoolGrad', inputs, 1);
    return inferAdjoint('sumPoolGrad', inputAt('sumPoolGrad', inputs, 0), window, wantedShape('sumPoolGrad', wanted));
  },
  vjp: (b, value, grad) => [b.sumPool(grad, value.attrs.window)],
  evaluate([dy], { window }, out) {
    const result = new Float64Array(elementCount(out.shape));
    forEachWindow(out.shape, dy!.shape, window, (at, position) => { result[position]! += dy!.data[at]!; });
    return result;
  },
};
