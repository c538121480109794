/**
 * What writing IR as ONNX operators needs whatever the op: memory of what is written, sizes that
 * depend on the batch, and operands without needless copies. The ops themselves are in `from-ir.ts`.
 */
import { type OpName, type Value, isOp } from '../../tensor/ir.ts';
import { constantOf } from '../../tensor/scalar.ts';
import type { Text } from '../../text.ts';
import { FormatError } from '../format-error.ts';
import { type Extents, extentThrough, fixed, isFixed, sameExtent } from './extent.ts';
import type { Author, GraphWriter } from './graph-writer.ts';
import { type Attributes, broadcastExtents } from './infer.ts';
import { ELEMENT_TYPES } from './schema.ts';
import { emitFunction, isComparison } from './scalar-functions.ts';

/** Far apart from the sizes that occur in models, and prime, so that no other size is a multiple by chance. */
export const EXPORT_BATCHES = [1009, 1013, 1019] as const;

/** One value of a lowering at each of EXPORT_BATCHES. */
export type Triple<K extends OpName = OpName> = readonly [Value<K>, Value<K>, Value<K>];

export interface LoweredNode {
  readonly author: Author;
  /** For errors: "Node 'conv1' (Conv2D)". */
  readonly who: Text;
  /** The tensor that an input or a state stands for. */
  leaf(value: Value<'input'> | Value<'state'>): string;
}

export type Dispatch = (e: Emission, triple: Triple) => string;

/** For JSON, which knows neither typed arrays nor infinities. */
function plain(_key: string, item: unknown): unknown {
  if (item instanceof Float32Array || item instanceof Int32Array) return Array.from(item);
  return typeof item === 'number' && !Number.isFinite(item) ? String(item) : item;
}

const keyOf = (triple: Triple): string => triple.map((value) => value.id).join();

export class Emission {
  readonly writer: GraphWriter;
  readonly node: LoweredNode;
  readonly #dispatch: Dispatch;
  readonly #done = new Map<string, string>();
  readonly #comparisons = new Map<string, string>();

  constructor(writer: GraphWriter, node: LoweredNode, dispatch: Dispatch) {
    this.writer = writer;
    this.node = node;
    this.#dispatch = dispatch;
  }

  fail(why: Text): never {
    throw new FormatError({ en: `${this.node.who.en} cannot be exported to ONNX: ${why.en}. Export the weights as safetensors instead, or leave the node out.`, zh: `${this.node.who.zh}无法导出为 ONNX：${why.zh}。请改为把权重导出为 safetensors，或去掉该节点。` });
  }

  /** The tensor that holds a value; written once. */
  emit(triple: Triple): string {
    const key = keyOf(triple);
    const known = this.#done.get(key);
    if (known !== undefined) return known;
    const [{ op, inputs, dtype }] = triple;
    if (triple.some((value) => value.op !== op || value.inputs.length !== inputs.length)) this.fail({ en: `its computation changes with the batch size (${triple.map((value) => value.op).join(', ')})`, zh: `其计算随批次大小而变（${triple.map((value) => value.op).join(', ')}）` });
    const name = this.#dispatch(this, triple);
    this.writer.requireShape(name, dtype, this.shape(triple), `IR ${op} of ${this.node.who.en}`);
    this.#done.set(key, name);
    return name;
  }

  op(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.writer.op(this.node.author, opType, inputs, attributes);
  }
  /** A scalar. */
  number(value: number, dtype: Value['dtype']): string {
    if (dtype === 'u8') this.fail({ en: 'it has constants of type u8', zh: '其中有 u8 类型的常量' });
    return dtype === 'f32' ? this.writer.floats(this.node.author, [value], []) : this.writer.int32s(this.node.author, [value], []);
  }
  int64s(values: readonly number[], shape?: readonly number[]): string {
    return this.writer.int64s(this.node.author, values, shape);
  }

  /** How numbers that are given per batch size depend on the batch. */
  extents(values: readonly (readonly number[])[]): Extents {
    const [first = [], second = [], third = []] = values;
    if (second.length !== first.length || third.length !== first.length) this.fail({ en: 'the rank of a tensor changes with the batch size', zh: '张量的维数随批次大小而变' });
    return first.map((size, i) => {
      const sizes = [size, second[i] ?? NaN, third[i] ?? NaN] as const;
      return extentThrough(sizes, EXPORT_BATCHES) ?? this.fail({ en: `a size is no linear function of the batch (${sizes.join(', ')} for ${EXPORT_BATCHES.join(', ')} samples)`, zh: `某个轴的大小不是批次大小的线性函数（样本数为 ${EXPORT_BATCHES.join(', ')} 时分别为 ${sizes.join(', ')}）` });
    });
  }
  shape(triple: Triple): Extents {
    return this.extents(triple.map((value) => value.shape));
  }
  input(triple: Triple, index: number): Triple {
    const [a, b, c] = triple.map((value) => value.inputs[index]);
    if (a === undefined || b === undefined || c === undefined) throw new Error(`IR ${triple[0].op} lacks its input ${index}.`);
    return [a, b, c];
  }
  inputs(triple: Triple): Triple[] {
    return triple[0].inputs.map((_, i) => this.input(triple, i));
  }

  /** A part of the three values' attributes that is written as fixed numbers and so must agree. */
  requireSame<K extends OpName, T>(triple: Triple<K>, part: (value: Value<K>) => T): T {
    const [first, second, third] = [part(triple[0]), part(triple[1]), part(triple[2])];
    const text = (value: T): string => JSON.stringify(value, plain) ?? '';
    if (text(first) === text(second) && text(first) === text(third)) return first;
    return this.fail({ en: `it computes with the batch size itself (its ${triple[0].op} has ${[first, second, third].map((value) => text(value).slice(0, 60)).join(', ')} for ${EXPORT_BATCHES.join(', ')} samples)`, zh: `其计算用到了批次大小本身（样本数为 ${EXPORT_BATCHES.join(', ')} 时，其中的 ${triple[0].op} 分别为 ${[first, second, third].map((value) => text(value).slice(0, 60)).join(', ')}）` });
  }

  /** An int64 list of these numbers: a constant where they are fixed, worked out from the batch where not. */
  vector(extents: Extents): string {
    if (extents.every(isFixed)) return this.int64s(extents.map((extent) => extent.fixed));
    const batch = this.writer.batchSize(this.node.author) ?? this.fail({ en: 'it needs the batch size, but no input of the model has a batch axis', zh: '它需要批次大小，但模型的输入都没有批次轴' });
    const pieces = extents.map((extent) => {
      if (isFixed(extent)) return this.int64s([extent.fixed]);
      const product = extent.perBatch === 1 ? batch : this.op('Mul', [batch, this.int64s([extent.perBatch])]);
      return extent.fixed === 0 ? product : this.op('Add', [product, this.int64s([extent.fixed])]);
    });
    const [first = batch] = pieces;
    return pieces.length === 1 ? first : this.op('Concat', pieces, { axis: 0 });
  }

  /**
   * Operands of an elementwise operator, the first `conditions` of them as booleans. ONNX broadcasts
   * by itself, so that constants go in as scalars and repeated axes unrepeated, as long as the
   * result still has its full shape.
   */
  operands(triple: Triple, conditions = 0): string[] {
    const shape = this.shape(triple);
    const short = this.inputs(triple).map((operand, i) => {
      const constant = i < conditions ? undefined : this.#constant(operand);
      const source = isOp(operand[0], 'expand') ? this.input(operand, 0) : operand;
      return { operand, constant, source, isCondition: i < conditions, shape: constant === undefined ? this.shape(source) : [] };
    });
    const joint = broadcastExtents(short.map((operand) => operand.shape));
    const isFull = joint?.length === shape.length && joint.every((size, i) => sameExtent(size, shape[i] ?? fixed(NaN)));
    return short.map(({ operand, constant, source, isCondition }) => {
      if (isFull && constant !== undefined) return this.number(constant, operand[0].dtype);
      const written = isFull ? source : operand;
      return isCondition ? this.#condition(written) : this.emit(written);
    });
  }
  #constant(triple: Triple): number | undefined {
    const value = constantOf(triple[0]);
    return value !== undefined && triple.every((other) => Object.is(constantOf(other), value)) ? value : undefined;
  }

  /** A comparison is a boolean already; any other number is true unless it is 0. */
  #condition(triple: Triple): string {
    const [a, b, c] = triple;
    if (isOp(a, 'map') && isOp(b, 'map') && isOp(c, 'map') && isComparison(a.attrs.fn)) return this.comparison([a, b, c]);
    return this.op('Cast', [this.emit(triple)], { to: ELEMENT_TYPES.bool });
  }
  /** The booleans of a comparison, before they become 1 and 0. */
  comparison(triple: Triple<'map'>): string {
    const key = keyOf(triple);
    const name = this.#comparisons.get(key) ?? this.scalarFunction(triple);
    this.#comparisons.set(key, name);
    return name;
  }
  /** A scalar function as operators; comparisons as booleans. */
  scalarFunction(triple: Triple<'map'>): string {
    const fn = this.requireSame(triple, (value) => value.attrs.fn);
    return emitFunction(fn, this.operands(triple, fn === 'select' ? 1 : 0), {
      op: (opType, inputs, attributes) => this.op(opType, inputs, attributes),
      scalar: (value) => this.number(value, 'f32'),
      dtype: triple[0].inputs[0]?.dtype ?? 'f32',
    });
  }
}
