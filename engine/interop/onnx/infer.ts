/**
 * Shapes and types of the ONNX operators that are written, symbolic in the batch size: a model's
 * `value_info` must name every intermediate, and a wrong operator is better found here than by
 * the program that opens the file. Formulas: the operators' pages of the ONNX standard, opset 17.
 */
import type { OnnxAttribute } from '../../nodes/onnx-scope.ts';
import { type Extent, type Extents, add, batchExtent, divide, fixed, isFixed, isOne, multiply, sameExtent, scale, shapeText } from './extent.ts';
import type { ElementType } from './schema.ts';

export interface TensorInfo {
  readonly type: ElementType;
  readonly shape: Extents;
  /** The numbers themselves, where they are known while exporting: shapes, axes, scales. */
  readonly values?: Extents;
}

export type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** An operator's operands while its result is worked out. */
class Operands {
  readonly opType: string;
  readonly attributes: Attributes;
  readonly #inputs: readonly (TensorInfo | undefined)[];
  constructor(opType: string, inputs: readonly (TensorInfo | undefined)[], attributes: Attributes) {
    this.opType = opType;
    this.attributes = attributes;
    this.#inputs = inputs;
  }
  fail(why: string): never {
    throw new Error(`ONNX ${this.opType} of ${this.#inputs.map((input) => (input === undefined ? 'nothing' : `${input.type} ${shapeText(input.shape)}`)).join(', ')} ${why}.`);
  }
  get count(): number { return this.#inputs.length; }
  input(index: number): TensorInfo {
    return this.#inputs[index] ?? this.fail(`lacks its input ${index}`);
  }
  get x(): TensorInfo { return this.input(0); }
  has(index: number): boolean { return this.#inputs[index] !== undefined; }
  /** The numbers of an input that must be known while exporting. */
  values(index: number): Extents {
    return this.input(index).values ?? this.fail(`needs its input ${index} to be a constant`);
  }
  numbers(index: number): readonly number[] {
    return this.values(index).map((value) => (isFixed(value) ? value.fixed : this.fail(`needs its input ${index} to be independent of the batch`)));
  }
  int(name: string, otherwise?: number): number {
    const value = this.attributes[name] ?? otherwise;
    return typeof value === 'number' ? value : this.fail(`needs a whole number '${name}'`);
  }
  ints(name: string, otherwise: readonly number[]): readonly number[] {
    const value = this.attributes[name] ?? otherwise;
    return Array.isArray(value) ? value : this.fail(`needs a list '${name}'`);
  }
  axis(axis: number, rank = this.x.shape.length): number {
    const at = axis < 0 ? axis + rank : axis;
    return Number.isInteger(at) && at >= 0 && at < rank ? at : this.fail(`has no axis ${axis}`);
  }
  requireRank(index: number, rank: number): void {
    if (this.input(index).shape.length !== rank) this.fail(`needs rank ${rank} at its input ${index}`);
  }
}

type Rule = (o: Operands) => TensorInfo;

/** Sizes 1 repeat; other sizes must be equal. */
export function broadcastExtents(shapes: readonly Extents[]): Extents | undefined {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result: Extent[] = [];
  for (let axis = 0; axis < rank; axis++) {
    let size = fixed(1);
    for (const shape of shapes) {
      const own = shape[axis - rank + shape.length] ?? fixed(1);
      if (!isOne(own) && !isOne(size) && !sameExtent(own, size)) return undefined;
      if (!isOne(own)) size = own;
    }
    result.push(size);
  }
  return result;
}

const product = (o: Operands, extents: Extents): Extent => extents.reduce((total, extent) => multiply(total, extent) ?? o.fail('has a size that grows with the square of the batch'), fixed(1));
const sameAsX: Rule = (o) => ({ type: o.x.type, shape: o.x.shape });
const floatLikeX: Rule = (o) => (o.x.type === 'f32' ? sameAsX(o) : o.fail('needs float numbers'));

function elementwise(result?: ElementType, from = 0): Rule {
  return (o) => {
    const infos = Array.from({ length: o.count }, (_, i) => o.input(i));
    if (infos.slice(from).some((info) => info.type !== infos[from]?.type)) o.fail('mixes element types');
    const shape = broadcastExtents(infos.map((info) => info.shape)) ?? o.fail('does not broadcast');
    return { type: result ?? infos[from]?.type ?? o.fail('has no operands'), shape };
  };
}

/** Numbers that are known stay known, so that a shape may be worked out from the batch size by operators. */
function arithmetic(combine: (a: Extent, b: Extent) => Extent | undefined): Rule {
  const rule = elementwise();
  return (o) => {
    const result = rule(o);
    const [a, b] = [o.input(0).values, o.input(1).values];
    if (result.type !== 'i64' || a === undefined || b === undefined || o.count !== 2) return result;
    const values = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => combine(a[a.length === 1 ? 0 : i] ?? fixed(NaN), b[b.length === 1 ? 0 : i] ?? fixed(NaN)));
    return { ...result, values: values.map((value) => value ?? o.fail('is not linear in the batch')) };
  };
}

/** Places of a sliding window along an axis. */
function places(o: Operands, size: Extent, window: number, stride: number, dilation: number, pads: number): Extent {
  const room = add(size, fixed(pads - dilation * (window - 1) - 1));
  if (stride === 1) return add(room, fixed(1));
  return isFixed(room) ? fixed(Math.floor(room.fixed / stride) + 1) : o.fail('strides along the batch');
}

function sliding(o: Operands, kernel: readonly number[]): Extents {
  const spatial = o.x.shape.slice(2);
  if (kernel.length !== spatial.length) o.fail(`has a window of ${kernel.length} axes`);
  const ones = kernel.map(() => 1);
  const [stride, dilation] = [o.ints('strides', ones), o.ints('dilations', ones)];
  const pads = o.ints('pads', [...kernel, ...kernel].map(() => 0));
  return spatial.map((size, i) => places(o, size, kernel[i] ?? 1, stride[i] ?? 1, dilation[i] ?? 1, (pads[i] ?? 0) + (pads[i + kernel.length] ?? 0)));
}

/** Numbers of a shape's trailing axes, which weights always have. */
const fixedSizes = (o: Operands, extents: Extents): readonly number[] => extents.map((extent) => (isFixed(extent) ? extent.fixed : o.fail('has a window that depends on the batch')));

const conv: Rule = (o) => {
  const [x, w] = [o.input(0), o.input(1)];
  const group = o.int('group', 1);
  const channels = x.shape[1] ?? o.fail('needs channels');
  if (!sameExtent(channels, scale(w.shape[1] ?? fixed(NaN), group))) o.fail(`has ${shapeText([channels])} channels for a filter of ${shapeText(w.shape)} in ${group} groups`);
  return { type: x.type, shape: [x.shape[0] ?? fixed(NaN), w.shape[0] ?? fixed(NaN), ...sliding(o, fixedSizes(o, w.shape.slice(2)))] };
};

const convTranspose: Rule = (o) => {
  const [x, w] = [o.input(0), o.input(1)];
  if (!sameExtent(x.shape[1] ?? fixed(NaN), w.shape[0] ?? fixed(NaN))) o.fail('has other channels than its filter');
  const kernel = fixedSizes(o, w.shape.slice(2));
  const ones = kernel.map(() => 1);
  const zeros = kernel.map(() => 0);
  const [stride, dilation, extra] = [o.ints('strides', ones), o.ints('dilations', ones), o.ints('output_padding', zeros)];
  const pads = o.ints('pads', [...zeros, ...zeros]);
  const spatial = x.shape.slice(2).map((size, i) => add(
    scale(add(size, fixed(-1)), stride[i] ?? 1),
    fixed((extra[i] ?? 0) + ((kernel[i] ?? 1) - 1) * (dilation[i] ?? 1) + 1 - (pads[i] ?? 0) - (pads[i + kernel.length] ?? 0)),
  ));
  return { type: x.type, shape: [x.shape[0] ?? fixed(NaN), scale(w.shape[1] ?? fixed(NaN), o.int('group', 1)), ...spatial] };
};

const pool: Rule = (o) => {
  if (o.int('ceil_mode', 0) !== 0 || o.attributes['auto_pad'] !== undefined) o.fail('uses ceil_mode or auto_pad, which are not worked out here; write explicit pads');
  return { type: o.x.type, shape: [...o.x.shape.slice(0, 2), ...sliding(o, o.ints('kernel_shape', []))] };
};

const matMul: Rule = (o) => {
  const [a, b] = [o.input(0).shape, o.input(1).shape];
  if (a.length < 2 || b.length < 2) o.fail('needs matrices');
  const [rows, inner, inner2, columns] = [a.at(-2), a.at(-1), b.at(-2), b.at(-1)];
  if (rows === undefined || inner === undefined || inner2 === undefined || columns === undefined || !sameExtent(inner, inner2)) return o.fail('does not fit: columns of the first are rows of the second');
  const lead = broadcastExtents([a.slice(0, -2), b.slice(0, -2)]) ?? o.fail('does not broadcast');
  return { type: o.x.type, shape: [...lead, rows, columns] };
};

const gemm: Rule = (o) => {
  o.requireRank(0, 2);
  o.requireRank(1, 2);
  const [rows, inner] = o.int('transA', 0) === 1 ? [...o.input(0).shape].reverse() : o.input(0).shape;
  const [inner2, columns] = o.int('transB', 0) === 1 ? [...o.input(1).shape].reverse() : o.input(1).shape;
  if (rows === undefined || inner === undefined || inner2 === undefined || columns === undefined || !sameExtent(inner, inner2)) return o.fail('does not fit');
  return { type: o.x.type, shape: [rows, columns] };
};

const reshape: Rule = (o) => {
  const wanted = o.values(1);
  const kept = wanted.map((size, axis) => (sameExtent(size, fixed(0)) ? (o.x.shape[axis] ?? o.fail(`keeps an axis ${axis} that is not there`)) : size));
  const total = product(o, o.x.shape);
  const rest = product(o, kept.filter((size) => !sameExtent(size, fixed(-1))));
  const shape = kept.map((size) => (sameExtent(size, fixed(-1)) ? (divide(total, rest) ?? o.fail(`does not divide into ${shapeText(kept)}`)) : size));
  if (!sameExtent(product(o, shape), total)) o.fail(`has ${shapeText([total])} elements, not those of ${shapeText(shape)}`);
  return { type: o.x.type, shape };
};

const flatten: Rule = (o) => {
  const axis = o.int('axis', 1);
  return { type: o.x.type, shape: [product(o, o.x.shape.slice(0, axis)), product(o, o.x.shape.slice(axis))] };
};

const transpose: Rule = (o) => {
  const order = o.ints('perm', o.x.shape.map((_, i) => o.x.shape.length - 1 - i));
  if (new Set(order).size !== o.x.shape.length) o.fail(`cannot be permuted by [${order.join(', ')}]`);
  return { type: o.x.type, shape: order.map((axis) => o.x.shape[o.axis(axis)] ?? o.fail('has no such axis')) };
};

const expand: Rule = (o) => ({ type: o.x.type, shape: broadcastExtents([o.x.shape, o.values(1)]) ?? o.fail(`does not expand to ${shapeText(o.values(1))}`) });

const slice: Rule = (o) => {
  const [starts, ends] = [o.values(1), o.values(2)];
  const axes = (o.has(3) ? o.numbers(3) : starts.map((_, i) => i)).map((axis) => o.axis(axis));
  const steps = o.has(4) ? o.numbers(4) : starts.map(() => 1);
  const shape = o.x.shape.map((size, axis) => {
    const at = axes.indexOf(axis);
    const [start, end, step] = [starts[at], ends[at], steps[at]];
    if (start === undefined || end === undefined || step === undefined) return size;
    // A flip: from the last element past the first.
    if (step === -1 && sameExtent(start, fixed(-1)) && isFixed(end) && end.fixed < -(2 ** 40)) return size;
    if (step < 1 || (isFixed(start) && start.fixed < 0) || (isFixed(end) && end.fixed < 0)) return o.fail('is sliced from behind, which is only worked out for whole flips');
    const length = add(end, scale(start, -1));
    if (step === 1) return length;
    return isFixed(length) ? fixed(Math.ceil(length.fixed / step)) : o.fail('is sliced along the batch with a step');
  });
  return { type: o.x.type, shape };
};

const pad: Rule = (o) => {
  const pads = o.values(1);
  const rank = o.x.shape.length;
  if (pads.length !== 2 * rank) o.fail(`has ${pads.length} pads`);
  return { type: o.x.type, shape: o.x.shape.map((size, i) => add(size, add(pads[i] ?? fixed(NaN), pads[i + rank] ?? fixed(NaN)))) };
};

const concat: Rule = (o) => {
  const axis = o.axis(o.int('axis'));
  const infos = Array.from({ length: o.count }, (_, i) => o.input(i));
  for (const { type, shape } of infos) {
    if (type !== o.x.type || shape.length !== o.x.shape.length || shape.some((size, i) => i !== axis && !sameExtent(size, o.x.shape[i] ?? fixed(NaN)))) o.fail(`does not join along axis ${axis}`);
  }
  const shape = o.x.shape.map((size, i) => (i === axis ? infos.reduce((sum, info) => add(sum, info.shape[axis] ?? fixed(NaN)), fixed(0)) : size));
  const values = infos.every((info) => info.values !== undefined) ? infos.flatMap((info) => info.values ?? []) : undefined;
  return { type: o.x.type, shape, ...(values === undefined ? {} : { values }) };
};

function reduceOver(axes: (o: Operands) => readonly number[]): Rule {
  return (o) => {
    const reduced = axes(o).map((axis) => o.axis(axis));
    const keep = o.int('keepdims', 1) === 1;
    return { type: o.x.type, shape: o.x.shape.flatMap((size, axis) => (!reduced.includes(axis) ? [size] : keep ? [fixed(1)] : [])) };
  };
}
const reduceByAttribute = reduceOver((o) => o.ints('axes', o.x.shape.map((_, axis) => axis)));
const reduceByInput = reduceOver((o) => (o.has(1) ? o.numbers(1) : o.x.shape.map((_, axis) => axis)));

const argMax: Rule = (o) => ({ ...reduceOver((operands) => [operands.int('axis', 0)])(o), type: 'i64' });

const gather: Rule = (o) => {
  const axis = o.axis(o.int('axis', 0));
  return { type: o.x.type, shape: [...o.x.shape.slice(0, axis), ...o.input(1).shape, ...o.x.shape.slice(axis + 1)] };
};

const shapeOperator: Rule = (o) => {
  const values = o.x.shape.slice(o.int('start', 0), o.int('end', o.x.shape.length));
  return { type: 'i64', shape: [fixed(values.length)], values };
};

const squeeze: Rule = (o) => {
  const axes = o.numbers(1).map((axis) => o.axis(axis));
  if (axes.some((axis) => !isOne(o.x.shape[axis] ?? fixed(NaN)))) o.fail(`has no axes of size 1 at [${axes.join(', ')}]`);
  return { type: o.x.type, shape: o.x.shape.filter((_, axis) => !axes.includes(axis)), ...(o.x.values === undefined ? {} : { values: o.x.values }) };
};

const unsqueeze: Rule = (o) => {
  const rank = o.x.shape.length + o.numbers(1).length;
  const axes = o.numbers(1).map((axis) => o.axis(axis, rank));
  const rest = o.x.shape[Symbol.iterator]();
  return { type: o.x.type, shape: Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? fixed(1) : (rest.next().value ?? o.fail('has too few axes')))) };
};

const range: Rule = (o) => {
  const [start, limit, delta] = [o.values(0)[0], o.values(1)[0], o.values(2)[0]];
  if (start === undefined || limit === undefined || delta === undefined || !sameExtent(delta, fixed(1))) return o.fail('is only worked out for steps of 1');
  return { type: o.x.type, shape: [add(limit, scale(start, -1))] };
};

const resize: Rule = (o) => {
  const scales = o.numbers(2);
  return { type: o.x.type, shape: o.x.shape.map((size, i) => (scales[i] === 1 ? size : isFixed(size) ? fixed(Math.floor(size.fixed * (scales[i] ?? NaN))) : o.fail('is resized along the batch'))) };
};

/** [T, N, D] by weights [directions, gates · units, D] -> [T, directions, N, units] */
const recurrent: Rule = (o) => {
  o.requireRank(0, 3);
  const [time, batch] = o.x.shape;
  const directions = o.input(1).shape[0];
  if (time === undefined || batch === undefined || directions === undefined) return o.fail('needs a sequence and weights');
  if (!sameExtent(directions, fixed(o.attributes['direction'] === 'bidirectional' ? 2 : 1))) o.fail('has weights for another number of directions');
  return { type: o.x.type, shape: [time, directions, batch, fixed(o.int('hidden_size'))] };
};

const CAST_TARGETS: Readonly<Record<number, ElementType>> = { 1: 'f32', 2: 'u8', 6: 'i32', 7: 'i64', 9: 'bool' };
const cast: Rule = (o) => ({ type: CAST_TARGETS[o.int('to')] ?? o.fail('casts to a type that is not used here'), shape: o.x.shape, ...(o.x.values === undefined ? {} : { values: o.x.values }) });

const rules: Readonly<Record<string, Rule>> = {
  Identity: sameAsX, Dropout: sameAsX, Neg: sameAsX, Abs: sameAsX, Sign: sameAsX, Clip: sameAsX, Relu: sameAsX,
  Floor: floatLikeX, Ceil: floatLikeX, Round: floatLikeX, Exp: floatLikeX, Log: floatLikeX, Sqrt: floatLikeX, Reciprocal: floatLikeX, Sin: floatLikeX, Cos: floatLikeX, Tanh: floatLikeX,
  Sigmoid: floatLikeX, HardSigmoid: floatLikeX, HardSwish: floatLikeX, Erf: floatLikeX, LeakyRelu: floatLikeX, Elu: floatLikeX, Selu: floatLikeX, Celu: floatLikeX, ThresholdedRelu: floatLikeX,
  Softplus: floatLikeX, Softsign: floatLikeX, Softmax: floatLikeX, LogSoftmax: floatLikeX,
  BatchNormalization: floatLikeX, InstanceNormalization: floatLikeX, LayerNormalization: floatLikeX,
  Add: arithmetic(add), Sub: arithmetic((a, b) => add(a, scale(b, -1))), Mul: arithmetic(multiply), Div: elementwise(), Pow: elementwise(), Max: elementwise(), Min: elementwise(), PRelu: elementwise(),
  Less: elementwise('bool'), LessOrEqual: elementwise('bool'), Greater: elementwise('bool'), GreaterOrEqual: elementwise('bool'), Equal: elementwise('bool'), And: elementwise('bool'), Or: elementwise('bool'),
  Where: elementwise(undefined, 1), Not: sameAsX, Cast: cast,
  Gemm: gemm, MatMul: matMul, Conv: conv, ConvTranspose: convTranspose, MaxPool: pool, AveragePool: pool,
  GlobalAveragePool: (o) => ({ type: o.x.type, shape: o.x.shape.map((size, i) => (i < 2 ? size : fixed(1))) }),
  GlobalMaxPool: (o) => ({ type: o.x.type, shape: o.x.shape.map((size, i) => (i < 2 ? size : fixed(1))) }),
  Reshape: reshape, Flatten: flatten, Transpose: transpose, Expand: expand, Slice: slice, Pad: pad, Concat: concat, Squeeze: squeeze, Unsqueeze: unsqueeze, Shape: shapeOperator, Range: range, Resize: resize,
  RNN: recurrent, LSTM: recurrent, GRU: recurrent,
  Gather: gather, ArgMax: argMax, ReduceSum: reduceByInput, ReduceMax: reduceByAttribute, ReduceMin: reduceByAttribute, ReduceMean: reduceByAttribute,
};

/** Type and shape of an operator's first output. Throws where the operands do not fit, or the operator is not known here. */
export function inferOperator(opType: string, inputs: readonly (TensorInfo | undefined)[], attributes: Attributes): TensorInfo {
  const rule = Object.hasOwn(rules, opType) ? rules[opType] : undefined;
  const operands = new Operands(opType, inputs, attributes);
  return rule === undefined ? operands.fail('is an operator whose shape the exporter cannot work out; add its rule to engine/interop/onnx/infer.ts') : rule(operands);
}

/** A graph type's shape, with N as the batch. */
export const extentsOf = (shape: readonly (number | 'N')[]): Extents => shape.map((dim) => (dim === 'N' ? batchExtent : fixed(dim)));
