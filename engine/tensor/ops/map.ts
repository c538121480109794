/** Elementwise ops. What each scalar function means stands in `scalar.ts`; this is the loop around it. */
import { elementCount, sameShape } from '../ir.ts';
import { scalarFunctions } from '../scalar.ts';
import type { OpDef } from './op-def.ts';
import { expectInputs, valueText } from './shapes.ts';

export const map: OpDef<'map'> = {
  name: 'map',
  infer(inputs, { fn }) {
    const scalar = scalarFunctions[fn];
    expectInputs(fn, inputs, scalar.arity);
    const [first] = inputs;
    if (!inputs.every((v) => sameShape(v.shape, first!.shape))) throw new RangeError(`${fn} needs inputs of one shape, got ${inputs.map(valueText).join(' and ')}; broadcast them first`);
    const dtype = scalar.dtype(inputs.map((v) => v.dtype));
    if (dtype === undefined) throw new RangeError(`${fn} is not defined for ${inputs.map(valueText).join(' and ')}; convert with toF32 or toI32`);
    return { shape: first!.shape, dtype };
  },
  vjp(b, value, grad) {
    return scalarFunctions[value.attrs.fn].derivative(b, value.inputs, value, grad);
  },
  evaluate([x, y, z], { fn }, out) {
    const scalar = scalarFunctions[fn];
    const compute = out.dtype === 'i32' && scalar.evaluateInt !== undefined ? scalar.evaluateInt : scalar.evaluate;
    const result = new Float64Array(elementCount(out.shape));
    for (let i = 0; i < result.length; i++) result[i] = compute(x!.data[i]!, y?.data[i] ?? 0, z?.data[i] ?? 0);
    return result;
  },
};
