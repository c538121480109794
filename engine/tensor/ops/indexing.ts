/** Rows of a table by index, and its adjoint: embeddings, batches from a dataset, class scores of a label. */
import { elementCount, sameShape } from '../ir.ts';
import type { OpDef } from './op-def.ts';
import { expectDType, expectInputs, inputAt, shapeText, wantedShape } from './shapes.ts';

/** Indices outside the table take its nearest row, as the contract says: no backend reads or writes outside. */
const clampRow = (index: number, rows: number): number => Math.min(Math.max(index, 0), rows - 1);

export const gather: OpDef<'gather'> = {
  name: 'gather',
  infer(inputs) {
    expectInputs('gather', inputs, 2);
    const [table, index] = [inputAt('gather', inputs, 0), inputAt('gather', inputs, 1)];
    expectDType('gather', 'an index', index, ['i32']);
    if (table.shape.length === 0) throw new RangeError('gather needs a table of rank 1 or more, got a scalar');
    return { shape: [...index.shape, ...table.shape.slice(1)], dtype: table.dtype };
  },
  vjp(b, value, grad) {
    const [table, index] = [inputAt('gather', value.inputs, 0), inputAt('gather', value.inputs, 1)];
    return [b.scatterAdd(index, grad, table.shape[0]!), undefined];
  },
  evaluate([table, index], _attrs, out) {
    const rows = table!.shape[0]!;
    const rowSize = table!.data.length / rows;
    const result = new Float64Array(elementCount(out.shape));
    index!.data.forEach((wanted, i) => {
      const row = clampRow(wanted, rows);
      result.set(table!.data.subarray(row * rowSize, (row + 1) * rowSize), i * rowSize);
    });
    return result;
  },
};

export const scatterAdd: OpDef<'scatterAdd'> = {
  name: 'scatterAdd',
  infer(inputs, _attrs, wanted) {
    expectInputs('scatterAdd', inputs, 2);
    const [index, updates] = [inputAt('scatterAdd', inputs, 0), inputAt('scatterAdd', inputs, 1)];
    expectDType('scatterAdd', 'an index', index, ['i32']);
    expectDType('scatterAdd', 'updates', updates, ['f32']);
    const shape = wantedShape('scatterAdd', wanted);
    const fits = sameShape(updates.shape.slice(0, index.shape.length), index.shape) && sameShape(updates.shape.slice(index.shape.length), shape.slice(1)) && shape.length >= 1;
    if (!fits) throw new RangeError(`scatterAdd: updates ${shapeText(updates.shape)} by an index ${shapeText(index.shape)} do not add up to ${shapeText(shape)}`);
    return { shape, dtype: 'f32' };
  },
  vjp: (b, value, grad) => [undefined, b.gather(grad, inputAt('scatterAdd', value.inputs, 0))],
  evaluate([index, updates], _attrs, out) {
    const rows = out.shape[0]!;
    const result = new Float64Array(elementCount(out.shape));
    const rowSize = result.length / rows;
    index!.data.forEach((wanted, i) => {
      const start = clampRow(wanted, rows) * rowSize;
      for (let k = 0; k < rowSize; k++) result[start + k]! += updates!.data[i * rowSize + k]!;
    });
    return result;
  },
};
