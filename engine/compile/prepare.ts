/**
 * Rewrites a program before it is cut into kernels: pools before activations, folds constants and identities, pads images
 * that come straight from memory, gives every output and update a value of its own, and splits
 * sums over very many elements so that threads can share them.
 */
import { Builder } from '../tensor/builder.ts';
import { type Program, type Value, type Window, elementCount, isOp, makeProgram, sameShape } from '../tensor/ir.ts';
import { type ScalarFunction, constantOf, scalarFunctions } from '../tensor/scalar.ts';
import { factoredSum } from './factor-sums.ts';
import { isImageOp, isLeaf } from './op-kinds.ts';
import { poolsFirst } from './pools-first.ts';
import { rewriteProgram, withInputs } from './rewrite-program.ts';

/** A reduction of more elements than this to fewer rows than LEAST_ROWS is done in CHUNKS parts first. The number is fixed, so that sums do not depend on threads. */
const LONG_REDUCTION = 32768;
const LEAST_ROWS = 8;
const CHUNKS = 64;

/** `readOutputs`: outputs lie where the program's own kernels read them as well as any other value, so that they need no copies. */
export function prepare(source: Program, { readOutputs = false }: { readonly readOutputs?: boolean } = {}): Program {
  const program = poolsFirst(source);
  const b = new Builder();
  const map = new Map<Value, Value>();
  for (const value of program.values) {
    const inputs = value.inputs.map((v) => map.get(v) ?? v);
    map.set(value, b.at(value.origin, () => rewrite(b, value, inputs)));
  }
  const rewritten = (v: Value): Value => map.get(v) ?? v;
  const used = new Set<Value>();
  for (const value of map.values()) {
    // Images want margins and an order of their own axes.
    if (!readOutputs || isImageOp(value)) for (const input of value.inputs) used.add(input);
  }
  const taken = new Set<Value>();
  // Outputs and updates are written to given places in row-major order; a value that is also used inside keeps its own.
  const own = (wanted: Value): Value => {
    let value = wanted;
    while (isLeaf(value) || used.has(value) || taken.has(value)) value = b.at(wanted.origin, () => b.make('map', [value], { fn: 'detach' }));
    taken.add(value);
    return value;
  };
  const outputs = new Map([...program.outputs].map(([name, value]) => [name, own(rewritten(value))]));
  const updates = program.updates.map(({ state, value }) => ({ state: rewritten(state) as Value<'state'>, value: own(rewritten(value)) }));
  return makeProgram(outputs, updates);
}

function rewrite(b: Builder, value: Value, inputs: readonly Value[]): Value {
  const first = inputs[0];
  if (isOp(value, 'map')) return rewriteMap(b, value, inputs);
  if (isOp(value, 'reshape') && first !== undefined) return b.reshape(isOp(first, 'reshape') && first.inputs[0] !== undefined ? first.inputs[0] : first, value.shape);
  if (isOp(value, 'permute') && first !== undefined) {
    if (!isOp(first, 'permute') || first.inputs[0] === undefined) return b.permute(first, value.attrs.order);
    const inner = first.attrs.order;
    return b.permute(first.inputs[0], value.attrs.order.map((axis) => inner[axis] ?? axis));
  }
  if (isOp(value, 'reduce') && first !== undefined && value.attrs.fn === 'sum') {
    const { axes } = value.attrs;
    const sum = (x: Value): Value => splitLongSum(b, x, axes) ?? withInputs(b, value, [x]);
    return factoredSum(b, first, axes, sum) ?? sum(first);
  }
  if ((isOp(value, 'conv') || isOp(value, 'convWeightGrad')) && first !== undefined && liesAsItIs(first)) {
    const { window, groups } = value.attrs;
    if ([...window.padBefore, ...window.padAfter].some((n) => n > 0)) {
      const x = b.pad(first, [0, 0, ...window.padBefore], [0, 0, ...window.padAfter]);
      const none: Window = { ...window, padBefore: window.padBefore.map(() => 0), padAfter: window.padAfter.map(() => 0) };
      const attrs = { window: none, groups };
      return b.make(value.op, [x, ...inputs.slice(1)], attrs, { shape: value.shape, dtype: value.dtype });
    }
  }
  if (isOp(value, 'convInputGrad') && first !== undefined && liesAsItIs(first)) {
    return b.make('convInputGrad', [b.make('map', [first], { fn: 'detach' }), ...inputs.slice(1)], value.attrs, { shape: value.shape, dtype: value.dtype });
  }
  return withInputs(b, value, inputs);
}

/** The program with copies of `values` for the image ops that read them: such a copy can lie as they like it, with a margin. */
export function copyForImages(program: Program, values: ReadonlySet<Value>): Program {
  return rewriteProgram(program, (b, value, at) => {
    const inputs = value.inputs.map((v) => (isImageOp(value) && values.has(v) ? b.at(v.origin, () => b.make('map', [at(v)], { fn: 'detach' })) : at(v)));
    return withInputs(b, value, inputs);
  });
}

/** Tensors whose place in memory is given: no margin can be laid around them. */
const liesAsItIs = (value: Value): boolean => isLeaf(value) || value.op === 'scan';

function rewriteMap(b: Builder, value: Value<'map'>, inputs: readonly Value[]): Value {
  const { fn } = value.attrs;
  const [x, y, z] = inputs;
  const cx = x && constantOf(x);
  const cy = y && constantOf(y);
  const keep = (): Value => b.make('map', inputs, value.attrs);
  if (x === undefined) return keep();
  if (fn === 'detach') return x;
  const constants = inputs.map(constantOf);
  if (value.dtype !== 'u8' && inputs.every((v) => v.dtype !== 'u8') && constants.every((c) => c !== undefined)) {
    const scalar: ScalarFunction = scalarFunctions[fn];
    const compute = value.dtype === 'i32' && scalar.evaluateInt !== undefined ? scalar.evaluateInt : scalar.evaluate;
    const folded = compute(constants[0] ?? 0, constants[1] ?? 0, constants[2] ?? 0);
    return b.constant(value.dtype === 'f32' ? Math.fround(folded) : folded | 0, value.shape, value.dtype);
  }
  if ((fn === 'toF32' && x.dtype === 'f32') || (fn === 'toI32' && x.dtype === 'i32')) return x;
  if (y !== undefined && sameShape(x.shape, y.shape)) {
    if (fn === 'add' && cy === 0) return x;
    if (fn === 'add' && cx === 0) return y;
    if (fn === 'sub' && cy === 0) return x;
    if (fn === 'mul' && cy === 1) return x;
    if (fn === 'mul' && cx === 1) return y;
    if (fn === 'div' && cy === 1) return x;
    if (fn === 'select' && cx !== undefined && z !== undefined) return cx !== 0 ? y : z;
  }
  if (fn === 'neg' && isOp(x, 'map') && x.attrs.fn === 'neg' && x.inputs[0] !== undefined) return x.inputs[0];
  return keep();
}

function splitLongSum(b: Builder, x: Value, axes: readonly number[]): Value | undefined {
  const reducedCount = axes.reduce((n, axis) => n * (x.shape[axis] ?? 1), 1);
  const rows = elementCount(x.shape) / reducedCount;
  if (reducedCount <= LONG_REDUCTION || rows >= LEAST_ROWS) return undefined;
  const split = axes.find((axis) => (x.shape[axis] ?? 1) % CHUNKS === 0);
  const kept = x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
  if (split === undefined) {
    // One long axis that CHUNKS does not divide is padded with zeros, which add nothing.
    const axis = axes.reduce((best, a) => ((x.shape[a] ?? 1) > (x.shape[best] ?? 1) ? a : best), axes[0] ?? 0);
    const size = x.shape[axis] ?? 1;
    if (size < CHUNKS * 8) return undefined;
    const after = x.shape.map((_, i) => (i === axis ? Math.ceil(size / CHUNKS) * CHUNKS - size : 0));
    return splitLongSum(b, b.pad(x, x.shape.map(() => 0), after), axes);
  }
  const shape = x.shape.flatMap((n, i) => (i === split ? [CHUNKS, n / CHUNKS] : [n]));
  const inner = axes.map((axis) => (axis >= split ? axis + 1 : axis));
  const partial = b.sum(b.reshape(x, shape), inner, true);
  return b.reshape(b.sum(partial, [split], true), kept);
}
