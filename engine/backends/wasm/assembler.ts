/**
 * A small WebAssembly assembler: functions are written instruction by instruction and assembled
 * into one binary module. Only the instructions that the kernels use; no control flow beyond
 * blocks, loops and ifs.
 */

import { bitsOf, constantAddress } from './constants.ts';

export type ValueType = 'i32' | 'f32' | 'v128';
const TYPE_CODES: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

/** Index of a parameter or local of one function. */
export type Local = number & { readonly brand?: 'local' };

/** Growing byte array with LEB128. */
class Bytes {
  #data = new Uint8Array(256);
  length = 0;

  byte(value: number): void {
    if (this.length === this.#data.length) this.#grow(this.length + 1);
    this.#data[this.length++] = value;
  }
  append(bytes: Uint8Array): void {
    this.#grow(this.length + bytes.length);
    this.#data.set(bytes, this.length);
    this.length += bytes.length;
  }
  #grow(size: number): void {
    if (size <= this.#data.length) return;
    const bigger = new Uint8Array(Math.max(size, this.#data.length * 2));
    bigger.set(this.#data.subarray(0, this.length));
    this.#data = bigger;
  }
  unsigned(value: number): void {
    let rest = value >>> 0;
    while (rest > 127) {
      this.byte((rest & 127) | 128);
      rest >>>= 7;
    }
    this.byte(rest);
  }
  signed(value: number): void {
    let rest = value | 0;
    for (;;) {
      const low = rest & 127;
      rest >>= 7;
      if ((rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0)) {
        this.byte(low);
        return;
      }
      this.byte(low | 128);
    }
  }
  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.unsigned(bytes.length);
    this.append(bytes);
  }
  take(): Uint8Array {
    return this.#data.slice(0, this.length);
  }
}

const scratch = new DataView(new ArrayBuffer(4));
function floatBytes(value: number): Uint8Array {
  scratch.setFloat32(0, value, true);
  return new Uint8Array(scratch.buffer.slice(0));
}

/** SIMD instructions without immediates, by name. Codes from the WebAssembly SIMD and relaxed SIMD specifications. */
export const SIMD = {
  i8x16Swizzle: 0x0e, i32x4Splat: 0x11, f32x4Splat: 0x13,
  i32x4Eq: 0x37, i32x4Ne: 0x38, i32x4LtS: 0x39, i32x4LtU: 0x3a, i32x4GtS: 0x3b, i32x4LeS: 0x3d, i32x4GeS: 0x3f,
  f32x4Eq: 0x41, f32x4Ne: 0x42, f32x4Lt: 0x43, f32x4Gt: 0x44, f32x4Le: 0x45, f32x4Ge: 0x46,
  v128Not: 0x4d, v128And: 0x4e, v128AndNot: 0x4f, v128Or: 0x50, v128Xor: 0x51, v128Bitselect: 0x52, v128AnyTrue: 0x53,
  i16x8ExtendLowI8x16U: 0x89, i32x4ExtendLowI16x8U: 0xa9,
  i32x4Abs: 0xa0, i32x4Neg: 0xa1, i32x4AllTrue: 0xa3, i32x4Shl: 0xab, i32x4ShrS: 0xac, i32x4ShrU: 0xad,
  i32x4Add: 0xae, i32x4Sub: 0xb1, i32x4Mul: 0xb5, i32x4MinS: 0xb6, i32x4MaxS: 0xb8,
  f32x4Ceil: 0x67, f32x4Floor: 0x68, f32x4Trunc: 0x69, f32x4Nearest: 0x6a,
  f32x4Abs: 0xe0, f32x4Neg: 0xe1, f32x4Sqrt: 0xe3, f32x4Add: 0xe4, f32x4Sub: 0xe5, f32x4Mul: 0xe6, f32x4Div: 0xe7,
  f32x4Min: 0xe8, f32x4Max: 0xe9, f32x4PMin: 0xea, f32x4PMax: 0xeb,
  i32x4TruncSatF32x4S: 0xf8, f32x4ConvertI32x4S: 0xfa,
  f32x4RelaxedMadd: 0x105, f32x4RelaxedNmadd: 0x106,
} as const;
export type SimdOp = keyof typeof SIMD;

export const SCALAR = {
  i32Eqz: 0x45, i32Eq: 0x46, i32Ne: 0x47, i32LtS: 0x48, i32LtU: 0x49, i32GtS: 0x4a, i32GeS: 0x4e, i32GeU: 0x4f,
  i32Add: 0x6a, i32Sub: 0x6b, i32Mul: 0x6c, i32DivS: 0x6d, i32DivU: 0x6e, i32RemU: 0x70, i32And: 0x71, i32Or: 0x72, i32Xor: 0x73, i32Shl: 0x74, i32ShrS: 0x75, i32ShrU: 0x76,
  f32Abs: 0x8b, f32Neg: 0x8c, f32Add: 0x92, f32Sub: 0x93, f32Mul: 0x94, f32Div: 0x95, f32Lt: 0x5d, f32Gt: 0x5e, f32Eq: 0x5b, f32Ne: 0x5c,
  i32ReinterpretF32: 0xbc, f32ReinterpretI32: 0xbe, drop: 0x1a, select: 0x1b, return: 0x0f, unreachable: 0x00,
} as const;
export type ScalarOp = keyof typeof SCALAR;

export class FunctionBuilder {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly #locals: ValueType[] = [];
  readonly #code = new Bytes();

  /** It has no code: JavaScript gives it under its name in `env`. */
  readonly isImported: boolean;

  constructor(name: string, params: readonly ValueType[], results: readonly ValueType[] = [], isImported = false) {
    this.name = name;
    this.params = params;
    this.results = results;
    this.isImported = isImported;
  }

  local(type: ValueType): Local {
    this.#locals.push(type);
    return this.params.length + this.#locals.length - 1;
  }
  locals(type: ValueType, count: number): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  get(local: Local): this { return this.#withIndex(0x20, local); }
  set(local: Local): this { return this.#withIndex(0x21, local); }
  tee(local: Local): this { return this.#withIndex(0x22, local); }
  call(functionIndex: number): this { return this.#withIndex(0x10, functionIndex); }
  #withIndex(code: number, index: number): this {
    this.#code.byte(code);
    this.#code.unsigned(index);
    return this;
  }

  i32(value: number): this {
    this.#code.byte(0x41);
    this.#code.signed(value);
    return this;
  }
  f32(value: number): this {
    this.#code.byte(0x43);
    this.#code.append(floatBytes(value));
    return this;
  }
  /** Four equal floats. */
  vf32(value: number): this {
    const one = floatBytes(value);
    return this.#vector([one, one, one, one]);
  }
  /** The number in all lanes, from the table of constants. */
  vConstant(value: number): this { return this.#fromTable(bitsOf(value)); }
  vIntegerConstant(value: number): this { return this.#fromTable(value); }
  #fromTable(bits: number): this { return bits === 0 ? this.vi32(0) : this.i32(0).vLoad32Splat(constantAddress(bits)); }
  vi32(a: number, b = a, c = a, d = a): this {
    return this.#vector([a, b, c, d].map((n) => new Uint8Array(new Int32Array([n]).buffer)));
  }
  #vector(lanes: readonly Uint8Array[]): this {
    this.#code.byte(0xfd);
    this.#code.unsigned(12);
    for (const lane of lanes) this.#code.append(lane);
    return this;
  }

  op(name: ScalarOp): this {
    this.#code.byte(SCALAR[name]);
    return this;
  }
  simd(name: SimdOp): this {
    this.#code.byte(0xfd);
    this.#code.unsigned(SIMD[name]);
    return this;
  }
  /** select between two v128 by an i32 on top of the stack. */
  selectVector(): this {
    for (const byte of [0x1c, 1, TYPE_CODES.v128]) this.#code.byte(byte);
    return this;
  }

  #memory(code: number, simd: boolean, align: number, offset: number): this {
    if (offset < 0) throw new RangeError(`memory offset ${offset} is negative`);
    if (simd) this.#code.byte(0xfd);
    if (simd) this.#code.unsigned(code);
    else this.#code.byte(code);
    this.#code.unsigned(align);
    this.#code.unsigned(offset);
    return this;
  }
  i32Load(offset = 0): this { return this.#memory(0x28, false, 2, offset); }
  i32Load8U(offset = 0): this { return this.#memory(0x2d, false, 0, offset); }
  f32Load(offset = 0): this { return this.#memory(0x2a, false, 2, offset); }
  i32Store(offset = 0): this { return this.#memory(0x36, false, 2, offset); }
  f32Store(offset = 0): this { return this.#memory(0x38, false, 2, offset); }
  vLoad(offset = 0): this { return this.#memory(0, true, 2, offset); }
  vLoad32Splat(offset = 0): this { return this.#memory(9, true, 2, offset); }
  /** Loads four bytes into lane 0, zeros elsewhere. */
  vLoad32Zero(offset = 0): this { return this.#memory(92, true, 0, offset); }
  vStore(offset = 0): this { return this.#memory(11, true, 2, offset); }
  vLoad32Lane(lane: number, offset = 0): this { return this.#lane(86, offset, lane); }
  vStore32Lane(lane: number, offset = 0): this { return this.#lane(90, offset, lane); }
  vStore64Lane(lane: number, offset = 0): this { return this.#lane(91, offset, lane); }
  #lane(code: number, offset: number, lane: number): this {
    this.#memory(code, true, 2, offset);
    this.#code.byte(lane);
    return this;
  }
  f32ExtractLane(lane: number): this { return this.#simdLane(0x1f, lane); }
  i32ExtractLane(lane: number): this { return this.#simdLane(0x1b, lane); }
  i32ReplaceLane(lane: number): this { return this.#simdLane(0x1c, lane); }
  f32ReplaceLane(lane: number): this { return this.#simdLane(0x20, lane); }
  #simdLane(code: number, lane: number): this {
    this.#code.byte(0xfd);
    this.#code.unsigned(code);
    this.#code.byte(lane);
    return this;
  }
  /** Lanes 0–3 of the first vector, 4–7 of the second. */
  shuffle(...lanes: readonly [number, number, number, number]): this {
    this.#code.byte(0xfd);
    this.#code.unsigned(13);
    for (const lane of lanes) for (let i = 0; i < 4; i++) this.#code.byte(lane * 4 + i);
    return this;
  }

  atomicAdd(offset = 0): this { return this.#atomic(0x1e, offset); }
  atomicLoad(offset = 0): this { return this.#atomic(0x10, offset); }
  atomicStore(offset = 0): this { return this.#atomic(0x17, offset); }
  /** address, expected value, timeout in ns (i64 constant) -> 0 woken, 1 not equal, 2 timed out. */
  atomicWait(timeoutNanoseconds: number, offset = 0): this {
    this.#code.byte(0x42);
    this.#code.signed(timeoutNanoseconds);
    return this.#atomic(0x01, offset);
  }
  /** address, count -> number woken. */
  atomicNotify(offset = 0): this { return this.#atomic(0x00, offset); }
  #atomic(code: number, offset: number): this {
    for (const byte of [0xfe, code, 2]) this.#code.byte(byte);
    this.#code.unsigned(offset);
    return this;
  }

  /** A block that `branch(0)` inside leaves. */
  block(body: () => void): this { return this.#nested(0x02, body); }
  /** A loop that `branch(0)` inside repeats. */
  loop(body: () => void): this { return this.#nested(0x03, body); }
  /** Takes an i32 condition from the stack. */
  if(then: () => void, otherwise?: () => void): this {
    this.#code.byte(0x04);
    this.#code.byte(0x40);
    then();
    if (otherwise !== undefined) {
      this.#code.byte(0x05);
      otherwise();
    }
    this.#code.byte(0x0b);
    return this;
  }
  #nested(code: number, body: () => void): this {
    this.#code.byte(code);
    this.#code.byte(0x40);
    body();
    this.#code.byte(0x0b);
    return this;
  }
  branch(depth: number): this { return this.#withIndex(0x0c, depth); }
  branchIf(depth: number): this { return this.#withIndex(0x0d, depth); }

  /** local += constant. */
  increment(local: Local, by: number): this {
    return by === 0 ? this : this.get(local).i32(by).op('i32Add').set(local);
  }
  /** Repeat `count` times (at least once), counting in `counter`. */
  repeat(counter: Local, count: number, body: () => void): this {
    if (count === 1) {
      body();
      return this;
    }
    this.i32(count).set(counter);
    return this.loop(() => {
      body();
      this.get(counter).i32(1).op('i32Sub').tee(counter).branchIf(0);
    });
  }

  /** Bytes of code so far. */
  get size(): number { return this.#code.length; }

  /** Body with its local declarations. */
  assemble(): Uint8Array {
    const out = new Bytes();
    // Runs of equal types are declared together.
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    out.unsigned(runs.length);
    for (const { type, count } of runs) {
      out.unsigned(count);
      out.byte(TYPE_CODES[type]);
    }
    out.append(this.#code.take());
    out.byte(0x0b);
    return out.take();
  }
}

export interface MemoryImport {
  readonly shared: boolean;
  readonly maximumPages: number;
}

/** A module of these functions (indices in this order) over one memory, imported as env.memory. */
export function assembleModule(functions: readonly FunctionBuilder[], exported: readonly FunctionBuilder[], memory: MemoryImport): Uint8Array<ArrayBuffer> {
  const out = new Bytes();
  for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.byte(byte);
  const section = (id: number, write: (bytes: Bytes) => void): void => {
    const content = new Bytes();
    write(content);
    out.byte(id);
    out.unsigned(content.length);
    out.append(content.take());
  };
  const signatures: string[] = [];
  const typeOf = functions.map((f) => {
    const key = `${f.params.join()}>${f.results.join()}`;
    const known = signatures.indexOf(key);
    return known < 0 ? signatures.push(key) - 1 : known;
  });
  section(1, (s) => {
    s.unsigned(signatures.length);
    signatures.forEach((_, i) => {
      const f = functions[typeOf.indexOf(i)];
      s.byte(0x60);
      for (const list of [f?.params ?? [], f?.results ?? []]) {
        s.unsigned(list.length);
        for (const type of list) s.byte(TYPE_CODES[type]);
      }
    });
  });
  const imported = functions.filter((f) => f.isImported);
  if (imported.some((f, i) => functions[i] !== f)) throw new Error('imported functions come before all others');
  section(2, (s) => {
    s.unsigned(1 + imported.length);
    imported.forEach((f, i) => {
      s.text('env');
      s.text(f.name);
      s.byte(0);
      s.unsigned(typeOf[i] ?? 0);
    });
    s.text('env');
    s.text('memory');
    s.byte(2);
    s.byte(memory.shared ? 3 : 1);
    s.unsigned(1);
    s.unsigned(memory.maximumPages);
  });
  section(3, (s) => {
    s.unsigned(functions.length - imported.length);
    for (const type of typeOf.slice(imported.length)) s.unsigned(type);
  });
  section(7, (s) => {
    s.unsigned(exported.length);
    for (const f of exported) {
      s.text(f.name);
      s.byte(0);
      s.unsigned(functions.indexOf(f));
    }
  });
  section(10, (s) => {
    s.unsigned(functions.length - imported.length);
    for (const f of functions.slice(imported.length)) {
      const body = f.assemble();
      s.unsigned(body.length);
      s.append(body);
    }
  });
  return out.take() as Uint8Array<ArrayBuffer>;
}
