/** What the shape rules and the float64 reference of all op families share: checks with numbers in their messages, and affine walks. */
import { type DType, type Shape, type Value, elementCount } from '../ir.ts';
import type { Wanted } from './op-def.ts';

export const shapeText = (shape: Shape): string => `[${shape.join(', ')}]`;
export const valueText = (value: Value): string => `${value.dtype}${shapeText(value.shape)}`;

/** The i-th input. Throws when the op was given fewer. */
export function inputAt(op: string, inputs: readonly Value[], index: number): Value {
  const value = inputs[index];
  if (value === undefined) throw new RangeError(`${op} needs at least ${index + 1} inputs, got ${inputs.length}`);
  return value;
}

export function expectInputs(op: string, inputs: readonly Value[], count: number): void {
  if (inputs.length !== count) throw new RangeError(`${op} needs ${count} input${count === 1 ? '' : 's'}, got ${inputs.length}`);
}

export function expectDType(op: string, what: string, value: Value, allowed: readonly DType[]): void {
  if (!allowed.includes(value.dtype)) {
    throw new RangeError(`${op} needs ${what} of type ${allowed.join(' or ')}, got ${valueText(value)}; convert it with ${allowed.includes('f32') ? 'toF32' : 'toI32'}`);
  }
}

/** The result shape that the caller asked for. Throws for ops that cannot do without one. */
export function wantedShape(op: string, wanted: Wanted): Shape {
  if (wanted.shape === undefined) throw new RangeError(`${op} needs the shape of its result to be given`);
  return wanted.shape;
}

export function expectAxis(op: string, axis: number, rank: number): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= rank) throw new RangeError(`${op}: axis ${axis} is outside a tensor of rank ${rank}`);
}

/** Every size a positive whole number, and few enough elements for 32-bit indices. */
export function expectValidShape(op: string, shape: Shape): void {
  if (!shape.every((n) => Number.isInteger(n) && n > 0)) throw new RangeError(`${op} would give shape ${shapeText(shape)}; every size must be a positive whole number`);
  const count = elementCount(shape);
  if (count > MAX_ELEMENTS) throw new RangeError(`${op} would give ${count} elements in shape ${shapeText(shape)}; a tensor holds at most ${MAX_ELEMENTS} (indices are 32-bit)`);
}
const MAX_ELEMENTS = 2 ** 31 - 1;

/** Elements between neighbours along each axis of a row-major tensor. */
export function rowMajorStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** offset + Σ strides[d] · index[d] for each index of `shape`, in row-major order. */
export function affinePositions(shape: Shape, strides: readonly number[], offset = 0): Int32Array {
  const positions = new Int32Array(elementCount(shape));
  const index = new Array<number>(shape.length).fill(0);
  let position = offset;
  for (let i = 0; i < positions.length; i++) {
    positions[i] = position;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      position -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return positions;
}

/** out[i] = data[positions[i]]. */
export function take(data: Float64Array, positions: Int32Array): Float64Array {
  const out = new Float64Array(positions.length);
  for (let i = 0; i < out.length; i++) out[i] = data[positions[i]!]!;
  return out;
}
