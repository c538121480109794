/**
 * IR as ONNX operators, for node types that have no ONNX form of their own. IR has fixed shapes and
 * a model's batch is open, so that the same lowering is given for three batch sizes: what differs
 * between them depends on the batch, and how is read off (a line through two, checked by the third).
 */
import { type OpName, type Window, isOp } from '../../tensor/ir.ts';
import { Emission, type LoweredNode, type Triple } from './emission.ts';
import { type Extents, fixed, isFixed, isOne, sameExtent } from './extent.ts';
import type { GraphWriter } from './graph-writer.ts';
import { broadcastExtents } from './infer.ts';
import { ELEMENT_TYPES } from './schema.ts';

/** The tensors that hold `roots`. Throws FormatError where ONNX, or inference, has no such thing. */
export function writeLowered(writer: GraphWriter, node: LoweredNode, roots: readonly Triple[]): string[] {
  const emission = new Emission(writer, node, dispatch);
  return roots.map((root) => emission.emit(root));
}

type Emitters = { readonly [K in OpName]: (e: Emission, triple: Triple<K>) => string };

function dispatch<K extends OpName>(e: Emission, triple: Triple<K>): string {
  const emitter: (e: Emission, triple: Triple<K>) => string = emitters[triple[0].op];
  return emitter(e, triple);
}

const onlyTraining = (e: Emission, triple: Triple): string => e.fail({ en: `it lowers to '${triple[0].op}', which only training has`, zh: `它含有仅在训练时使用的“${triple[0].op}”` });
const first = (e: Emission, triple: Triple): string => e.emit(e.input(triple, 0));

const emitters: Emitters = {
  input: (e, [value]) => e.node.leaf(value),
  state: (e, [value]) => e.node.leaf(value),
  constant: (e, triple) => e.number(e.requireSame(triple, (value) => value.attrs.value), triple[0].dtype),
  literal(e, triple) {
    const data = e.requireSame(triple, (value) => value.attrs.data);
    const shape = triple[0].shape;
    return data instanceof Int32Array ? e.writer.int32s(e.node.author, data, shape) : e.writer.floats(e.node.author, data, shape);
  },
  iota(e, triple) {
    const axis = e.requireSame(triple, (value) => value.attrs.axis);
    const shape = e.shape(triple);
    const size = shape[axis] ?? fixed(1);
    const alone = shape.map((_, i) => (i === axis ? size : fixed(1)));
    if (isFixed(size)) return expandTo(e, e.writer.int32s(e.node.author, Array.from({ length: size.fixed }, (_, i) => i), alone.map((extent) => extent.fixed)), alone, shape);
    const limit = e.op('Squeeze', [e.vector([size]), e.int64s([0])]);
    const counted = e.op('Cast', [e.op('Range', [e.int64s([0], []), limit, e.int64s([1], [])])], { to: ELEMENT_TYPES.i32 });
    return expandTo(e, e.op('Reshape', [counted, e.int64s(alone.map((extent) => (isFixed(extent) ? extent.fixed : -1)))]), alone, shape);
  },
  random: onlyTraining,
  scan: (e) => e.fail({ en: 'it repeats a step along a sequence, which only node types with an ONNX form of their own can write', zh: '它沿序列重复一个步骤，只有自带 ONNX 形式的节点类型才能写出' }),
  map(e, triple) {
    const { fn } = triple[0].attrs;
    return fn === 'less' || fn === 'lessEqual' || fn === 'equal' ? e.op('Cast', [e.comparison(triple)], { to: ELEMENT_TYPES.f32 }) : e.scalarFunction(triple);
  },
  reduce(e, triple) {
    const { fn, axes } = e.requireSame(triple, (value) => value.attrs);
    const x = first(e, triple);
    if (fn === 'sum') return e.op('ReduceSum', [x, e.int64s(axes)], { keepdims: 1 });
    return e.op(fn === 'max' ? 'ReduceMax' : 'ReduceMin', [x], { axes, keepdims: 1 });
  },
  argmax(e, triple) {
    const axis = e.requireSame(triple, (value) => value.attrs.axis);
    return e.op('Cast', [e.op('ArgMax', [first(e, triple)], { axis, keepdims: 1, select_last_index: 0 })], { to: ELEMENT_TYPES.i32 });
  },
  reshape(e, triple) {
    const shape = e.shape(triple);
    const open = shape.filter((extent) => !isFixed(extent)).length;
    // -1 is for the runtime to work out; two such sizes need the batch itself.
    const target = open === 1 ? e.int64s(shape.map((extent) => (isFixed(extent) ? extent.fixed : -1))) : e.vector(shape);
    return e.op('Reshape', [first(e, triple), target]);
  },
  permute: (e, triple) => e.op('Transpose', [first(e, triple)], { perm: e.requireSame(triple, (value) => value.attrs.order) }),
  expand: (e, triple) => expandTo(e, first(e, triple), e.shape(e.input(triple, 0)), e.shape(triple)),
  slice(e, triple) {
    const step = e.requireSame(triple, (value) => value.attrs.step);
    const start = e.extents(triple.map((value) => value.attrs.start));
    // Past the last element that is taken, not past the next step: that may lie outside.
    const end = e.extents(triple.map(({ attrs, shape }) => shape.map((size, i) => (attrs.start[i] ?? 0) + (size - 1) * (step[i] ?? 1) + 1)));
    const whole = e.shape(e.input(triple, 0));
    const axes = whole.flatMap((size, i) => (step[i] === 1 && sameExtent(start[i] ?? size, fixed(0)) && sameExtent(end[i] ?? size, size) ? [] : [i]));
    const x = first(e, triple);
    if (axes.length === 0) return x;
    const at = <T>(list: readonly T[]): T[] => list.filter((_, i) => axes.includes(i));
    return e.op('Slice', [x, e.vector(at(start)), e.vector(at(end)), e.int64s(axes), e.int64s(at(step))]);
  },
  flip(e, triple) {
    const axes = e.requireSame(triple, (value) => value.attrs.axes);
    const each = (value: number): string => e.int64s(axes.map(() => value));
    // From the last element to before the first, which ONNX writes as "as far down as there is".
    return e.op('Slice', [first(e, triple), each(-1), each(Number.MIN_SAFE_INTEGER), e.int64s(axes), each(-1)]);
  },
  pad(e, triple) {
    const value = e.requireSame(triple, (item) => item.attrs.value);
    const pads = e.extents(triple.map(({ attrs }) => [...attrs.before, ...attrs.after]));
    return e.op('Pad', [first(e, triple), e.vector(pads), e.number(value, triple[0].dtype)], { mode: 'constant' });
  },
  concat: (e, triple) => e.op('Concat', e.inputs(triple).map((part) => e.emit(part)), { axis: e.requireSame(triple, (value) => value.attrs.axis) }),
  dot(e, triple) {
    // MatMul repeats leading axes of size 1 by itself.
    const lead = e.shape(triple).slice(0, -2);
    const short = e.inputs(triple).map((operand) => {
      const source = isOp(operand[0], 'expand') ? e.input(operand, 0) : operand;
      const keepsMatrix = e.shape(source).slice(-2).every((size, i) => sameExtent(size, e.shape(operand).at(i - 2) ?? size));
      return keepsMatrix ? source : operand;
    });
    const joint = broadcastExtents(short.map((operand) => e.shape(operand).slice(0, -2)));
    const isFull = joint?.length === lead.length && joint.every((size, i) => sameExtent(size, lead[i] ?? size));
    return e.op('MatMul', (isFull ? short : e.inputs(triple)).map((operand) => e.emit(operand)));
  },
  conv(e, triple) {
    const { window, groups } = e.requireSame(triple, (value) => value.attrs);
    return e.op('Conv', e.inputs(triple).map((operand) => e.emit(operand)), {
      kernel_shape: window.size, strides: window.stride, dilations: window.dilation, pads: padsOf(window), group: groups,
    });
  },
  convInputGrad(e, triple) {
    const { window, groups } = e.requireSame(triple, (value) => value.attrs);
    const [dy] = e.inputs(triple);
    if (dy === undefined) throw new Error('IR convInputGrad lacks its input.');
    // The cells that a strided window cannot reach are not told by dy: ONNX calls them output padding.
    const extra = window.size.map((size, i) => (triple[0].shape[i + 2] ?? 0) + (window.padBefore[i] ?? 0) + (window.padAfter[i] ?? 0)
      - ((dy[0].shape[i + 2] ?? 0) - 1) * (window.stride[i] ?? 1) - (window.dilation[i] ?? 1) * (size - 1) - 1);
    return e.op('ConvTranspose', e.inputs(triple).map((operand) => e.emit(operand)), {
      kernel_shape: window.size, strides: window.stride, dilations: window.dilation, pads: padsOf(window), output_padding: extra, group: groups,
    });
  },
  convWeightGrad: onlyTraining,
  maxPool(e, triple) {
    const window = e.requireSame(triple, (value) => value.attrs.window);
    // ONNX allows less padding than the window has cells; a dilated one may have more, written as an operator of its own.
    const fits = window.size.every((size, i) => (window.padBefore[i] ?? 0) < size && (window.padAfter[i] ?? 0) < size);
    const x = fits ? first(e, triple) : padded(e, triple, window, -Infinity);
    return e.op('MaxPool', [x], { kernel_shape: window.size, strides: window.stride, dilations: window.dilation, ...(fits ? { pads: padsOf(window) } : {}) });
  },
  maxPoolArg: onlyTraining,
  maxPoolGrad: onlyTraining,
  sumPool(e, triple) {
    const window = e.requireSame(triple, (value) => value.attrs.window);
    const x = isPadded(window) ? padded(e, triple, window, 0) : first(e, triple);
    if (window.dilation.every((n) => n === 1)) {
      const mean = e.op('AveragePool', [x], { kernel_shape: window.size, strides: window.stride });
      return e.op('Mul', [mean, e.number(window.size.reduce((product, n) => product * n, 1), 'f32')]);
    }
    // AveragePool cannot dilate at this opset; a filter of ones per channel can.
    const channels = triple[0].shape[1] ?? 1;
    const shape = [channels, 1, ...window.size];
    const ones = e.writer.floats(e.node.author, new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(1), shape);
    return e.op('Conv', [x, ones], { kernel_shape: window.size, strides: window.stride, dilations: window.dilation, group: channels });
  },
  sumPoolGrad: onlyTraining,
  gather(e, triple) {
    const [table, index] = e.inputs(triple);
    const rows = table === undefined ? undefined : e.shape(table)[0];
    if (table === undefined || index === undefined || rows === undefined) throw new Error('IR gather lacks an input.');
    if (!isFixed(rows)) e.fail({ en: 'it looks up samples of the batch by index', zh: '它按编号查找批次中的样本' });
    // The IR clamps an index; ONNX would count a negative one from the end and refuse one that is too large.
    const inside = e.op('Clip', [e.emit(index), e.number(0, 'i32'), e.number(rows.fixed - 1, 'i32')]);
    return e.op('Gather', [e.emit(table), inside], { axis: 0 });
  },
  scatterAdd: onlyTraining,
};

const padsOf = (window: Window): number[] => [...window.padBefore, ...window.padAfter];
const isPadded = (window: Window): boolean => padsOf(window).some((n) => n > 0);

/** The pooled tensor with its padding written out. */
function padded(e: Emission, triple: Triple, window: Window, value: number): string {
  const pads = [0, 0, ...window.padBefore, 0, 0, ...window.padAfter];
  return e.op('Pad', [first(e, triple), e.int64s(pads), e.number(value, 'f32')], { mode: 'constant' });
}

/** Repeats axes of size 1. An axis that keeps its size is asked for as 1, which Expand takes for "as it is", so that few shapes need the batch. */
function expandTo(e: Emission, x: string, from: Extents, to: Extents): string {
  if (from.every((size, i) => sameExtent(size, to[i] ?? size))) return x;
  return e.op('Expand', [x, e.vector(to.map((size, i) => (isOne(from[i] ?? fixed(1)) ? size : fixed(1))))]);
}
