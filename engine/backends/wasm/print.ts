/**
 * The WebAssembly of a plan as text, for `netloom explain`: a small disassembler of what the
 * assembler writes, with the kernels' names, which the binary does not carry.
 */
import type { Plan } from '../../compile/plan.ts';
import { bytesPerElement } from '../../tensor/ir.ts';
import { SCALAR, SIMD } from './assembler.ts';
import { arrangePlan, buildPlanModule, scratchBytes } from './plan-module.ts';
import { measuredTuning } from './measure-tuning.ts';

/** One page of 64 KiB in front, as the backend leaves for its control words. */
const FIRST_ADDRESS = 65_536;
const MAXIMUM_PAGES = 65_536;
/** Code for two threads shows everything that more threads have. */
const THREADS = 2;
const CODE_SECTION = 10;

/** `i32x4LtS` -> `i32x4.lt_s`, as the text format writes it. */
function instructionName(name: string): string {
  const [, type = '', rest = ''] = /^(i8x16|i16x8|i32x4|f32x4|v128|i32|f32)(.+)$/.exec(name) ?? [];
  return type === '' ? name : `${type}.${rest.replace(/[A-Z]/g, (letter, at: number) => `${at === 0 ? '' : '_'}${letter.toLowerCase()}`)}`;
}
const byCode = (table: Readonly<Record<string, number>>): ReadonlyMap<number, string> => new Map(Object.entries(table).map(([name, code]) => [code, instructionName(name)]));
const SCALAR_NAMES = byCode(SCALAR);
const SIMD_NAMES = byCode(SIMD);

/** Instructions with immediates. `memory` is alignment and offset, `lane` a byte. */
const INDEXED: ReadonlyMap<number, string> = new Map([[0x20, 'local.get'], [0x21, 'local.set'], [0x22, 'local.tee'], [0x10, 'call'], [0x0c, 'br'], [0x0d, 'br_if']]);
const MEMORY: ReadonlyMap<number, string> = new Map([[0x28, 'i32.load'], [0x2a, 'f32.load'], [0x2d, 'i32.load8_u'], [0x36, 'i32.store'], [0x38, 'f32.store']]);
const SIMD_MEMORY: ReadonlyMap<number, string> = new Map([[0, 'v128.load'], [9, 'v128.load32_splat'], [11, 'v128.store'], [92, 'v128.load32_zero']]);
const SIMD_MEMORY_LANE: ReadonlyMap<number, string> = new Map([[86, 'v128.load32_lane'], [90, 'v128.store32_lane'], [91, 'v128.store64_lane']]);
const SIMD_LANE: ReadonlyMap<number, string> = new Map([[0x1b, 'i32x4.extract_lane'], [0x1c, 'i32x4.replace_lane'], [0x1f, 'f32x4.extract_lane'], [0x20, 'f32x4.replace_lane']]);
const ATOMIC: ReadonlyMap<number, string> = new Map([[0x00, 'memory.atomic.notify'], [0x01, 'memory.atomic.wait32'], [0x10, 'i32.atomic.load'], [0x17, 'i32.atomic.store'], [0x1e, 'i32.atomic.rmw.add']]);
const TYPES: ReadonlyMap<number, string> = new Map([[0x7f, 'i32'], [0x7d, 'f32'], [0x7b, 'v128']]);

class Reader {
  readonly #view: DataView;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.end = end;
  }
  byte(): number {
    return this.#view.getUint8(this.at++);
  }
  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }
  signed(): number {
    let value = 0;
    for (let shift = 0; ; ) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      shift += 7;
      if (byte < 128) return (byte & 64) === 0 ? value : value - 2 ** shift;
    }
  }
  float(): number {
    this.at += 4;
    return this.#view.getFloat32(this.at - 4, true);
  }
  int(): number {
    this.at += 4;
    return this.#view.getInt32(this.at - 4, true);
  }
}

/** The module that the CPU backend would run for this plan with two threads. */
export function printWasm(given: Plan, options: { readonly relaxed: boolean } = { relaxed: true }): string {
  const ways = { tuning: measuredTuning(options.relaxed), winograd: true };
  const plan = arrangePlan(given, ways);
  let end = FIRST_ADDRESS;
  const place = (bytes: number): number => {
    const address = end;
    end += Math.ceil(bytes / 64) * 64;
    return address;
  };
  const arena = place(plan.arenaBytes);
  const addresses = plan.buffers.map((buffer) => (buffer.role === 'temporary' ? arena + buffer.offset : place(buffer.length * bytesPerElement(buffer.dtype))));
  const scratch = place(scratchBytes(plan, ways, THREADS));
  const { bytes, functions } = buildPlanModule(plan, { address: (buffer) => addresses[buffer.id] ?? 0, scratch }, { relaxed: options.relaxed, ...ways, memory: { shared: true, maximumPages: MAXIMUM_PAGES } });
  const lines = [`;; ${functions.length} functions, ${bytes.length} bytes`, ...plan.groups.map(({ first, end, parts, ownBytes }) => (
    `;; ${parts} parts of the batch, one after the other, with ${ownBytes} bytes of the thread's: ${plan.kernels.slice(first, end).map(({ name }) => name).join(' | ')}`))];
  disassemble(bytes).forEach((body, i) => lines.push('', `(func $${i} ;; ${functions[i]?.name ?? ''}, ${functions[i]?.bytes ?? 0} bytes`, ...body, ')'));
  return lines.join('\n');
}

/** The bodies of all functions of a module, in order. */
export function disassemble(module: Uint8Array): string[][] {
  const reader = new Reader(module, 8);
  while (reader.at < reader.end) {
    const section = reader.byte();
    const length = reader.unsigned();
    if (section !== CODE_SECTION) {
      reader.at += length;
      continue;
    }
    return Array.from({ length: reader.unsigned() }, () => {
      const size = reader.unsigned();
      const body = new Reader(module, reader.at, reader.at + size);
      reader.at += size;
      return printBody(body);
    });
  }
  return [];
}

function printBody(reader: Reader): string[] {
  const lines: string[] = [];
  const locals = Array.from({ length: reader.unsigned() }, () => `${reader.unsigned()} × ${TYPES.get(reader.byte()) ?? '?'}`);
  if (locals.length > 0) lines.push(`  (local ${locals.join(', ')})`);
  let depth = 1;
  while (reader.at < reader.end) {
    const code = reader.byte();
    // The last `end` closes the function itself.
    if (code === 0x0b && reader.at === reader.end) break;
    if (code === 0x0b || code === 0x05) depth--;
    lines.push('  '.repeat(depth) + instruction(code, reader));
    if (code === 0x02 || code === 0x03 || code === 0x04 || code === 0x05) depth++;
  }
  return lines;
}

const offsetText = (offset: number): string => (offset === 0 ? '' : ` offset=${offset}`);

function memoryText(name: string, reader: Reader): string {
  reader.unsigned(); // the alignment is a hint
  return `${name}${offsetText(reader.unsigned())}`;
}

function instruction(code: number, reader: Reader): string {
  const indexed = INDEXED.get(code);
  if (indexed !== undefined) return `${indexed} ${reader.unsigned()}`;
  const memory = MEMORY.get(code);
  if (memory !== undefined) return memoryText(memory, reader);
  switch (code) {
    case 0x02: case 0x03: case 0x04:
      reader.byte(); // the block's type: no result
      return code === 0x02 ? 'block' : code === 0x03 ? 'loop' : 'if';
    case 0x05: return 'else';
    case 0x0b: return 'end';
    case 0x1c:
      reader.at += 2;
      return 'select (result v128)';
    case 0x41: return `i32.const ${reader.signed()}`;
    case 0x42: return `i64.const ${reader.signed()}`;
    case 0x43: return `f32.const ${reader.float()}`;
    case 0xfd: return simd(reader.unsigned(), reader);
    case 0xfe: {
      const atomic = ATOMIC.get(reader.byte());
      return memoryText(atomic ?? 'atomic ?', reader);
    }
    default: return SCALAR_NAMES.get(code) ?? unknown(code);
  }
}

function simd(code: number, reader: Reader): string {
  const memory = SIMD_MEMORY.get(code);
  if (memory !== undefined) return memoryText(memory, reader);
  const memoryLane = SIMD_MEMORY_LANE.get(code);
  if (memoryLane !== undefined) return `${memoryText(memoryLane, reader)} ${reader.byte()}`;
  const lane = SIMD_LANE.get(code);
  if (lane !== undefined) return `${lane} ${reader.byte()}`;
  if (code === 12) {
    const at = reader.at;
    const ints = [reader.int(), reader.int(), reader.int(), reader.int()];
    reader.at = at;
    const floats = [reader.float(), reader.float(), reader.float(), reader.float()];
    // Masks and small whole numbers read as integers, everything else as floats.
    const isFloat = ints.some((n) => Math.abs(n) > 0xffff && n !== 0x7fffffff && n !== -0x80000000);
    return isFloat ? `v128.const f32x4 ${floats.join(' ')}` : `v128.const i32x4 ${ints.join(' ')}`;
  }
  if (code === 13) return `i8x16.shuffle ${Array.from({ length: 16 }, () => reader.byte()).join(' ')}`;
  return SIMD_NAMES.get(code) ?? unknown(code);
}

/** A gap in these tables would make everything behind it nonsense. */
function unknown(code: number): never {
  throw new Error(`The disassembler does not know the instruction 0x${code.toString(16)} that the assembler wrote; add it to engine/backends/wasm/print.ts.`);
}
