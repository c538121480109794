/**
 * Contractions: the matrix product, and the convolution with its two adjoints. The three are one
 * trilinear form in (x, w, dy), so each is the derivative of the others and the family is closed.
 */
import { type OpAttrs, type Shape, type Value, type Window, elementCount, sameShape } from '../ir.ts';
import type { OpDef } from './op-def.ts';
import { expectDType, expectInputs, inputAt, shapeText, wantedShape } from './shapes.ts';
import { type WindowTable, windowOutput, windowTable } from './windows.ts';

export const dot: OpDef<'dot'> = {
  name: 'dot',
  infer(inputs) {
    expectInputs('dot', inputs, 2);
    const a = inputAt('dot', inputs, 0);
    const b = inputAt('dot', inputs, 1);
    expectDType('dot', 'a left factor', a, ['f32']);
    expectDType('dot', 'a right factor', b, ['f32']);
    const rank = a.shape.length;
    const fits = rank >= 2 && b.shape.length === rank && sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2)) && a.shape[rank - 1] === b.shape[rank - 2];
    if (!fits) throw new RangeError(`dot needs [batch…, M, K] and [batch…, K, N], got ${shapeText(a.shape)} and ${shapeText(b.shape)}`);
    return { shape: [...a.shape.slice(0, -1), b.shape[rank - 1]!], dtype: 'f32' };
  },
  vjp(b, value, grad) {
    const [left, right] = [inputAt('dot', value.inputs, 0), inputAt('dot', value.inputs, 1)];
    return [b.dot(grad, b.transpose(right)), b.dot(b.transpose(left), grad)];
  },
  evaluate([a, b], _attrs, out) {
    const [m, k] = a!.shape.slice(-2) as [number, number];
    const n = b!.shape.at(-1)!;
    const result = new Float64Array(elementCount(out.shape));
    for (let batch = 0; batch < result.length / (m * n); batch++) {
      for (let row = 0; row < m; row++) {
        const target = (batch * m + row) * n;
        for (let i = 0; i < k; i++) {
          const factor = a!.data[(batch * m + row) * k + i]!;
          const source = (batch * k + i) * n;
          for (let column = 0; column < n; column++) result[target + column]! += factor * b!.data[source + column]!;
        }
      }
    }
    return result;
  },
};

type ConvAttrs = OpAttrs['conv'];

/** The sizes of a convolution, whichever two of its three tensors are given. */
interface ConvSizes {
  readonly batch: number;
  readonly groups: number;
  readonly channelsPerGroup: number;
  readonly filtersPerGroup: number;
  readonly inputPositions: number;
  readonly table: WindowTable;
}

function convSizes(x: Shape, w: Shape, dy: Shape, { window, groups }: ConvAttrs): ConvSizes {
  return {
    batch: x[0]!, groups, channelsPerGroup: w[1]!, filtersPerGroup: w[0]! / groups,
    inputPositions: elementCount(x.slice(2)), table: windowTable(x.slice(2), dy.slice(2), window),
  };
}

/** Check x [N, C, …], w [O, C/groups, …kernel] against the window; gives the shape of dy [N, O, …]. */
function convOutput(op: string, x: Shape, w: Shape, window: Window, groups: number): number[] {
  const spatialRank = x.length - 2;
  if (spatialRank < 1 || w.length !== x.length) throw new RangeError(`${op} needs an input [N, C, …spatial] and a filter [O, C/groups, …kernel] of the same rank of at least 3, got ${shapeText(x)} and ${shapeText(w)}`);
  if (!sameShape(w.slice(2), window.size)) throw new RangeError(`${op}: the filter ${shapeText(w)} has a kernel of ${shapeText(w.slice(2))}, the window says ${shapeText(window.size)}`);
  if (!Number.isInteger(groups) || groups < 1 || x[1]! % groups !== 0 || w[0]! % groups !== 0) throw new RangeError(`${op}: ${groups} groups do not divide ${x[1]} input and ${w[0]} output channels`);
  if (w[1] !== x[1]! / groups) throw new RangeError(`${op}: an input ${shapeText(x)} in ${groups} group${groups === 1 ? '' : 's'} needs filters of ${x[1]! / groups} channels, got ${shapeText(w)}`);
  return [x[0]!, w[0]!, ...windowOutput(op, x.slice(2), window)];
}

function expectFloats(op: string, inputs: readonly Value[]): [Value, Value] {
  expectInputs(op, inputs, 2);
  const pair: [Value, Value] = [inputAt(op, inputs, 0), inputAt(op, inputs, 1)];
  for (const value of pair) expectDType(op, 'inputs', value, ['f32']);
  return pair;
}

function expectAdjoint(op: string, dy: Shape, output: Shape): void {
  if (!sameShape(dy, output)) throw new RangeError(`${op}: the convolution gives ${shapeText(output)}, the gradient by its output is ${shapeText(dy)}`);
}

export const conv: OpDef<'conv'> = {
  name: 'conv',
  infer(inputs, { window, groups }) {
    const [x, w] = expectFloats('conv', inputs);
    return { shape: convOutput('conv', x.shape, w.shape, window, groups), dtype: 'f32' };
  },
  vjp(b, value, grad) {
    const [x, w] = value.inputs as [Value, Value];
    const { window, groups } = value.attrs;
    return [b.convInputGrad(grad, w, window, groups, x.shape), b.convWeightGrad(x, grad, window, groups, w.shape)];
  },
  evaluate([x, w], attrs, out) {
    const sizes = convSizes(x!.shape, w!.shape, out.shape, attrs);
    const [xs, ws, result] = [x!.data, w!.data, new Float64Array(elementCount(out.shape))];
    forEachPlane(sizes, (xStart, wStart, dyStart, { places, taps, at }) => {
      for (let place = 0, i = 0; place < places; place++) {
        let sum = 0;
        for (let tap = 0; tap < taps; tap++, i++) {
          const position = at[i]!;
          if (position >= 0) sum += xs[xStart + position]! * ws[wStart + tap]!;
        }
        result[dyStart + place]! += sum;
      }
    });
    return result;
  },
};

export const convInputGrad: OpDef<'convInputGrad'> = {
  name: 'convInputGrad',
  infer(inputs, { window, groups }, wanted) {
    const [dy, w] = expectFloats('convInputGrad', inputs);
    const shape = wantedShape('convInputGrad', wanted);
    expectAdjoint('convInputGrad', dy.shape, convOutput('convInputGrad', shape, w.shape, window, groups));
    return { shape, dtype: 'f32' };
  },
  vjp(b, value, grad) {
    const [dy, w] = value.inputs as [Value, Value];
    const { window, groups } = value.attrs;
    // The adjoint of an adjoint is the convolution itself; by the filter, grad plays the input's part.
    return [b.conv(grad, w, window, groups), b.convWeightGrad(grad, dy, window, groups, w.shape)];
  },
  evaluate([dy, w], attrs, out) {
    const sizes = convSizes(out.shape, w!.shape, dy!.shape, attrs);
    const [dys, ws, result] = [dy!.data, w!.data, new Float64Array(elementCount(out.shape))];
    forEachPlane(sizes, (xStart, wStart, dyStart, { places, taps, at }) => {
      for (let place = 0, i = 0; place < places; place++) {
        const factor = dys[dyStart + place]!;
        for (let tap = 0; tap < taps; tap++, i++) {
          const position = at[i]!;
          if (position >= 0) result[xStart + position]! += factor * ws[wStart + tap]!;
        }
      }
    });
    return result;
  },
};

export const convWeightGrad: OpDef<'convWeightGrad'> = {
  name: 'convWeightGrad',
  infer(inputs, { window, groups }, wanted) {
    const [x, dy] = expectFloats('convWeightGrad', inputs);
    const shape = wantedShape('convWeightGrad', wanted);
    expectAdjoint('convWeightGrad', dy.shape, convOutput('convWeightGrad', x.shape, shape, window, groups));
    return { shape, dtype: 'f32' };
  },
  vjp(b, value, grad) {
    const [x, dy] = value.inputs as [Value, Value];
    const { window, groups } = value.attrs;
    return [b.convInputGrad(dy, grad, window, groups, x.shape), b.conv(x, grad, window, groups)];
  },
  evaluate([x, dy], attrs, out) {
    const sizes = convSizes(x!.shape, out.shape, dy!.shape, attrs);
    const [xs, dys, result] = [x!.data, dy!.data, new Float64Array(elementCount(out.shape))];
    forEachPlane(sizes, (xStart, wStart, dyStart, { places, taps, at }) => {
      for (let place = 0, i = 0; place < places; place++) {
        const factor = dys[dyStart + place]!;
        for (let tap = 0; tap < taps; tap++, i++) {
          const position = at[i]!;
          if (position >= 0) result[wStart + tap]! += factor * xs[xStart + position]!;
        }
      }
    });
    return result;
  },
};

/**
 * Visit every (sample, filter, channel): where its plane of x, its kernel of w and its plane of dy
 * start. The loops over places and taps are each op's own, so that V8 compiles them without calls.
 */
function forEachPlane(sizes: ConvSizes, visit: (xStart: number, wStart: number, dyStart: number, table: WindowTable) => void): void {
  const { batch, groups, channelsPerGroup, filtersPerGroup, inputPositions, table } = sizes;
  const channels = groups * channelsPerGroup;
  const filters = groups * filtersPerGroup;
  for (let n = 0; n < batch; n++) {
    for (let filter = 0; filter < filters; filter++) {
      const firstChannel = Math.floor(filter / filtersPerGroup) * channelsPerGroup;
      for (let c = 0; c < channelsPerGroup; c++) {
        visit((n * channels + firstChannel + c) * inputPositions, (filter * channelsPerGroup + c) * table.taps, (n * filters + filter) * table.places, table);
      }
    }
  }
}
