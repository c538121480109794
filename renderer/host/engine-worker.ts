/** The worker in which a browser runs the engine: ties the service to the web platform and to the window's messages. */
import { webPlatform } from '../../engine/platform/web.ts';
import type { FromEngine, ToEngine } from '../../engine/protocol.ts';
import { startEngineService } from '../../engine/service/service.ts';
import { claim } from './claims.ts';
import type { StartMessage, WorkerMessage } from './web-engine.ts';

/** A file server that says nothing for so long has no data sets: ms. */
const SITE_LIMIT = 3000;

/** Of the DOM's library `postMessage` is a window's; this is a worker's. */
declare function postMessage(message: WorkerMessage, transfer?: Transferable[]): void;

/** Where this site's own server has data sets; undefined when it has none. */
async function datasetsOf(base: string): Promise<string | undefined> {
  try {
    const response = await fetch(new URL('site.json', base), { cache: 'no-store', signal: AbortSignal.timeout(SITE_LIMIT) });
    const site = (await response.json()) as { readonly datasets?: unknown } | null;
    return response.ok && site?.datasets === true ? new URL('datasets/', base).href : undefined;
  } catch {
    // Offline, or a server that lacks the file.
    return undefined;
  }
}

async function start({ base, lock, version }: StartMessage): Promise<void> {
  // Held until this worker is gone, however it goes: the window waits for it.
  if ('locks' in navigator) await new Promise<void>((resolve) => { void navigator.locks.request(lock, () => new Promise<never>(() => resolve())); });
  postMessage({ kind: 'alive' });
  const datasets = await datasetsOf(base);
  startEngineService({
    post: (message: FromEngine, transfer) => postMessage(message, transfer === undefined ? undefined : [...transfer]),
    onMessage: (listener) => {
      deliver = listener;
      for (const message of waiting.splice(0)) listener(message);
    },
  }, webPlatform, { version, runsFolder: `${webPlatform.files.dataFolder}/runs`, claimRun: (run) => claim(`engine:${run}`), ...(datasets === undefined ? {} : { datasets }) });
}

/** Requests that came before the service listened. */
const waiting: ToEngine[] = [];
let deliver = (message: ToEngine): void => void waiting.push(message);

addEventListener('message', ({ data }: MessageEvent<StartMessage | ToEngine>) => {
  if (data.kind === 'start') void start(data);
  else deliver(data);
});
// As in Node, where a promise that fails unheard ends the process: the window hears of it and starts the engine anew.
addEventListener('unhandledrejection', ({ reason }) => {
  throw reason instanceof Error ? reason : new Error(String(reason));
});
