/**
 * Protocol-buffer messages from a table of fields. The wire format itself is a library's; a table
 * replaces the 10,000 generated lines that ONNX's whole schema would bring for its nine messages
 * that a model of ours needs. Fields that the table lacks are skipped, as protobuf wants it.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { FormatError } from '../format-error.ts';

type ScalarKind = 'int64' | 'float' | 'double' | 'string' | 'bytes';
export interface Field {
  readonly number: number;
  /** A scalar, or the name of a message of the same schema. */
  readonly kind: string;
  readonly repeated?: true;
  /** Repeated numbers in one run; both forms are read. */
  readonly packed?: true;
}
export type Schema = Readonly<Record<string, Readonly<Record<string, Field>>>>;

interface ScalarTypes {
  readonly int64: number;
  readonly float: number;
  readonly double: number;
  readonly string: string;
  readonly bytes: Uint8Array;
}
type ItemOf<S extends Schema, K extends string> = K extends keyof ScalarTypes ? ScalarTypes[K] : K extends keyof S ? MessageOf<S, K> : never;
type Optional<S extends Schema, M extends keyof S> = { readonly [F in keyof S[M] as S[M][F] extends { repeated: true } ? never : F]?: ItemOf<S, S[M][F]['kind']> };
type Repeated<S extends Schema, M extends keyof S> = { readonly [F in keyof S[M] as S[M][F] extends { repeated: true } ? F : never]: readonly ItemOf<S, S[M][F]['kind']>[] };
/** The type of a message: repeated fields are lists (perhaps empty), all others may be absent. */
export type MessageOf<S extends Schema, M extends keyof S> = Optional<S, M> & Repeated<S, M>;

const wireTypes = { int64: WireType.Varint, float: WireType.Bit32, double: WireType.Bit64, string: WireType.LengthDelimited, bytes: WireType.LengthDelimited } as const satisfies Record<ScalarKind, WireType>;
const isScalar = (kind: string): kind is ScalarKind => Object.hasOwn(wireTypes, kind);
const isPackable = (kind: string): boolean => kind === 'int64' || kind === 'float' || kind === 'double';

/** Deeper nesting than any model has; a file made to exhaust the stack is refused. */
const MAX_DEPTH = 64;

export interface Codec<S extends Schema> {
  encode<M extends keyof S & string>(message: M, value: MessageOf<S, M>): Uint8Array;
  /** Throws FormatError where the bytes are no such message. */
  decode<M extends keyof S & string>(message: M, bytes: Uint8Array): MessageOf<S, M>;
}

export function makeCodec<S extends Schema>(schema: S): Codec<S> {
  const byNumber = new Map(Object.entries(schema).map(([message, fields]) => [message, new Map(Object.entries(fields).map(([name, field]) => [field.number, { name, field }]))]));

  const writeItem = (writer: BinaryWriter, kind: string, item: unknown): void => {
    if (!isScalar(kind)) {
      writer.fork();
      writeMessage(writer, kind, item);
      writer.join();
    } else if (kind === 'string' && typeof item === 'string') writer.string(item);
    else if (kind === 'bytes' && item instanceof Uint8Array) writer.bytes(item);
    else if (typeof item === 'number' && kind !== 'string' && kind !== 'bytes') writer[kind](item);
    else throw new Error(`A ${kind} field cannot hold ${typeof item} ${String(item)}.`);
  };
  const writeMessage = (writer: BinaryWriter, message: string, value: unknown): void => {
    const values = value as Readonly<Record<string, unknown>>;
    for (const [name, { number, kind, repeated, packed }] of Object.entries(schema[message] ?? {})) {
      const held = values[name];
      if (held === undefined) continue;
      const items: readonly unknown[] = repeated === true ? (held as readonly unknown[]) : [held];
      if (packed === true) {
        if (items.length === 0) continue;
        writer.tag(number, WireType.LengthDelimited).fork();
        for (const item of items) writeItem(writer, kind, item);
        writer.join();
        continue;
      }
      for (const item of items) {
        writer.tag(number, isScalar(kind) ? wireTypes[kind] : WireType.LengthDelimited);
        writeItem(writer, kind, item);
      }
    }
  };

  const readScalar = (reader: BinaryReader, kind: ScalarKind): unknown => (kind === 'int64' ? Number(reader.int64()) : kind === 'bytes' ? new Uint8Array(reader.bytes()) : reader[kind]());
  const readMessage = (message: string, bytes: Uint8Array, depth: number): unknown => {
    if (depth > MAX_DEPTH) throw new RangeError(`messages are nested more than ${MAX_DEPTH} deep`);
    const reader = new BinaryReader(bytes);
    const lists: Record<string, unknown[]> = {};
    const values: Record<string, unknown> = {};
    for (const [name, { repeated }] of Object.entries(schema[message] ?? {})) if (repeated === true) lists[name] = values[name] = [];
    while (reader.pos < reader.len) {
      const [number, wire] = reader.tag();
      const known = byNumber.get(message)?.get(number);
      if (known === undefined) {
        reader.skip(wire, number);
        continue;
      }
      const { name, field: { kind } } = known;
      const list = lists[name];
      const keep = (item: unknown): void => {
        if (list === undefined) values[name] = item;
        else list.push(item);
      };
      if (!isScalar(kind)) {
        if (wire !== WireType.LengthDelimited) throw new RangeError(`${message}.${name} has the wire type ${wire}`);
        keep(readMessage(kind, reader.bytes(), depth + 1));
      } else if (list !== undefined && isPackable(kind) && wire === WireType.LengthDelimited) {
        const end = reader.uint32() + reader.pos;
        if (end > reader.len) throw new RangeError(`${message}.${name} ends at byte ${end} of ${reader.len}`);
        while (reader.pos < end) keep(readScalar(reader, kind));
      } else {
        if (wire !== wireTypes[kind]) throw new RangeError(`${message}.${name} has the wire type ${wire}, wanted is ${wireTypes[kind]}`);
        keep(readScalar(reader, kind));
      }
    }
    return values;
  };

  return {
    encode(message, value) {
      const writer = new BinaryWriter();
      writeMessage(writer, message, value);
      return writer.finish();
    },
    decode(message, bytes) {
      try {
        // The table says what each field becomes, in types above and in readMessage alike.
        return readMessage(message, bytes, 0) as MessageOf<S, typeof message>;
      } catch (error) {
        throw new FormatError({ en: `Not a ${message} of protobuf: ${error instanceof Error ? error.message : String(error)} (in ${bytes.length} bytes); the file is truncated, damaged or of another kind.`, zh: `不是 protobuf 的 ${message}：${error instanceof Error ? error.message : String(error)}（共 ${bytes.length} 字节）；文件被截断、已损坏或属于其他类型。` }, { cause: error });
      }
    },
  };
}
