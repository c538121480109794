/**
 * The samples of data nodes, loaded once and kept: every run, preview and evaluation of the same set
 * shares them. Requests that ask for a set while it loads wait together; the load is given up when none is left.
 */
import type { DataContext, LoadedData, Samples } from '../data/dataset.ts';
import { datasetOf, refreshOf } from '../data/graph-data.ts';
import type { CheckedNode } from '../graph/checked-graph.ts';
import type { NodeId } from '../graph/document.ts';
import type { Platform } from '../platform/platform.ts';
import type { GraphData } from '../train/run-contract.ts';
import type { Text } from '../text.ts';
import { cancelled, EngineFailure, text } from './failure.ts';

/** Bytes of samples that stay though nobody uses them just now: MNIST and Fashion-MNIST together have 110 MB. */
const KEPT_BYTES = 256e6;

export interface Progress {
  readonly what: Text;
  readonly done: number;
  readonly total: number | undefined;
}
/** Who waits for an answer. */
export interface Asker {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

interface Entry {
  readonly loading: Promise<LoadedData>;
  readonly abort: AbortController;
  readonly askers: Set<Asker>;
  bytes: number | undefined;
}

export class DataStore {
  readonly #platform: Platform;
  readonly #source: string | undefined;
  /** The least recently used first. */
  readonly #entries = new Map<string, Entry>();

  constructor(platform: Platform, source: string | undefined) {
    this.#platform = platform;
    this.#source = source;
  }

  /** The samples of all of `sources`. Throws EngineFailure for an Input, and DataError where a set cannot be had. */
  async load(sources: readonly CheckedNode[], seed: number, asker: Asker): Promise<GraphData> {
    const data: Record<NodeId, LoadedData> = {};
    for (const node of sources) data[node.id] = await this.loadNode(node, seed, asker);
    return data;
  }

  loadNode(node: CheckedNode, seed: number, asker: Asker): Promise<LoadedData> {
    const dataset = datasetOf(node);
    if (dataset === undefined) {
      throw new EngineFailure('input-without-data', text(
        `'${node.label}' is an Input, which brings no samples of its own: put a data node in its place.`, `“${node.label}”是输入节点，自身没有样本：请换成一个数据节点。`,
      ), { node: node.id });
    }
    const isFile = dataset.readsFile?.(node.params) ?? false;
    const key = JSON.stringify([dataset.id, seed, Object.entries(node.params).sort(([a], [b]) => (a < b ? -1 : 1))]);
    let entry = isFile ? undefined : this.#entries.get(key);
    if (entry === undefined) {
      const abort = new AbortController();
      const askers = new Set<Asker>();
      const context: DataContext = {
        ...this.#context(seed), signal: abort.signal,
        onProgress: (progress) => {
          for (const each of askers) each.onProgress(progress);
        },
      };
      const opened: Entry = { abort, askers, bytes: undefined, loading: dataset.load(node.params, context) };
      entry = opened;
      opened.loading.then((loaded) => {
        opened.bytes = bytesOf(loaded);
        this.#shrink();
      }, () => {
        if (this.#entries.get(key) === opened) this.#entries.delete(key);
      });
    }
    this.#entries.delete(key);
    if (!isFile) this.#entries.set(key, entry);
    return this.#wait(entry, key, asker);
  }

  /** Fresh samples for each epoch of the endless sets among the sources. */
  refresh(sources: readonly CheckedNode[], seed: number): ReturnType<typeof refreshOf> {
    return refreshOf(sources, this.#context(seed));
  }

  #context(seed: number): DataContext {
    return { platform: this.#platform, seed, ...(this.#source === undefined ? {} : { source: this.#source }) };
  }

  async #wait(entry: Entry, key: string, asker: Asker): Promise<LoadedData> {
    if (asker.signal.aborted) throw cancelled();
    entry.askers.add(asker);
    let giveUp: (() => void) | undefined;
    try {
      return await Promise.race([entry.loading, new Promise<never>((_resolve, reject) => {
        giveUp = () => reject(cancelled());
        asker.signal.addEventListener('abort', giveUp, { once: true });
      })]);
    } finally {
      if (giveUp !== undefined) asker.signal.removeEventListener('abort', giveUp);
      entry.askers.delete(asker);
      if (entry.askers.size === 0 && entry.bytes === undefined && asker.signal.aborted) {
        entry.abort.abort();
        this.#entries.delete(key);
      }
    }
  }

  /** Forgets what was not asked for longest; runs that use it keep it alive themselves. */
  #shrink(): void {
    let bytes = [...this.#entries.values()].reduce((sum, entry) => sum + (entry.bytes ?? 0), 0);
    for (const [key, entry] of this.#entries) {
      if (bytes <= KEPT_BYTES || this.#entries.size === 1) return;
      if (entry.bytes === undefined) continue;
      this.#entries.delete(key);
      bytes -= entry.bytes;
    }
  }
}

function bytesOf({ train, test }: LoadedData): number {
  const of = (samples: Samples | undefined): number => Object.values(samples ?? {}).reduce((sum, { data }) => sum + data.byteLength, 0);
  return of(train) + of(test);
}
