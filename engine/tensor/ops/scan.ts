/** Recurrence: a body that is computed again and again on what the time before left. */
import { type Shape, type Value, elementCount, isOp, sameShape } from '../ir.ts';
import type { ScanBody } from '../scan.ts';
import type { OpDef, RefTensor } from './op-def.ts';
import { expectInputs, inputAt, shapeText, valueText } from './shapes.ts';

/** `evaluateOp` computes one value of the body; handed in, because the table of all ops holds this one too. */
export const scanOp = (evaluateOp: (value: Value, inputs: readonly RefTensor[]) => Float64Array): OpDef<'scan'> => ({
  name: 'scan',
  infer(inputs, { body, result, steps }) {
    const { slices, carries, constants } = body;
    expectInputs('scan', inputs, slices.length + carries.length + constants.length);
    if (slices.length === 0 || steps < 1) throw new RangeError(`scan needs at least one sequence to walk along, and one step of it; got ${slices.length} sequences of ${steps} steps`);
    [...slices, ...carries, ...constants].forEach((leaf, i) => {
      const given = inputAt('scan', inputs, i);
      const wanted: Shape = i < slices.length ? [steps, ...leaf.shape] : leaf.shape;
      if (!sameShape(given.shape, wanted) || given.dtype !== leaf.dtype) throw new RangeError(`scan needs its input ${i} as ${leaf.dtype}${shapeText(wanted)}, got ${valueText(given)}`);
      if (given.dtype === 'u8') throw new RangeError(`scan walks along f32 and i32 only, its input ${i} is ${valueText(given)}; convert it with toF32 or toI32`);
    });
    if (result.kind === 'each') return { shape: [steps, ...result.value.shape], dtype: result.value.dtype };
    const carry = carries[result.carry];
    if (carry === undefined) throw new RangeError(`scan has no carry ${result.carry}; it carries ${carries.length}`);
    return { shape: result.kind === 'stack' ? [steps + 1, ...carry.shape] : carry.shape, dtype: carry.dtype };
  },
  vjp() {
    throw new Error('the results of a scan are differentiated together: see autodiff/scan.ts');
  },
  evaluate(inputs, { body, result, steps, reverse }, out) {
    const { slices, carries, constants } = body;
    const fixed = new Map<Value, RefTensor>();
    constants.forEach((leaf, i) => fixed.set(leaf, inputs[slices.length + carries.length + i]!));
    let held = carries.map((_, i) => inputs[slices.length + i]!.data);
    const stack = result.kind === 'last' ? undefined : new Float64Array(elementCount(out.shape));
    const slot = elementCount(out.shape.slice(1));
    if (result.kind === 'stack') stack!.set(held[result.carry]!, reverse ? steps * slot : 0);
    const order = body.values(result.kind === 'each' ? [result.value] : []);
    for (let step = 0; step < steps; step++) {
      const time = reverse ? steps - 1 - step : step;
      const tensors = new Map(fixed);
      slices.forEach((leaf, i) => {
        const count = elementCount(leaf.shape);
        tensors.set(leaf, { shape: leaf.shape, data: inputs[i]!.data.subarray(time * count, (time + 1) * count) });
      });
      carries.forEach((leaf, i) => tensors.set(leaf, { shape: leaf.shape, data: held[i]! }));
      const at = (value: Value): RefTensor => tensors.get(value)!;
      for (const value of order) if (!tensors.has(value)) tensors.set(value, { shape: value.shape, data: evaluateOp(value, value.inputs.map(at)) });
      held = body.next.map((value) => at(value).data);
      if (result.kind === 'each') stack!.set(at(result.value).data, time * slot);
      else if (result.kind === 'stack') stack!.set(held[result.carry]!, (reverse ? time : time + 1) * slot);
    }
    return result.kind === 'last' ? held[result.carry]! : stack!;
  },
});

/** Whether two values are results of one and the same scan: computed together, differentiated together. */
function isSameScan(a: Value<'scan'>, b: Value<'scan'>): boolean {
  return a.attrs.body === b.attrs.body && a.attrs.reverse === b.attrs.reverse && a.inputs.every((v, i) => v === b.inputs[i]);
}

/** The results of scans in groups that belong together, in the order of their first members. */
export function scanGroups(values: Iterable<Value>): Value<'scan'>[][] {
  const byBody = new Map<ScanBody, Value<'scan'>[][]>();
  const groups: Value<'scan'>[][] = [];
  for (const value of values) {
    if (!isOp(value, 'scan')) continue;
    const known = byBody.get(value.attrs.body) ?? [];
    byBody.set(value.attrs.body, known);
    const group = known.find(([first]) => first !== undefined && isSameScan(first, value));
    if (group !== undefined) group.push(value);
    else {
      const made = [value];
      known.push(made);
      groups.push(made);
    }
  }
  return groups;
}
