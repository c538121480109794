/**
 * An ONNX graph in the making: operators, initializers and names, with the type of every tensor
 * worked out as it is added. What nothing reads is left out at the end.
 */
import type { OnnxAttribute } from '../../nodes/onnx-scope.ts';
import { FormatError } from '../format-error.ts';
import { encodeElements } from '../stored-array.ts';
import { type Extents, batchExtent, extentName, fixed, isFixed, sameExtent, shapeText } from './extent.ts';
import { type Attributes, type TensorInfo, inferOperator } from './infer.ts';
import { ATTRIBUTE_TYPES, ELEMENT_TYPES, type ElementType, type Onnx } from './schema.ts';

interface Operator {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Attributes;
  readonly doc: string;
}

interface Initializer {
  readonly dims: readonly number[];
  readonly type: ElementType;
  readonly bytes: Uint8Array;
}

/** Whom the next operators belong to; it names them and their results. */
export interface Author {
  readonly id: string;
  /** What it is, for the operators' doc strings. */
  readonly doc: string;
}

export class GraphWriter {
  readonly #names = new Set<string>();
  readonly #infos = new Map<string, TensorInfo>();
  readonly #initializers = new Map<string, Initializer>();
  readonly #operators: Operator[] = [];
  /** Results of operators. */
  readonly #results = new Set<string>();
  /** What the file calls a result, where that is not the name under which it was made. */
  readonly #aliases = new Map<string, string>();
  readonly #inputs: { readonly name: string; readonly doc: string }[] = [];
  /** By the name under which the tensor was made. */
  readonly #outputs = new Map<string, { readonly doc: string }>();
  #batchSize: string | undefined;
  /** Equal small constants are one initializer. */
  readonly #constants = new Map<string, string>();

  /** `wanted`, or with a number behind it where that name is taken; the empty name means "left out" in ONNX. */
  #unique(wanted: string): string {
    let name = wanted === '' ? 'tensor' : wanted;
    for (let i = 2; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }

  info(name: string): TensorInfo {
    const info = this.#infos.get(name);
    if (info === undefined) throw new Error(`The ONNX graph has no tensor '${name}'.`);
    return info;
  }

  addInput(wanted: string, type: ElementType, shape: Extents, doc: string): string {
    const name = this.#unique(wanted);
    this.#infos.set(name, { type, shape });
    this.#inputs.push({ name, doc });
    return name;
  }

  /** Kept out of the way of everything named later; for names that the outside world knows. */
  reserve(wanted: string): string {
    return this.#unique(wanted);
  }

  /** Make `tensor` an output of the graph under a reserved name. */
  addOutput(reserved: string, tensor: string, doc: string): void {
    // An input, a weight or a tensor that is an output already cannot have this name; a copy of it can.
    const result = this.#results.has(tensor) && !this.#outputs.has(tensor) ? tensor : this.op({ id: reserved, doc: '' }, 'Identity', [tensor]);
    this.#aliases.set(result, reserved);
    this.#outputs.set(result, { doc });
  }

  /** `name` is taken as it is and must be free: weights have names that others rely on. */
  addWeight(name: string, data: Float32Array, shape: readonly number[]): string {
    if (this.#initializers.has(name)) return name;
    if (this.#names.has(name)) throw new FormatError({ en: `An input or output of the model is called '${name}', which is the name of a weight. Give that Input or Output another name.`, zh: `模型的某个输入或输出名为“${name}”，与一个权重同名。请给该输入或输出节点换一个名称。` });
    this.#names.add(name);
    return this.#addInitializer(name, 'f32', shape, encodeElements(data));
  }

  floats(author: Author, data: ArrayLike<number>, shape: readonly number[]): string {
    return this.#constant(author, 'f32', shape, encodeElements(Float32Array.from(data)), Array.from(data));
  }
  int32s(author: Author, data: ArrayLike<number>, shape: readonly number[]): string {
    return this.#constant(author, 'i32', shape, encodeElements(Int32Array.from(data)), Array.from(data));
  }
  int64s(author: Author, data: readonly number[], shape: readonly number[] = [data.length]): string {
    const bytes = new Uint8Array(8 * data.length);
    const view = new DataView(bytes.buffer);
    data.forEach((value, i) => view.setBigInt64(8 * i, BigInt(value), true));
    return this.#constant(author, 'i64', shape, bytes, data);
  }

  #constant(author: Author, type: ElementType, shape: readonly number[], bytes: Uint8Array, values: readonly number[]): string {
    // Large ones are compared by nobody; small ones (shapes, scalars) recur in every layer.
    const key = bytes.length <= 64 ? `${type} [${shape.join()}] ${bytes.join()}` : undefined;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.#addInitializer(this.#unique(key === undefined ? `${author.id}/constant` : `constant/${type}`), type, shape, bytes, values);
    if (key !== undefined) this.#constants.set(key, name);
    return name;
  }

  #addInitializer(name: string, type: ElementType, shape: readonly number[], bytes: Uint8Array, values?: readonly number[]): string {
    this.#initializers.set(name, { dims: shape, type, bytes });
    this.#infos.set(name, { type, shape: shape.map(fixed), ...(values === undefined ? {} : { values: values.map(fixed) }) });
    return name;
  }

  /** Append an operator; the name of its result. */
  op(author: Author, opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const info = inferOperator(opType, inputs.map((name) => (name === '' ? undefined : this.info(name))), attributes);
    const output = this.#unique(`${author.id}/${opType}`);
    this.#operators.push({ opType, inputs, output, attributes, doc: author.doc });
    this.#results.add(output);
    this.#infos.set(output, info);
    return output;
  }

  /** Let the file call an operator's result by what people know it as, its node. Inputs and weights keep their names; here, so does the result. */
  nameResult(tensor: string, wanted: string): void {
    if (this.#results.has(tensor) && !this.#aliases.has(tensor)) this.#aliases.set(tensor, this.#unique(wanted));
  }

  /** The batch size as an int64 list of one, read off the first input that has a batch axis. */
  batchSize(author: Author): string | undefined {
    if (this.#batchSize === undefined) {
      for (const { name } of this.#inputs) {
        const axis = this.info(name).shape.findIndex((size) => sameExtent(size, batchExtent));
        if (axis < 0) continue;
        this.#batchSize = this.op(author, 'Shape', [name], { start: axis, end: axis + 1 });
        break;
      }
    }
    return this.#batchSize;
  }

  requireShape(tensor: string, type: ElementType, shape: Extents, who: string): void {
    const info = this.info(tensor);
    if (info.type === type && info.shape.length === shape.length && info.shape.every((size, i) => sameExtent(size, shape[i] ?? fixed(NaN)))) return;
    throw new Error(`${who} is exported as ${info.type} ${shapeText(info.shape)}, but it is ${type} ${shapeText(shape)}.`);
  }

  /** The graph without anything that no output depends on. */
  finish(name: string, doc: string): Onnx<'GraphProto'> {
    const used = new Set(this.#outputs.keys());
    const kept: Operator[] = [];
    for (const operator of this.#operators.toReversed()) {
      if (!used.has(operator.output)) continue;
      kept.push(operator);
      for (const input of operator.inputs) used.add(input);
    }
    kept.reverse();
    const written = (tensor: string): string => this.#aliases.get(tensor) ?? tensor;
    const valueInfo = (tensor: string, docString: string): Onnx<'ValueInfoProto'> => ({
      name: written(tensor), type: typeProto(this.info(tensor)), ...(docString === '' ? {} : { docString }),
    });
    return {
      name, docString: doc,
      node: kept.map(({ opType, inputs, output, attributes, doc: docString }) => ({
        name: written(output), opType, input: inputs.map(written), output: [written(output)], ...(docString === '' ? {} : { docString }),
        attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
      })),
      initializer: [...this.#initializers].filter(([tensor]) => used.has(tensor)).map(([tensor, { dims, type, bytes }]) => ({
        name: tensor, dims, dataType: ELEMENT_TYPES[type], rawData: bytes, floatData: [], int32Data: [], int64Data: [], doubleData: [],
      })),
      input: this.#inputs.map((input) => valueInfo(input.name, input.doc)),
      output: [...this.#outputs].map(([tensor, { doc: docString }]) => valueInfo(tensor, docString)),
      valueInfo: kept.filter((operator) => !this.#outputs.has(operator.output)).map((operator) => valueInfo(operator.output, '')),
    };
  }
}

function typeProto({ type, shape }: TensorInfo): Onnx<'TypeProto'> {
  return { tensorType: { elemType: ELEMENT_TYPES[type], shape: { dim: shape.map((size) => (isFixed(size) ? { dimValue: size.fixed } : { dimParam: extentName(size) })) } } };
}

function attributeProto(name: string, value: OnnxAttribute): Onnx<'AttributeProto'> {
  const none = { name, floats: [], ints: [], strings: [] };
  if (typeof value === 'string') return { ...none, type: ATTRIBUTE_TYPES.string, s: new TextEncoder().encode(value) };
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) throw new Error(`The ONNX attribute '${name}' is ${value}; write { float: ${value} }, since plain numbers are whole.`);
    return { ...none, type: ATTRIBUTE_TYPES.int, i: value };
  }
  if ('float' in value) return { ...none, type: ATTRIBUTE_TYPES.float, f: value.float };
  if ('strings' in value) return { ...none, type: ATTRIBUTE_TYPES.strings, strings: value.strings.map((each) => new TextEncoder().encode(each)) };
  if ('floats' in value) return { ...none, type: ATTRIBUTE_TYPES.floats, floats: value.floats };
  return { ...none, type: ATTRIBUTE_TYPES.ints, ints: value };
}
