/** One WebAssembly memory and who has which bytes of it. */
import { TextError } from '../../text.ts';
import type { DType } from '../../tensor/ir.ts';
import type { TypedData } from '../backend.ts';

export interface Region {
  readonly address: number;
  readonly bytes: number;
}

const PAGE = 65536;
/** Below this lie the control words; vectors may read a little before a buffer's start or past its end without harm. */
const FIRST = PAGE;
const LAST_SLACK = PAGE;
const ALIGNMENT = 64;
/** Addresses are signed 32-bit numbers in the kernels' arithmetic, so half of the address space is used. */
const MOST_PAGES = 32768;

export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  readonly maximumPages: number;
  #free: Region[] = [];
  #top = FIRST;

  constructor(shared: boolean) {
    let pages = MOST_PAGES;
    for (;;) {
      try {
        this.memory = new WebAssembly.Memory({ initial: 16, maximum: pages, shared });
        break;
      } catch (error) {
        // A machine without that much address space: ask for less.
        if (pages <= 1024) throw error;
        pages /= 2;
      }
    }
    this.maximumPages = pages;
  }

  allocate(wanted: number): Region {
    const bytes = Math.max(ALIGNMENT, Math.ceil(wanted / ALIGNMENT) * ALIGNMENT);
    const at = this.#free.findIndex((region) => region.bytes >= bytes);
    const hole = this.#free[at];
    if (hole !== undefined) {
      if (hole.bytes === bytes) this.#free.splice(at, 1);
      else this.#free[at] = { address: hole.address + bytes, bytes: hole.bytes - bytes };
      return { address: hole.address, bytes };
    }
    const address = this.#top;
    const pages = Math.ceil((address + bytes + LAST_SLACK) / PAGE) - this.memory.buffer.byteLength / PAGE;
    if (pages > 0) {
      try {
        this.memory.grow(pages);
      } catch {
        const [more, used, limit] = [wanted, address, this.maximumPages * PAGE].map((bytes) => `${Math.round(bytes / 1e6)} MB`);
        throw new TextError({
          en: `not enough memory: ${more} more are wanted, ${used} are in use, the limit is ${limit}; make the batch or the model smaller`,
          zh: `内存不足：还需要 ${more}，已使用 ${used}，上限为 ${limit}；请减小批次或模型`,
        });
      }
    }
    this.#top = address + bytes;
    return { address, bytes };
  }

  /** Zero-filled. Memory that nobody has had yet is so already, and its pages stay untouched until they are used. */
  allocateCleared(wanted: number): Region {
    const top = this.#top;
    const region = this.allocate(wanted);
    if (region.address < top) new Uint8Array(this.memory.buffer, region.address, region.bytes).fill(0);
    return region;
  }

  free(region: Region): void {
    this.#free.push(region);
    this.#free.sort((a, b) => a.address - b.address);
    this.#free = this.#free.reduce<Region[]>((joined, next) => {
      const last = joined.at(-1);
      if (last !== undefined && last.address + last.bytes === next.address) joined[joined.length - 1] = { address: last.address, bytes: last.bytes + next.bytes };
      else joined.push(next);
      return joined;
    }, []);
  }

  /** A view that is good until memory grows. */
  view(dtype: DType, address: number, length: number): TypedData {
    const { buffer } = this.memory;
    if (dtype === 'f32') return new Float32Array(buffer, address, length);
    return dtype === 'i32' ? new Int32Array(buffer, address, length) : new Uint8Array(buffer, address, length);
  }

  /** Set a control word. */
  control(address: number, value: number): void {
    Atomics.store(new Int32Array(this.memory.buffer), address / 4, value);
  }
  /** Count a control word up and wake who waits for it. */
  announce(address: number): void {
    const words = new Int32Array(this.memory.buffer);
    Atomics.add(words, address / 4, 1);
    Atomics.notify(words, address / 4);
  }
  /** Block until a control word has reached `value`. */
  waitFor(address: number, value: number): void {
    const words = new Int32Array(this.memory.buffer);
    for (let now = Atomics.load(words, address / 4); now < value; now = Atomics.load(words, address / 4)) Atomics.wait(words, address / 4, now, 1);
  }
}
