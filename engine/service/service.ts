/**
 * The engine behind messages, as an editor asks it: beside the window, in a Web Worker or a process of
 * its own. Whatever comes in, each request is answered once, by a result or a failure, and nothing that a
 * sender makes up ends the engine.
 */
import type { Platform } from '../platform/platform.ts';
import type { EngineMethod, EngineMethods, EnginePort, FromEngine, RunId } from '../protocol.ts';
import type { Asker } from './data-store.ts';
import { cancelled, EngineFailure, engineErrorOf, text } from './failure.ts';
import { createMethods } from './methods.ts';
import { ProgressPost } from './progress-post.ts';
import { isMethod, readParams } from './params.ts';
import { transferablesOf } from './transfer.ts';

export interface EngineServiceOptions {
  /** The program's. */
  readonly version: string;
  /** Where runs are kept, a folder each. */
  readonly runsFolder: string;
  /** A folder or URL that is asked for data sets before anything is downloaded. */
  readonly datasets?: string;
  /**
   * Takes a run for this engine while it trains, where several engines share the folder. Resolves to a
   * release function, or to undefined when another engine has it. Left out where there is only one engine.
   */
  readonly claimRun?: (run: RunId) => Promise<(() => void) | undefined>;
}
export interface EngineService {
  /** Stops the run that is on with a checkpoint, answers no more requests and frees everything. */
  shutDown(): Promise<void>;
}
/** One function per method of the protocol. */
export type Methods = { readonly [M in EngineMethod]: (params: EngineMethods[M]['params'], asker: Asker) => Promise<EngineMethods[M]['result']> };


export function startEngineService(port: EnginePort, platform: Platform, options: EngineServiceOptions): EngineService {
  const waiting = new Map<number, AbortController>();
  let closed = false;
  const post = (message: FromEngine, transfer: readonly Transferable[] = []): void => port.post(message, transfer);
  const { methods, shutDown } = createMethods(platform, options, post);

  const call = async <M extends EngineMethod>(method: M, params: unknown, asker: Asker): Promise<EngineMethods[M]['result']> => methods[method](readParams(method, params), asker);

  const answer = async (id: number, method: unknown, params: unknown): Promise<void> => {
    const abort = new AbortController();
    waiting.set(id, abort);
    const progress = new ProgressPost(({ what, done, total }) => post({ kind: 'progress', id, what, done, total }));
    const asker: Asker = { signal: abort.signal, onProgress: (news) => progress.tell(news) };
    try {
      if (closed) throw new EngineFailure('shut-down', text('The engine is shutting down.', '引擎正在关闭。'));
      if (!isMethod(method)) throw new EngineFailure('unknown-method', text(`The engine knows no request '${String(method).slice(0, 80)}'.`, `引擎不支持该请求：“${String(method).slice(0, 80)}”。`));
      const result = await call(method, params, asker);
      if (abort.signal.aborted) throw cancelled();
      progress.end();
      post({ kind: 'result', id, result }, transferablesOf(result));
    } catch (error) {
      progress.end();
      post({ kind: 'failure', id, error: abort.signal.aborted ? cancelled().error : engineErrorOf(error) });
    } finally {
      waiting.delete(id);
    }
  };

  port.onMessage((message: unknown) => {
    const { kind, id, method, params } = (typeof message === 'object' && message !== null ? message : {}) as Readonly<Record<string, unknown>>;
    // Without a number there is no way to answer.
    if (typeof id !== 'number') return;
    if (kind === 'cancel') waiting.get(id)?.abort();
    else if (kind === 'request' && !waiting.has(id)) void answer(id, method, params);
  });
  post({ kind: 'ready' });

  return {
    shutDown: async () => {
      if (closed) return;
      closed = true;
      for (const abort of waiting.values()) abort.abort();
      await shutDown();
    },
  };
}
