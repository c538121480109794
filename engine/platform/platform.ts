/** Where the engine runs, as far as it may know: threads, GPU, files, network. `node.ts` and `web.ts` implement it. */
import type { Text } from '../text.ts';

/** A thread that shares the WASM memory and walks plans; it has no other duty. */
export interface PlanThread {
  /**
   * Instantiate `module` with the shared memory (once per `id`) and call its export
   * `worker(index, threads)`, which walks steps and returns when it is told to leave. Calls queue up.
   */
  enter(id: number, module: WebAssembly.Module, threads: number): void;
  /** The module of this id will not be entered again. */
  forget(id: number): void;
  terminate(): void;
}

export interface Platform {
  /** Logical processors that may be used. */
  readonly processors: number;
  /** Whether shared memory and threads are available. */
  readonly canShareMemory: boolean;
  /** Whether the calling thread may block in Atomics.wait (not a browser's main thread). */
  readonly canBlock: boolean;
  /** Start a thread; it waits for modules to enter. `onDeath` hears if it ends by itself. */
  spawnPlanThread(memory: WebAssembly.Memory, index: number, onDeath: (reason: string) => void): Promise<PlanThread>;
  /** Names what compiles WebAssembly here and on which processor: what was measured under this name holds under it. */
  readonly runtime: string;
  /** Bytes of machine code that WebAssembly goes through in a function before the runtime optimises it. */
  readonly tieringBudget: number;
  /** The GPU entry point, or the reason why there is none. */
  gpu(): Promise<GPU | { readonly unavailable: Text }>;
  readonly files: FileStore;
  /** Unpacks gzip; throws when the bytes are damaged. Left out where the host has nothing faster than the web's own DecompressionStream. */
  gunzip?(bytes: Uint8Array): Promise<Uint8Array>;
  fetch(url: string, init?: { readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal }): Promise<Response>;
}

/** Byte storage: a disk in Node, OPFS in a browser. Paths use '/'. */
export interface FileStore {
  /** The folder for downloaded data (XDG and its kin in Node). */
  readonly dataFolder: string;
  /** The folder for what can be found out again. */
  readonly cacheFolder: string;
  read(path: string): Promise<Uint8Array>;
  exists(path: string): Promise<boolean>;
  size(path: string): Promise<number>;
  /** Atomic: written beside, flushed, then renamed. A process that dies meanwhile leaves a file for `tidy`. */
  write(path: string, data: Uint8Array | string): Promise<void>;
  append(path: string, data: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  list(folder: string): Promise<readonly string[]>;
  /** Removes what writes into the folder left unfinished when their process died. */
  tidy(folder: string): Promise<void>;
}

/** Names of what an atomic write had in hand when its process died. */
export const UNFINISHED_SUFFIX = '.part';
export const isUnfinished = (name: string): boolean => name.startsWith('.') && name.endsWith(UNFINISHED_SUFFIX);
