/** The messages of an ONNX file that a model of ours needs; names and numbers are those of onnx.proto (IR version 8). */
import { type MessageOf, makeCodec } from './codec.ts';

const onnxSchema = {
  ModelProto: {
    irVersion: { number: 1, kind: 'int64' },
    producerName: { number: 2, kind: 'string' },
    producerVersion: { number: 3, kind: 'string' },
    domain: { number: 4, kind: 'string' },
    modelVersion: { number: 5, kind: 'int64' },
    docString: { number: 6, kind: 'string' },
    graph: { number: 7, kind: 'GraphProto' },
    opsetImport: { number: 8, kind: 'OperatorSetIdProto', repeated: true },
    metadataProps: { number: 14, kind: 'StringStringEntryProto', repeated: true },
  },
  OperatorSetIdProto: {
    domain: { number: 1, kind: 'string' },
    version: { number: 2, kind: 'int64' },
  },
  StringStringEntryProto: {
    key: { number: 1, kind: 'string' },
    value: { number: 2, kind: 'string' },
  },
  GraphProto: {
    node: { number: 1, kind: 'NodeProto', repeated: true },
    name: { number: 2, kind: 'string' },
    initializer: { number: 5, kind: 'TensorProto', repeated: true },
    docString: { number: 10, kind: 'string' },
    input: { number: 11, kind: 'ValueInfoProto', repeated: true },
    output: { number: 12, kind: 'ValueInfoProto', repeated: true },
    valueInfo: { number: 13, kind: 'ValueInfoProto', repeated: true },
  },
  NodeProto: {
    input: { number: 1, kind: 'string', repeated: true },
    output: { number: 2, kind: 'string', repeated: true },
    name: { number: 3, kind: 'string' },
    opType: { number: 4, kind: 'string' },
    attribute: { number: 5, kind: 'AttributeProto', repeated: true },
    docString: { number: 6, kind: 'string' },
    domain: { number: 7, kind: 'string' },
  },
  AttributeProto: {
    name: { number: 1, kind: 'string' },
    f: { number: 2, kind: 'float' },
    i: { number: 3, kind: 'int64' },
    s: { number: 4, kind: 'bytes' },
    t: { number: 5, kind: 'TensorProto' },
    floats: { number: 7, kind: 'float', repeated: true },
    ints: { number: 8, kind: 'int64', repeated: true },
    strings: { number: 9, kind: 'bytes', repeated: true },
    type: { number: 20, kind: 'int64' },
  },
  TensorProto: {
    dims: { number: 1, kind: 'int64', repeated: true },
    dataType: { number: 2, kind: 'int64' },
    floatData: { number: 4, kind: 'float', repeated: true, packed: true },
    int32Data: { number: 5, kind: 'int64', repeated: true, packed: true },
    int64Data: { number: 7, kind: 'int64', repeated: true, packed: true },
    name: { number: 8, kind: 'string' },
    rawData: { number: 9, kind: 'bytes' },
    doubleData: { number: 10, kind: 'double', repeated: true, packed: true },
    docString: { number: 12, kind: 'string' },
  },
  ValueInfoProto: {
    name: { number: 1, kind: 'string' },
    type: { number: 2, kind: 'TypeProto' },
    docString: { number: 3, kind: 'string' },
  },
  TypeProto: {
    tensorType: { number: 1, kind: 'TensorTypeProto' },
  },
  TensorTypeProto: {
    elemType: { number: 1, kind: 'int64' },
    shape: { number: 2, kind: 'TensorShapeProto' },
  },
  TensorShapeProto: {
    dim: { number: 1, kind: 'DimensionProto', repeated: true },
  },
  DimensionProto: {
    dimValue: { number: 1, kind: 'int64' },
    dimParam: { number: 2, kind: 'string' },
  },
} as const;

export type Onnx<M extends keyof typeof onnxSchema> = MessageOf<typeof onnxSchema, M>;
export const onnxCodec = makeCodec(onnxSchema);

export const IR_VERSION = 8;
export const OPSET_VERSION = 17;

/** TensorProto.DataType */
export const ELEMENT_TYPES = { f32: 1, u8: 2, i32: 6, i64: 7, bool: 9 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;
/** AttributeProto.AttributeType */
export const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;
