/** A page with the browser's host and nothing else, built as the product is: tests reach it as `globalThis.netloomTest`. */
import type { EngineMethod, EngineMethods, RunEvent } from '../../../engine/protocol.ts';
import { createBrowserHost } from '../../../renderer/host/browser.ts';
import type { EngineLink } from '../../../renderer/host/host.ts';
import { startI18n } from '../../../renderer/i18n/i18n.ts';
import { EngineClient } from '../../../renderer/run/engine-client.ts';
import type { CaseResult } from '../file-store-contract.ts';

const storeWorker = (name: string): Worker => {
  const worker = new Worker(new URL('../file-store-worker.ts', import.meta.url), { type: 'module' });
  worker.postMessage(name);
  return worker;
};
const answer = <T>(worker: Worker): Promise<T> => new Promise((resolve, reject) => {
  worker.addEventListener('message', ({ data }: MessageEvent<T>) => resolve(data), { once: true });
  worker.addEventListener('error', (event) => reject(new Error(event.message)), { once: true });
});

await startI18n('en');
const host = createBrowserHost();
const client = new EngineClient(host);
const events: RunEvent[] = [];
client.onEvents((_, more) => void events.push(...more));
const states: (readonly [string, string | undefined])[] = [];
client.onState((state, reason) => void states.push([state, reason]));

export const netloomTest = {
  host,
  events,
  states,
  request: <M extends EngineMethod>(method: M, params: EngineMethods[M]['params']): Promise<EngineMethods[M]['result']> => client.request(method, params),
  startLink: (): Promise<EngineLink> => host.startEngine(),
  fileStoreCases: (variant: string): Promise<CaseResult[]> => answer(storeWorker(variant)),
  /** A worker that writes over and over is killed after `ms`; what is there then? */
  killWriter: async (ms: number): Promise<unknown> => {
    const writer = storeWorker('write');
    await answer(writer);
    await new Promise((resolve) => { setTimeout(resolve, ms); });
    writer.terminate();
    return answer(storeWorker('inspect'));
  },
};
export type NetloomTest = typeof netloomTest;
Object.assign(globalThis, { netloomTest });
