/**
 * Requests to the engine as typed promises. The engine lives apart from the window and may die: what
 * is under way then fails with `engine-lost`, listeners hear of it, and the next request starts it again.
 */
import type { Text } from '../../engine/text.ts';
import type { EngineError, EngineMethod, EngineMethods, FromEngine, RunEvent, RunId, ToEngine } from '../../engine/protocol.ts';
import type { Host, EngineLink } from '../host/host.ts';

export class EngineRequestError extends Error {
  readonly error: EngineError;
  constructor(error: EngineError) {
    super(error.text.en);
    this.name = 'EngineRequestError';
    this.error = error;
  }
}
export interface RequestProgress {
  readonly what: Text;
  readonly done: number;
  readonly total: number | undefined;
}
export interface RequestOptions {
  readonly onProgress?: (progress: RequestProgress) => void;
  readonly signal?: AbortSignal;
}
interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: EngineRequestError) => void;
  readonly onProgress: RequestOptions['onProgress'];
}
export type EngineState = 'stopped' | 'starting' | 'ready' | 'lost';

export class EngineClient {
  readonly #host: Pick<Host, 'startEngine'>;
  #link: Promise<EngineLink> | undefined;
  #state: EngineState = 'stopped';
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  readonly #killed = new WeakSet<EngineLink>();
  readonly #eventListeners = new Set<(run: RunId, events: readonly RunEvent[]) => void>();
  readonly #stateListeners = new Set<(state: EngineState, reason: string | undefined) => void>();

  constructor(host: Pick<Host, 'startEngine'>) {
    this.#host = host;
  }

  get state(): EngineState { return this.#state; }

  /** Rejects with EngineRequestError: wrong input, a failed request, `cancelled`, or `engine-lost`. */
  async request<M extends EngineMethod>(method: M, params: EngineMethods[M]['params'], options: RequestOptions = {}): Promise<EngineMethods[M]['result']> {
    const link = await this.#start();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (options.signal?.aborted === true) return reject(cancelled());
      this.#waiting.set(id, { resolve, reject, onProgress: options.onProgress });
      options.signal?.addEventListener('abort', () => {
        if (!this.#waiting.delete(id)) return;
        link.post({ kind: 'cancel', id });
        reject(cancelled());
      }, { once: true });
      link.post({ kind: 'request', id, method, params } as ToEngine);
    });
  }

  /** Events of all runs, in the order in which they happened. Returns how to stop listening. */
  onEvents(listener: (run: RunId, events: readonly RunEvent[]) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }
  onState(listener: (state: EngineState, reason: string | undefined) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /** Ends an engine that does not answer any more; it counts as lost. */
  async kill(reason: string): Promise<void> {
    const pending = this.#link;
    if (pending === undefined) return;
    const link = await pending.catch(() => undefined);
    if (link === undefined || this.#link !== pending) return;
    this.#killed.add(link);
    link.terminate();
    this.#lost(reason);
  }

  #setState(state: EngineState, reason?: string): void {
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state, reason);
  }

  #start(): Promise<EngineLink> {
    return (this.#link ??= this.#connect());
  }

  async #connect(): Promise<EngineLink> {
    this.#setState('starting');
    try {
      const link = await this.#host.startEngine();
      let isOver = false;
      link.onMessage((message) => {
        if (!isOver && !this.#killed.has(link)) this.#receive(message);
      });
      link.onExit((reason) => {
        // An engine that was ended here may still tell of it.
        if (isOver || this.#killed.has(link)) return;
        isOver = true;
        this.#lost(reason);
      });
      return link;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#lost(reason);
      throw lost(reason);
    }
  }

  #lost(reason: string): void {
    this.#link = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(lost(reason));
    this.#setState('lost', reason);
  }

  #receive(message: FromEngine): void {
    switch (message.kind) {
      case 'ready': return this.#setState('ready');
      case 'events':
        for (const listener of this.#eventListeners) listener(message.run, message.events);
        return;
      case 'progress': return this.#waiting.get(message.id)?.onProgress?.(message);
      case 'result':
      case 'failure': {
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        if (message.kind === 'result') waiting?.resolve(message.result as never);
        else waiting?.reject(new EngineRequestError(message.error));
      }
    }
  }
}

const cancelled = (): EngineRequestError => new EngineRequestError({ code: 'cancelled', text: { en: 'Cancelled.', zh: '已取消。' } });
const lost = (reason: string): EngineRequestError => new EngineRequestError({ code: 'engine-lost', text: { en: `The engine ended: ${reason}`, zh: `引擎已退出：${reason}` } });
