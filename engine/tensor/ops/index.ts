/** The table of all ops: total over `OpName`, so that the compiler names what a new op still lacks. */
import type { OpAttrs, OpName, Value } from '../ir.ts';
import { conv, convInputGrad, convWeightGrad, dot } from './contract.ts';
import { gather, scatterAdd } from './indexing.ts';
import { constant, input, iota, literal, random, state } from './leaves.ts';
import { map } from './map.ts';
import { concat, expand, flip, pad, permute, reshape, slice } from './movement.ts';
import type { OpDef, Wanted } from './op-def.ts';
import { maxPool, maxPoolArg, maxPoolGrad, sumPool, sumPoolGrad } from './pool.ts';
import { argmax, reduce } from './reduce.ts';
import { scanOp } from './scan.ts';
import { expectValidShape } from './shapes.ts';

type OpTable = { readonly [K in OpName]: OpDef<K> };

const opDefs: OpTable = {
  input, state, constant, literal, iota, random,
  map, reduce, argmax,
  reshape, permute, expand, slice, flip, pad, concat,
  dot, conv, convInputGrad, convWeightGrad,
  maxPool, maxPoolArg, maxPoolGrad, sumPool, sumPoolGrad,
  gather, scatterAdd,
  scan: scanOp((value, inputs) => opDefs[value.op].evaluate(inputs, value.attrs as never, value)),
} satisfies OpTable;

export const opNames = Object.keys(opDefs) as readonly OpName[];

export function opDef<K extends OpName>(name: K): OpDef<K> {
  return opDefs[name];
}

/** Shape and dtype of the op's result. Throws a RangeError with the numbers when the inputs do not fit. */
export function inferOp<K extends OpName>(op: K, inputs: readonly Value[], attrs: OpAttrs[K], wanted: Wanted): ReturnType<OpDef<K>['infer']> {
  const result = opDef(op).infer(inputs, attrs, wanted);
  expectValidShape(op, result.shape);
  return result;
}
