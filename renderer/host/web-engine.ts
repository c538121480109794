/**
 * Starts the engine in a worker and hears of its end. Browsers tell of a script that fails, but not of a
 * worker that is killed or runs out of memory; so the worker holds a lock as long as it lives, and the
 * window queues for it: whoever gets the lock knows that the other is gone.
 */
import type { FromEngine, ToEngine } from '../../engine/protocol.ts';
import { translate } from '../i18n/i18n.ts';
import type { EngineLink } from './host.ts';

/** The first message to the worker. */
export interface StartMessage {
  readonly kind: 'start';
  /** The site's folder. */
  readonly base: string;
  /** The name of the lock that the worker holds while it lives. */
  readonly lock: string;
  readonly version: string;
}
/** From the worker: that it runs and holds its lock, then what the engine says. */
export type WorkerMessage = { readonly kind: 'alive' } | FromEngine;

/** Loading the engine's script takes a second on a slow disk; by then something is wrong: ms. */
const START_LIMIT = 60_000;

export function startWebEngine(version: string): EngineLink {
  const worker = new Worker(new URL('./engine-worker.ts', import.meta.url), { type: 'module', name: 'netloom-engine' });
  const lock = `netloom-engine:${crypto.getRandomValues(new Uint32Array(4)).join('-')}`;
  const watch = new AbortController();
  const messages: FromEngine[] = [];
  let deliver = (message: FromEngine): void => void messages.push(message);
  let ended: string | undefined;
  let tell: ((reason: string) => void) | undefined;

  const finish = (): void => {
    clearTimeout(timer);
    watch.abort();
    worker.terminate();
  };
  const end = (reason: string): void => {
    if (watch.signal.aborted) return;
    finish();
    ended = reason;
    tell?.(reason);
  };
  const timer = setTimeout(() => end(translate('host:engineTooSlow', { seconds: START_LIMIT / 1000 })), START_LIMIT);

  worker.addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
    if (data.kind !== 'alive') return deliver(data);
    clearTimeout(timer);
    if (!('locks' in navigator)) return;
    navigator.locks.request(lock, { signal: watch.signal }, () => end(translate('host:engineKilled'))).catch(() => {
      // The link was ended while it waited.
    });
  });
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    end(event.message || translate('host:engineMissing'));
  });
  worker.addEventListener('messageerror', () => end(translate('host:engineMessage')));
  worker.postMessage({ kind: 'start', base: document.baseURI, lock, version } satisfies StartMessage);

  return {
    post: (message: ToEngine, transfer) => worker.postMessage(message, transfer === undefined ? [] : [...transfer]),
    onMessage: (listener) => {
      deliver = listener;
      for (const message of messages.splice(0)) listener(message);
    },
    onExit: (listener) => {
      tell = listener;
      if (ended !== undefined) listener(ended);
    },
    terminate: finish,
  };
}
