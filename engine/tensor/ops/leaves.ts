/** Values without tensor inputs: what is fed, kept, written into the plan, counted or drawn at random. */
import { elementCount } from '../ir.ts';
import { drawRandom } from '../random.ts';
import type { OpDef } from './op-def.ts';
import { affinePositions, expectAxis, expectInputs, inputAt, shapeText, valueText, wantedShape } from './shapes.ts';

function givenByCaller(op: string, name: string): never {
  throw new Error(`${op} '${name}' has no value of its own; the caller of evaluate gives it`);
}

export const input: OpDef<'input'> = {
  name: 'input',
  infer(inputs, attrs, wanted) {
    expectInputs(`input '${attrs.name}'`, inputs, 0);
    return { shape: wantedShape('input', wanted), dtype: wanted.dtype ?? 'f32' };
  },
  vjp: () => [],
  evaluate: (_inputs, attrs) => givenByCaller('input', attrs.name),
};

export const state: OpDef<'state'> = {
  name: 'state',
  infer(inputs, attrs, wanted) {
    expectInputs(`state '${attrs.name}'`, inputs, 0);
    return { shape: wantedShape('state', wanted), dtype: wanted.dtype ?? 'f32' };
  },
  vjp: () => [],
  evaluate: (_inputs, attrs) => givenByCaller('state', attrs.name),
};

export const constant: OpDef<'constant'> = {
  name: 'constant',
  infer(inputs, attrs, wanted) {
    expectInputs('constant', inputs, 0);
    const dtype = wanted.dtype ?? 'f32';
    const fits = dtype === 'f32' || (dtype === 'i32' ? (attrs.value | 0) === attrs.value : (attrs.value & 255) === attrs.value);
    if (!fits) throw new RangeError(`constant ${attrs.value} is not a number of type ${dtype}`);
    return { shape: wanted.shape ?? [], dtype };
  },
  vjp: () => [],
  evaluate: (_inputs, attrs, out) => new Float64Array(elementCount(out.shape)).fill(attrs.value),
};

export const literal: OpDef<'literal'> = {
  name: 'literal',
  infer(inputs, attrs, wanted) {
    expectInputs('literal', inputs, 0);
    const shape = wantedShape('literal', wanted);
    if (elementCount(shape) !== attrs.data.length) throw new RangeError(`literal of ${attrs.data.length} numbers does not fill shape ${shapeText(shape)}, which has ${elementCount(shape)}`);
    return { shape, dtype: attrs.data instanceof Int32Array ? 'i32' : 'f32' };
  },
  vjp: () => [],
  evaluate: (_inputs, attrs) => Float64Array.from(attrs.data),
};

export const iota: OpDef<'iota'> = {
  name: 'iota',
  infer(inputs, attrs, wanted) {
    expectInputs('iota', inputs, 0);
    const shape = wantedShape('iota', wanted);
    expectAxis('iota', attrs.axis, shape.length);
    return { shape, dtype: 'i32' };
  },
  vjp: () => [],
  evaluate: (_inputs, attrs, out) => Float64Array.from(affinePositions(out.shape, out.shape.map((_, axis) => (axis === attrs.axis ? 1 : 0)))),
};

export const random: OpDef<'random'> = {
  name: 'random',
  infer(inputs, attrs, wanted) {
    expectInputs('random', inputs, 2);
    for (const [i, what] of ['seed', 'step'].entries()) {
      const value = inputAt('random', inputs, i);
      if (value.dtype !== 'i32' || value.shape.length !== 0) throw new RangeError(`random needs its ${what} as an i32 scalar, got ${valueText(value)}`);
    }
    if (!Number.isInteger(attrs.stream) || attrs.stream < 0 || attrs.stream >= 2 ** 32) throw new RangeError(`random: stream ${attrs.stream} is not an unsigned 32-bit number`);
    return { shape: wantedShape('random', wanted), dtype: 'f32' };
  },
  vjp: () => [undefined, undefined],
  evaluate([seed, step], attrs, out) {
    return drawRandom(attrs.distribution, elementCount(out.shape), seed!.data[0]!, step!.data[0]!, attrs.stream);
  },
};
